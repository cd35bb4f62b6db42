import { type Connection } from 'mongoose';
import { type Collection, type CollectionDefinition, collectionOf, type Session } from './collection';

/** What happened to a message after its delivery: one row for each action or revert and message (law 7). */
export interface EventDoc {
  /** `<jobId>:<messageId>` */
  readonly _id: string;
  readonly jobId: string;
  readonly messageId: string;
  readonly mailbox: string;
  readonly networkMessageId: string;
  readonly at: Date;
  /** When the message came in: the order of the Explorer. */
  readonly receivedAt: Date;
  /** The strings of product.md §5.2. */
  readonly action: string;
  readonly actionType: string;
  readonly actionTrigger: string;
  readonly actionResult: string;
  readonly sourceLocation: string;
  readonly deliveryLocation: string;
  /** What Explorer shows in "Additional actions". */
  readonly additionalAction: string;
}

const definition: CollectionDefinition = {
  name: 'events',
  schema: {
    _id: String,
    jobId: String,
    messageId: String,
    mailbox: String,
    networkMessageId: String,
    at: Date,
    receivedAt: Date,
    action: String,
    actionType: String,
    actionTrigger: String,
    actionResult: String,
    sourceLocation: String,
    deliveryLocation: String,
    additionalAction: String,
  },
  indexes: [
    [{ messageId: 1, at: 1 }],
    [{ jobId: 1 }],
    // The Explorer's filter by additional action: the events lead, in its own order.
    [{ additionalAction: 1, receivedAt: -1, messageId: -1 }],
  ],
};

export interface EventStore {
  readonly collection: Collection<EventDoc>;
  of(messageId: string): Promise<EventDoc[]>;
  insert(events: readonly EventDoc[], session: Session): Promise<void>;
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

/** The order of the index by additional action, and of the Explorer. */
const ORDER = { additionalAction: 1, receivedAt: -1, messageId: -1 } as const;
/** Longer than a count takes that an index serves. */
const TIME_LIMIT_MS = 20_000;

function within({ from, to }: TimeRange): { readonly $gte: Date; readonly $lte?: Date } {
  return { $gte: from, ...(to === undefined ? {} : { $lte: to }) };
}

export function createEventStore(connection: Connection): EventStore {
  const collection = collectionOf<EventDoc>(connection, definition);
  const read = (filter: object) =>
    collection
      .find(filter, { projection: { _id: 0, messageId: 1, additionalAction: 1 }, batchSize: 5000 })
      .sort({ messageId: 1, at: 1 })
      .toArray();
  return {
    collection,
    of: (messageId) => collection.find({ messageId }).sort({ at: 1 }).toArray(),
    async actionsOf(messageIds) {
      const found = await read({ messageId: { $in: [...messageIds] } });
      const actions = new Map<string, string[]>();
      for (const { messageId, additionalAction } of found) {
        const known = actions.get(messageId) ?? [];
        if (!known.includes(additionalAction)) actions.set(messageId, [...known, additionalAction]);
      }
      return actions;
    },
    async actedOn(messageIds, additionalAction) {
      const found = await read({
        messageId: { $in: [...messageIds] },
        ...(additionalAction === null ? {} : { additionalAction }),
      });
      return new Set(found.map(({ messageId }) => messageId));
    },
    messagesWith: (additionalAction, { from, to, after }, limit) =>
      collection
        .find(
          {
            additionalAction,
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
          { additionalAction, receivedAt: within(range) },
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
    async insert(events, session) {
      if (events.length > 0) await collection.insertMany([...events], { session, ordered: false });
    },
  };
}
