import { type Connection } from 'mongoose';
import { batchesOf } from '../domain/batches';
import { CHUNKS, NO_CHUNK } from '../domain/chunk';
import { type JobKind } from '../domain/contracts';
import { groupBy } from '../domain/group';
import { inTurns } from '../domain/in-turns';
import { type Outcome } from '../domain/ledger';
import { type EventText } from '../domain/post-delivery';
import { type Collection, type CollectionDefinition, collectionOf, ignoreDuplicates, type Session } from './collection';

/** One message of one job (an action or a revert): where it was when frozen, who works on it, what became of it. */
export interface LedgerDoc {
  /** `<jobId>.<seq>`, the seq as seven digits: a job's rows in ledger order are a range of the primary key. */
  readonly _id: string;
  readonly jobId: string;
  readonly kind: JobKind;
  readonly chunk: number;
  readonly messageId: string;
  readonly mailbox: string;
  readonly networkMessageId: string;
  /** When the message came in. */
  readonly receivedAt: Date;
  readonly from: string;
  readonly to: string | null;
  readonly revision: number;
  /** The fence of the attempt that works on the row; a later attempt has a higher one (law 5). */
  readonly fence: number;
  readonly outcome: Outcome;
  /** Why it has this outcome, as a code; of an open row, what it waits for. */
  readonly reason: string | null;
  /** Who owns the message; of an open row, the action for which it is to be put back. */
  readonly ownerActionId: string | null;
  readonly at: Date | null;
  /** What the outcome tells of the message; `null` where there is none yet, or nothing happened to the message. */
  readonly event: EventText | null;
}

const definition: CollectionDefinition = {
  name: 'ledger',
  schema: {
    _id: String,
    jobId: String,
    kind: String,
    chunk: Number,
    messageId: String,
    mailbox: String,
    networkMessageId: String,
    receivedAt: Date,
    from: String,
    to: String,
    revision: Number,
    fence: Number,
    outcome: String,
    reason: String,
    ownerActionId: String,
    at: Date,
    event: {},
  },
  indexes: [
    [{ jobId: 1, outcome: 1, _id: 1 }],
    [{ jobId: 1, chunk: 1 }],
    [{ messageId: 1 }],
    // The Explorer's filter by additional action: the events lead, in its own order.
    [
      { 'event.additionalAction': 1, receivedAt: -1, messageId: -1 },
      { partialFilterExpression: { 'event.additionalAction': { $exists: true } }, name: 'additionalAction' },
    ],
  ],
};

/** A row as far as it is worked with. */
export type WorkRow = Omit<LedgerDoc, (typeof NOT_WORKED_WITH)[number]>;
const NOT_WORKED_WITH = ['receivedAt', 'reason', 'at', 'event'] as const;

export interface LedgerFilter {
  readonly outcome?: string | undefined;
  readonly mailbox?: string | undefined;
}

/** What an attempt found out about a group of rows. */
export interface OutcomeGroup {
  readonly ids: readonly string[];
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly ownerActionId: string | null;
  readonly to: string | null;
  readonly event: EventText | null;
}

