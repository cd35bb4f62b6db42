import { createHash } from 'node:crypto';
import { type Connection, type mongo } from 'mongoose';
import { type Lane } from '../domain/chunk';
import { type ExplorerFilter } from '../domain/explorer';
import { REMEDIATION } from '../domain/remediation';
import { type Collection, type CollectionDefinition, collectionOf, type Session } from './collection';
import { type LedgerStore } from './ledger';
import { type ExplorerStore } from './explorer';
import { type MessageDoc, type MessageStore } from './messages';
import { pagesOf } from './pages-of';

/** A filter of messages as MongoDB takes it. */
export type MessageQuery = mongo.Filter<MessageDoc>;

/** What a person asked a Take action to work on, and how far it is frozen. */
export interface SelectionDoc {
  /** The action's id. */
  readonly _id: string;
  /** The messages that were picked; `null` where a filter chose them. */
  readonly messageIds: readonly string[] | null;
  /** The Explorer filter as it was asked for; `null` where messages were picked. */
  readonly filter: ExplorerFilter | null;
  /** When it was asked for: the filter means what it meant then. */
  readonly at: Date;
  /** The last id that was there then: what came later is not in it (law 1). */
  readonly cut: string;
  readonly messageCount: number;
  readonly hash: string;
  /** Mailboxes whose messages are left out: excluded ones, and those that no provider has. */
  readonly leftOut: readonly string[];
  /** The attempt that freezes it; an earlier one may write nothing any more (law 5). */
  readonly attempt: number;
  readonly progress: FreezeProgress | null;
}

/** How far the ledger is written. */
export interface FreezeProgress {
  readonly sizes: readonly number[];
  readonly lanes: readonly Lane[];
  /** The last message that is in the ledger; `null` before the first. */
  readonly after: { readonly mailbox: string; readonly id: string } | null;
  /** Rows written, and those of them that are to be worked in chunks. */
  readonly seq: number;
  readonly worked: number;
}

const definition: CollectionDefinition = {
  name: 'selections',
  schema: {
    _id: String,
    messageIds: [String],
    filter: {},
    at: Date,
    cut: String,
    messageCount: Number,
    hash: String,
    leftOut: [String],
    attempt: Number,
    progress: {},
  },
  indexes: [],
};

/** Messages that are alike to a Take action, and how many. */
export interface SelectedGroup {
  readonly mailbox: string;
  readonly folder: string;
  readonly removedBy: string | null;
  readonly purged: boolean;
  readonly count: number;
}

/** What freezing needs to know of each message. */
export type SelectedMessage = Pick<
  MessageDoc,
  '_id' | 'mailbox' | 'folder' | 'revision' | 'networkMessageId' | 'receivedAt' | 'removedBy' | 'purgedAt'
>;

const LISTED = {
  ...{ mailbox: 1, folder: 1, subject: 1, senderAddress: 1, receivedAt: 1, removedBy: 1, purgedAt: 1 },
  networkMessageId: 1,
} as const;

/** What a person is shown of a message before anything is done. */
export type ListedMessage = Pick<MessageDoc, '_id' | keyof typeof LISTED>;

export interface SelectionStore {
  readonly collection: Collection<SelectionDoc>;
  /** What a person chose, as MongoDB takes it; with a cut, nothing that came after that id (law 1). */
  query(chosen: Pick<SelectionDoc, 'messageIds' | 'filter' | 'at'>, cut?: string): Promise<MessageQuery>;
  /** The id of the message that came in last: with it as a cut, two looks see the same messages. */
  newest(): Promise<string>;
  /** The messages of a query by mailbox, folder and owner; at most `limit` messages are counted. */
  groups(query: MessageQuery, limit: number): Promise<SelectedGroup[]>;
  /** The SHA-256 over the ids in order, how many they are, and the last; messages in these mailboxes left out. */
  digest(
    query: MessageQuery,
    leftOut: ReadonlySet<string>,
  ): Promise<{ readonly hash: string; readonly count: number; readonly last: string }>;
  /** The same digest of the messages in a ledger. */
  digestOfLedger(jobId: string): Promise<string>;
  /** The messages of a query as a person is shown them, page by page; messages in these mailboxes left out. */
  listed(query: MessageQuery, leftOut: ReadonlySet<string>, pageSize: number): AsyncGenerator<ListedMessage[]>;
  /** The messages of a query in the order of a ledger, page by page, after a place in it. */
  inLedgerOrder(
    query: MessageQuery,
    after: { readonly mailbox: string; readonly id: string } | null,
    pageSize: number,
  ): AsyncGenerator<SelectedMessage[]>;
  /** Gives the freezing to a new attempt, and where the last one came to; `null` where there is no such selection. */
  take(id: string): Promise<SelectionDoc | null>;
  /** Says within a transaction whether the attempt still freezes it, and how far it is now. */
  hold(id: string, attempt: number, progress: FreezeProgress, session: Session): Promise<boolean>;
}

