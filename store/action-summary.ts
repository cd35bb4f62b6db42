import { type ActionDoc, type ActionStore } from './actions';
import { type LedgerDoc, type LedgerStore } from './ledger';
import { type FoundPlace } from '../domain/found-in';
import { matchesOf, type MessageDoc, type MessageStore } from './messages';

/** A row of a ledger as far as a summary needs it. */
export type SummaryRow = Pick<LedgerDoc, '_id' | 'messageId' | 'mailbox' | 'from' | 'outcome' | 'receivedAt'>;
/** The message of a row as it is now. */
export type SummaryMessage = Pick<
  MessageDoc,
  '_id' | 'senderDomain' | 'senderAddress' | 'subject' | 'folder' | 'originalFolder' | 'purgedAt'
>;

export interface ActionSummaryStore {
  /** The first rows of an action's ledger, in its order. */
  rows(actionId: string, limit: number): Promise<SummaryRow[]>;
  messages(ids: readonly string[]): Promise<ReadonlyMap<string, SummaryMessage>>;
  /** In how many of these messages a key was found in each place. */
  foundIn(
    key: string,
    ids: readonly string[],
  ): Promise<readonly { readonly place: FoundPlace; readonly count: number }[]>;
  /** Messages that carry a key and came in after a time, counted to a limit. */
  arrivedSince(key: string, at: Date, limit: number): Promise<number>;
  /** Other actions with one of these messages in their ledger, the latest first. */
  otherActions(actionId: string, messageIds: readonly string[], limit: number): Promise<ActionDoc[]>;
}

const BATCH = 5_000;
const MAX_MS = 5_000;

/** What the flyout of an action shows beside the action; each question is bounded, and answered by an index. */
export function createActionSummaryStore({
  ledger,
  messages,
  actions,
}: {
  readonly ledger: LedgerStore;
  readonly messages: MessageStore;
  readonly actions: ActionStore;
}): ActionSummaryStore {
  return {
    rows: (actionId, limit) =>
      ledger.collection
        .find(
          { jobId: actionId, _id: { $gt: `${actionId}.`, $lt: `${actionId}/` } },
          { projection: { messageId: 1, mailbox: 1, from: 1, outcome: 1, receivedAt: 1 }, batchSize: BATCH },
        )
        .sort({ _id: 1 })
        .limit(limit)
        .toArray(),
    async messages(ids) {
      const projection = { senderDomain: 1, senderAddress: 1, subject: 1, folder: 1, originalFolder: 1, purgedAt: 1 };
      const found = await messages.collection
        .find({ _id: { $in: [...ids] } }, { projection, batchSize: BATCH, maxTimeMS: MAX_MS })
        .toArray();
      return new Map(found.map((message) => [message._id, message]));
    },
    async foundIn(key, ids) {
      const places = [
        { $map: { input: '$attachments', in: { of: { $literal: 'file' }, ...theirs('inline', 'nested') } } },
        {
          $map: {
            input: '$urls',
            in: { of: { $literal: 'url' }, location: '$$this.location', ...theirs('nested', 'unwrapped') },
          },
        },
      ];
      const found = await messages.collection
        .aggregate<{ _id: FoundPlace; count: number }>(
          [
            { $match: { _id: { $in: [...ids] }, keys: key } },
            { $project: { _id: 0, ...matchesOf(key) } },
            { $project: { place: { $setUnion: places } } },
            { $unwind: '$place' },
            { $group: { _id: '$place', count: { $sum: 1 } } },
          ],
          { maxTimeMS: MAX_MS },
        )
        .toArray();
      return found.map(({ _id, count }) => ({ place: _id, count }));
    },
    arrivedSince: (key, at, limit) =>
      messages.collection.countDocuments({ keys: key, receivedAt: { $gt: at } }, { limit, maxTimeMS: MAX_MS }),
    async otherActions(actionId, messageIds, limit) {
      const jobs = await ledger.collection.distinct('jobId', {
        messageId: { $in: [...messageIds] },
        kind: 'action',
        jobId: { $ne: actionId },
      });
      const found = await actions.byIds(jobs);
      return found.sort((one, other) => (one._id < other._id ? 1 : -1)).slice(0, limit);
    },
  };
}

/** What an element of a list says of itself; what is not stored of it is false. */
function theirs(...fields: readonly string[]) {
  return Object.fromEntries(fields.map((field) => [field, { $ifNull: [`$$this.${field}`, false] }]));
}