export interface LedgerStore {
  readonly collection: Collection<LedgerDoc>;
  /** Adds rows; a row that is there already stays as it is, so that a repeated plan changes nothing. */
  insert(rows: readonly LedgerDoc[]): Promise<void>;
  /** Takes the open rows of a chunk for the attempt with this fence, also from an earlier attempt; gives those taken. */
  claim(jobId: string, chunk: number, fence: number): Promise<WorkRow[]>;
  /** Writes outcomes, with their events, to open rows that the attempt still owns; gives how many it wrote. */
  settle(groups: readonly OutcomeGroup[], fence: number, at: Date): Promise<number>;
  /** Says of open rows that the attempt owns why they stay open for now. */
  waits(ids: readonly string[], fence: number, reason: string): Promise<void>;
  /** Rows per outcome, as of one moment. */
  counts(jobId: string): Promise<Record<string, number>>;
  /** The same of several jobs at once, those without a row left out; of open rows too, or of those with an outcome only. */
  countsOf(
    jobIds: readonly string[],
    rows: 'all' | 'settled',
  ): Promise<ReadonlyMap<string, Readonly<Record<string, number>>>>;
  rows(jobId: string, filter: LedgerFilter, afterId: string | null, limit: number): Promise<LedgerDoc[]>;
  /** The same of all rows, each with these fields alone: who walks through all of them needs few. */
  walk<F extends keyof LedgerDoc>(
    jobId: string,
    fields: readonly F[],
    afterId: string | null,
    limit: number,
  ): Promise<Pick<LedgerDoc, F | '_id'>[]>;
  /** Rows that a filter leaves, counted to 10,001. */
  countRows(jobId: string, filter: LedgerFilter): Promise<number>;
  /** Rows without an outcome, in ledger order, after a place in it. */
  openRows(jobId: string, afterId: string | null, limit: number): Promise<LedgerDoc[]>;
  /** The rows of these messages in the ledgers of these jobs. */
  rowsOf(jobIds: readonly string[], messageIds: readonly string[]): Promise<LedgerDoc[]>;
  /** Which of these messages a job's ledger lists with this owner. */
  ownedIn(jobId: string, ownerActionId: string, messageIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Which of these messages stand in a ledger of one of these jobs. */
  messagesIn(jobIds: readonly string[], messageIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** The mailboxes of a job's rows with this outcome. */
  mailboxes(jobId: string, outcome: Outcome): Promise<string[]>;
  /** How many rows of these jobs are in each of these mailboxes. */
  countsIn(
    jobIds: readonly string[],
    mailboxes: readonly string[],
  ): Promise<{ readonly mailbox: string; readonly count: number }[]>;
  /** The mailboxes of a job's rows that have an outcome. */
  workedMailboxes(jobId: string): Promise<string[]>;
  /** Messages that another action removed since a time and that no revert has put back: the newest remover of each. */
  removedSince(messageIds: readonly string[], since: Date): Promise<ReadonlyMap<string, string>>;
  /** Brings open rows that the attempt with this fence owns up to the revision of their messages; gives how many. */
  follow(rows: readonly Pick<LedgerDoc, '_id' | 'revision'>[], fence: number): Promise<number>;
  /** Brings open rows up to where their messages are now; a row with an outcome, or one taken since, stays as it is. */
  relocate(rows: readonly Pick<LedgerDoc, '_id' | 'fence' | 'from' | 'revision'>[]): Promise<void>;
  /** Gives open rows an outcome that needs no work; a row that an attempt has taken since stays as it is. */
  close(
    rows: readonly (Pick<LedgerDoc, '_id' | 'fence' | 'outcome' | 'reason' | 'ownerActionId'> &
      Partial<Pick<LedgerDoc, 'to' | 'event'>>)[],
    at: Date,
    session?: Session,
  ): Promise<void>;
  /** Opens the rows with these outcomes again; gives how many. */
  reopen(jobId: string, outcomes: readonly Outcome[], session: Session): Promise<number>;
  removeAll(jobId: string): Promise<void>;
  /** Messages in a ledger that wait for another action's revert, by that action: where nothing is worked. */
  openOwners(jobId: string): Promise<string[]>;
}

const INSERT_BATCH = 2000;
const INSERTS_AT_ONCE = 3;
/** Ids that one query names at most: a command holds 16 MB. */
const NAMED = 10_000;

export function createLedgerStore(connection: Connection): LedgerStore {
  const collection = collectionOf<LedgerDoc>(connection, definition);
  return {
    collection,
    async insert(rows) {
      await inTurns([...batchesOf(rows, INSERT_BATCH)], INSERTS_AT_ONCE, (batch) =>
        ignoreDuplicates(collection.insertMany(batch, { ordered: false })),
      );
    },
    async claim(jobId, chunk, fence) {
      const open = { jobId, chunk, outcome: 'open' } as const;
      // Named: the index that has the order would lead through all open rows of the job.
      const hint = { jobId: 1, chunk: 1 } as const;
      const projection = Object.fromEntries(NOT_WORKED_WITH.map((field) => [field, 0]));
      const read = (fences: object): Promise<WorkRow[]> =>
        collection
          .find<WorkRow>({ ...open, ...fences }, { projection, batchSize: CHUNKS.max, hint })
          .sort({ _id: 1 })
          .toArray();
      const rows = await read({});
      if (rows.every((row) => row.fence === fence)) return rows;
      await collection.updateMany({ ...open, fence: { $lt: fence } }, { $set: { fence } }, { hint });
      return read({ fence });
    },
    async settle(groups, fence, at) {
      const { modifiedCount } = await collection.bulkWrite(
        groups.map(({ ids, ...found }) => ({
          updateMany: {
            filter: { _id: { $in: [...ids] }, outcome: 'open' as const, fence },
            update: { $set: { ...found, at } },
          },
        })),
        { ordered: false },
      );
      return modifiedCount;
    },
    async waits(ids, fence, reason) {
      await collection.updateMany({ _id: { $in: [...ids] }, outcome: 'open', fence }, { $set: { reason } });
    },
    async counts(jobId) {
      const found = await collection
        .aggregate<{ _id: string; count: number }>(
          [{ $match: { jobId } }, { $group: { _id: '$outcome', count: { $sum: 1 } } }],
          { readConcern: { level: 'snapshot' } },
        )
        .toArray();
      return Object.fromEntries(found.map(({ _id, count }) => [_id, count]));
    },
    async countsOf(jobIds, rows) {
      if (jobIds.length === 0) return new Map();
      const found = await collection
        .aggregate<{ _id: { jobId: string; outcome: string }; count: number }>(
          [
            { $match: { jobId: { $in: [...jobIds] }, ...(rows === 'all' ? {} : { outcome: { $ne: 'open' } }) } },
            { $group: { _id: { jobId: '$jobId', outcome: '$outcome' }, count: { $sum: 1 } } },
          ],
          { readConcern: { level: 'snapshot' } },
        )
        .toArray();
      return new Map(
        [...groupBy(found, ({ _id }) => _id.jobId)].map(([jobId, counts]) => [
          jobId,
          Object.fromEntries(counts.map(({ _id, count }) => [_id.outcome, count])),
        ]),
      );
    },
    rows: (jobId, { outcome, mailbox }, afterId, limit) =>
      collection
        .find(
          {
            jobId,
            _id: { $gt: afterId ?? `${jobId}.`, $lt: `${jobId}/` },
            ...(outcome === undefined ? {} : { outcome: outcome as Outcome }),
            ...(mailbox === undefined ? {} : { mailbox }),
          },
          { batchSize: limit },
        )
        .sort({ _id: 1 })
        .limit(limit)
        .toArray(),
    walk: <F extends keyof LedgerDoc>(jobId: string, fields: readonly F[], afterId: string | null, limit: number) =>
      collection
        .find<Pick<LedgerDoc, F | '_id'>>(
          { _id: { $gt: afterId ?? `${jobId}.`, $lt: `${jobId}/` } },
          { projection: Object.fromEntries(fields.map((field) => [field, 1])), batchSize: limit },
        )
        .sort({ _id: 1 })
        .limit(limit)
        .toArray(),
    countRows: (jobId, { outcome, mailbox }) =>
      collection.countDocuments(
        {
          jobId,
          ...(outcome === undefined ? {} : { outcome: outcome as Outcome }),
          ...(mailbox === undefined ? {} : { mailbox }),
        },
        { limit: 10_001 },
      ),
    openRows: (jobId, afterId, limit) =>
      collection
        .find({ jobId, outcome: 'open', ...(afterId === null ? {} : { _id: { $gt: afterId } }) })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray(),
    rowsOf: (jobIds, messageIds) =>
      collection.find({ messageId: { $in: [...messageIds] }, jobId: { $in: [...jobIds] } }).toArray(),
    async ownedIn(jobId, ownerActionId, messageIds) {
      const found = await collection
        .find({ messageId: { $in: [...messageIds] }, jobId, ownerActionId }, { projection: { messageId: 1 } })
        .toArray();
      return new Set(found.map(({ messageId }) => messageId));
    },
    async messagesIn(jobIds, messageIds) {
      const held = new Set<string>();
      for (const named of batchesOf(messageIds, NAMED)) {
        const found = await collection
          .find(
            { messageId: { $in: named }, jobId: { $in: [...jobIds] } },
            { projection: { messageId: 1 }, batchSize: 5000 },
          )
          .toArray();
        for (const { messageId } of found) held.add(messageId);
      }
      return held;
    },
    mailboxes: (jobId, outcome) => collection.distinct('mailbox', { jobId, outcome }),
    async countsIn(jobIds, mailboxes) {
      const found = await collection
        .aggregate<{ _id: string; count: number }>([
          { $match: { jobId: { $in: [...jobIds] }, mailbox: { $in: [...mailboxes] } } },
          { $group: { _id: '$mailbox', count: { $sum: 1 } } },
        ])
        .toArray();
      return found.map(({ _id, count }) => ({ mailbox: _id, count }));
    },
    workedMailboxes: (jobId) => collection.distinct('mailbox', { jobId, outcome: { $ne: 'open' } }),
    async removedSince(messageIds, since) {
      const found = await collection
        .find(
          { messageId: { $in: [...messageIds] }, outcome: { $in: ['removed', 'restored'] } },
          { projection: { messageId: 1, jobId: 1, kind: 1, at: 1 } },
        )
        .sort({ at: 1 })
        .toArray();
      const owners = new Map<string, string>();
      for (const { messageId, jobId, kind, at } of found) {
        if (kind === 'revert') owners.delete(messageId);
        else if (at !== null && at >= since) owners.set(messageId, jobId);
      }
      return owners;
    },
    async follow(rows, fence) {
      const { matchedCount } = await collection.bulkWrite(
        rows.map(({ _id, revision }) => ({
          updateOne: { filter: { _id, outcome: 'open' as const, fence }, update: { $set: { revision } } },
        })),
        { ordered: false },
      );
      return matchedCount;
    },
    async relocate(rows) {
      const writes = rows.map(({ _id, fence, from, revision }) => ({
        updateOne: { filter: { _id, outcome: 'open' as const, fence }, update: { $set: { from, revision } } },
      }));
      if (writes.length > 0) await collection.bulkWrite(writes, { ordered: false });
    },
    async close(rows, at, session) {
      const writes = rows.map(({ _id, fence, ...found }) => ({
        updateOne: { filter: { _id, outcome: 'open' as const, fence }, update: { $set: { ...found, at } } },
      }));
      if (writes.length > 0) {
        await collection.bulkWrite(writes, { ordered: false, ...(session === undefined ? {} : { session }) });
      }
    },
    async reopen(jobId, outcomes, session) {
      const { modifiedCount } = await collection.updateMany(
        { jobId, outcome: { $in: [...outcomes] } },
        // The owner stays: of what is worked again, it is the action for which a message is to be put back.
        { $set: { outcome: 'open', reason: null, to: null, at: null, event: null } },
        { session },
      );
      return modifiedCount;
    },
    openOwners: async (jobId) =>
      (await collection.distinct('ownerActionId', { jobId, outcome: 'open', chunk: NO_CHUNK })).flatMap(
        (id) => id ?? [],
      ),
    async removeAll(jobId) {
      await collection.deleteMany({ jobId });
    },
  };
}
