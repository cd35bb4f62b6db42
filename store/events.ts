import { type EventText } from '../domain/post-delivery';
import { type LedgerDoc, type LedgerStore } from './ledger';

/** What happened to a message after its delivery, for one action or revert (law 7). */
export interface EventDoc extends EventText {
  readonly jobId: string;
  readonly messageId: string;
  readonly mailbox: string;
  readonly networkMessageId: string;
  readonly at: Date;
  /** When the message came in: the order of the Explorer. */
  readonly receivedAt: Date;
}

/** The events that the rows of all ledgers tell: an event is written with the outcome of its row, or not at all. */
export interface EventStore {
  /** What happened to a message, oldest first. */
  of(messageId: string): Promise<EventDoc[]>;
  /** What one action or revert did to each message, by message id. */
  ofJob(jobId: string): Promise<EventDoc[]>;
  /** The additional actions of messages, each word once; messages without any are left out. */
  actionsOf(messageIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Which of the messages have this additional action, or any. */
  actedOn(messageIds: readonly string[], additionalAction: string | null): Promise<ReadonlySet<string>>;
  /** Events with this additional action in the order of the Explorer, after a place in it. */
  messagesWith(
    additionalAction: string,
    range: TimeRange & { readonly after: { readonly at: Date; readonly id: string } | null },
    limit: number,
  ): Promise<Pick<EventDoc, 'messageId' | 'receivedAt'>[]>;
  /** How many messages have it, counted to a limit. */
  countMessages(additionalAction: string, range: TimeRange, limit: number): Promise<number>;
}

/** When messages came in, both ends included. */
interface TimeRange {
  readonly from: Date;
  readonly to: Date | undefined;
}

/** The order of the ledger's index by additional action, and of the Explorer. */
const ORDER = { 'event.additionalAction': 1, receivedAt: -1, messageId: -1 } as const;
const TOLD = { event: { $ne: null } } as const;
/** Longer than a count takes that an index serves. */
const TIME_LIMIT_MS = 20_000;

function within({ from, to }: TimeRange): { readonly $gte: Date; readonly $lte?: Date } {
  return { $gte: from, ...(to === undefined ? {} : { $lte: to }) };
}

export function createEventStore({ collection }: Pick<LedgerStore, 'collection'>): EventStore {
  return {
    of: async (messageId) =>
      (await collection.find({ messageId, ...TOLD }).toArray()).flatMap(eventOf).sort(oldestFirst),
    ofJob: async (jobId) =>
      (
        await collection
          .find({ jobId, ...TOLD })
          .sort({ messageId: 1 })
          .toArray()
      ).flatMap(eventOf),
    async actionsOf(messageIds) {
      const found = await collection
        .find(
          { messageId: { $in: [...messageIds] }, ...TOLD },
          { projection: { _id: 0, messageId: 1, at: 1, 'event.additionalAction': 1 }, batchSize: 5000 },
        )
        .toArray();
      const actions = new Map<string, string[]>();
      for (const { messageId, event } of found.sort(oldestFirst)) {
        if (event === null) continue;
        const known = actions.get(messageId) ?? [];
        if (!known.includes(event.additionalAction)) actions.set(messageId, [...known, event.additionalAction]);
      }
      return actions;
    },
    async actedOn(messageIds, additionalAction) {
      const found = await collection
        .find(
          {
            messageId: { $in: [...messageIds] },
            ...(additionalAction === null ? TOLD : { 'event.additionalAction': additionalAction }),
          },
          { projection: { _id: 0, messageId: 1 }, batchSize: 5000, hint: { messageId: 1 } },
        )
        .toArray();
      return new Set(found.map(({ messageId }) => messageId));
    },
    messagesWith: (additionalAction, { from, to, after }, limit) =>
      collection
        .find(
          {
            'event.additionalAction': additionalAction,
            receivedAt: within({ from, to: after === null || (to !== undefined && to < after.at) ? to : after.at }),
            ...(after === null
              ? {}
              : { $or: [{ receivedAt: { $lt: after.at } }, { receivedAt: after.at, messageId: { $lt: after.id } }] }),
          },
          { projection: { _id: 0, messageId: 1, receivedAt: 1 } },
        )
        .sort(ORDER)
        .limit(limit)
        .toArray(),
    async countMessages(additionalAction, range, limit) {
      const found = collection
        .find(
          { 'event.additionalAction': additionalAction, receivedAt: within(range) },
          { projection: { _id: 0, messageId: 1 }, batchSize: limit, maxTimeMS: TIME_LIMIT_MS },
        )
        .sort(ORDER);
      let count = 0;
      let last = '';
      // In this order the events of one message follow one another.
      for await (const { messageId } of found) {
        if (messageId !== last) count++;
        if (count === limit) break;
        last = messageId;
      }
      return count;
    },
  };
}

function eventOf({ jobId, messageId, mailbox, networkMessageId, receivedAt, at, event }: LedgerDoc): EventDoc[] {
  return event === null || at === null
    ? []
    : [{ jobId, messageId, mailbox, networkMessageId, receivedAt, at, ...event }];
}

function oldestFirst(one: Pick<LedgerDoc, 'at'>, other: Pick<LedgerDoc, 'at'>): number {
  return (one.at?.getTime() ?? 0) - (other.at?.getTime() ?? 0);
}