const READ_BATCH = 5_000;

export function createSelectionStore(
  connection: Connection,
  {
    messages: { collection: messages },
    ledger,
    explorer,
  }: {
    readonly messages: Pick<MessageStore, 'collection'>;
    readonly ledger: Pick<LedgerStore, 'collection'>;
    readonly explorer: Pick<ExplorerStore, 'query' | 'condition' | 'ids'>;
  },
): SelectionStore {
  const collection = collectionOf<SelectionDoc>(connection, definition);

  /** What is asked of events is known by ids alone: at most a few megabytes of them. */
  async function conditionOf(filter: ExplorerFilter, at: Date): Promise<MessageQuery> {
    const query = await explorer.query(filter, at);
    if (query.additionalAction === null) return explorer.condition(query);
    const found: string[] = [];
    for await (const ids of explorer.ids(query, REMEDIATION.messages + 1)) found.push(...ids);
    return { _id: { $in: found } };
  }

  return {
    collection,
    async query({ messageIds, filter, at }, cut) {
      const chosen: MessageQuery =
        filter === null ? { _id: { $in: [...(messageIds ?? [])] } } : await conditionOf(filter, at);
      return cut === undefined ? chosen : { $and: [chosen, { _id: { $lte: cut } }] };
    },
    async newest() {
      const [last] = await messages
        .find({}, { projection: { _id: 1 } })
        .sort({ _id: -1 })
        .limit(1)
        .toArray();
      return last?._id ?? '';
    },
    async groups(query, limit) {
      const found = await messages
        .aggregate<{ _id: Omit<SelectedGroup, 'count'>; count: number }>([
          { $match: query },
          { $limit: limit },
          {
            $group: {
              _id: {
                ...{ mailbox: '$mailbox', folder: '$folder', removedBy: '$removedBy' },
                purged: { $ne: ['$purgedAt', null] },
              },
              count: { $sum: 1 },
            },
          },
        ])
        .toArray();
      return found.map(({ _id, count }) => ({ ..._id, count }));
    },
    async digest(query, leftOut) {
      const rows = messages.aggregate<{ _id: string; mailbox: string }>(
        [{ $match: query }, { $project: { mailbox: 1 } }, { $sort: { _id: 1 } }],
        { batchSize: READ_BATCH },
      );
      return digestOf(rows, ({ _id, mailbox }) => (leftOut.has(mailbox) ? null : _id));
    },
    async digestOfLedger(jobId) {
      const rows = ledger.collection.aggregate<{ messageId: string }>(
        [{ $match: { jobId } }, { $project: { _id: 0, messageId: 1 } }, { $sort: { messageId: 1 } }],
        { batchSize: READ_BATCH },
      );
      return (await digestOf(rows, ({ messageId }) => messageId)).hash;
    },
    listed(query, leftOut, pageSize) {
      const left = { $and: [query, { mailbox: { $nin: [...leftOut] } }] };
      return pagesOf(messages.find<ListedMessage>(left, { projection: LISTED, batchSize: pageSize }), pageSize);
    },
    inLedgerOrder(query, after, pageSize) {
      const beyond: mongo.Filter<MessageDoc> =
        after === null
          ? {}
          : { $or: [{ mailbox: { $gt: after.mailbox } }, { mailbox: after.mailbox, _id: { $gt: after.id } }] };
      const rows = messages.aggregate<SelectedMessage>(
        [
          { $match: { $and: [query, beyond] } },
          {
            $project: {
              mailbox: 1,
              folder: 1,
              revision: 1,
              networkMessageId: 1,
              receivedAt: 1,
              removedBy: 1,
              purgedAt: 1,
            },
          },
          { $sort: { mailbox: 1, _id: 1 } },
        ],
        { batchSize: pageSize, readConcern: { level: 'snapshot' } },
      );
      return pagesOf(rows, pageSize);
    },
    take: (id) => collection.findOneAndUpdate({ _id: id }, { $inc: { attempt: 1 } }, { returnDocument: 'after' }),
    async hold(id, attempt, progress, session) {
      const { matchedCount } = await collection.updateOne({ _id: id, attempt }, { $set: { progress } }, { session });
      return matchedCount === 1;
    },
  };
}

/** The digest over ids as they come: in order, a line each. Nothing is kept of them. */
async function digestOf<R>(
  rows: AsyncIterable<R>,
  idOf: (row: R) => string | null,
): Promise<{ readonly hash: string; readonly count: number; readonly last: string }> {
  const sha256 = createHash('sha256');
  let count = 0;
  let last = '';
  for await (const row of rows) {
    const id = idOf(row);
    if (id === null) continue;
    sha256.update(`${id}\n`);
    count++;
    last = id;
  }
  return { hash: sha256.digest('hex'), count, last };
}
