import { type Connection } from 'mongoose';
import { type AuditDoc, type AuditEvent } from './audit-chain';
import { type Verification, verifyChain } from './audit-verify';
import { type AppendOptions, type AuditCopy, createAuditWriter, HEAD, type HeadDoc } from './audit-writer';
import { type Collection, type CollectionDefinition, collectionOf } from './collection';
import { type Transactions } from './transactions';

const FILTERS = ['subject', 'action', 'target', 'result', 'requestId'] as const;

const definition: CollectionDefinition = {
  name: 'audit',
  schema: {
    _id: String,
    seq: Number,
    at: Date,
    subject: String,
    token: String,
    ip: String,
    action: String,
    target: String,
    before: {},
    after: {},
    result: String,
    requestId: String,
    previousHash: String,
    hash: String,
  },
  indexes: [
    [{ seq: 1 }, { unique: true }],
    [{ at: -1, seq: -1 }],
    ...FILTERS.map((field) => [{ [field]: 1, at: -1, seq: -1 }] as const),
  ],
};

const headDefinition: CollectionDefinition = {
  name: 'auditHead',
  schema: { _id: String, seq: Number, hash: String },
  indexes: [],
};

export interface AuditFilter extends Readonly<Partial<Record<(typeof FILTERS)[number], string | undefined>>> {
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** Who did what, when, to what, and what it changed: a chain to which rows are only ever added. */
export interface AuditStore {
  readonly collection: Collection<AuditDoc>;
  /**
   * Adds a row; throws where MongoDB did not confirm it, and what was not done yet must then not be done. Of a change
   * that was done already, the copy says then that its row may be missing.
   */
  append(event: AuditEvent, options?: AppendOptions): Promise<void>;
  /** Newest first. */
  list(filter: AuditFilter, after: { at: Date; seq: number } | null, limit: number): Promise<AuditDoc[]>;
  count(filter: AuditFilter): Promise<number>;
  /** Walks the whole chain; with `kept`, looks for that head in it. */
  verify(options?: { readonly kept?: string | undefined; readonly signal?: AbortSignal }): Promise<Verification>;
  /** Makes the head of a new chain; once for each database, before the first row. */
  begin(): Promise<void>;
}

const WALK_BATCH = 1_000;

/** `onAudit` gets a copy of each row once it is stored. */
export function createAuditStore(
  connection: Connection,
  transactions: Transactions,
  onAudit: (copy: AuditCopy) => void,
): AuditStore {
  const collection = collectionOf<AuditDoc>(connection, definition);
  const heads = collectionOf<HeadDoc>(connection, headDefinition);
  const rows = () => collection.find().sort({ seq: 1 }).batchSize(WALK_BATCH);
  const head = () => heads.findOne({ _id: HEAD });
  return {
    collection,
    ...createAuditWriter({ rows: collection, heads, transactions, onAudit }),
    list: (filter, after, limit) =>
      collection
        .find({
          $and: [
            where(filter),
            after === null ? {} : { $or: [{ at: { $lt: after.at } }, { at: after.at, seq: { $lt: after.seq } }] },
          ],
        })
        .sort({ at: -1, seq: -1 })
        .limit(limit)
        .toArray(),
    count: (filter) => collection.countDocuments(where(filter), { limit: 10_001 }),
    verify: (options) => verifyChain({ rows, head }, options),
  };
}

/** Always with a time, so that an index is used where nothing else is asked for. */
function where({ from = new Date(0), to, ...fields }: AuditFilter) {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), at: { $gte: from, ...(to && { $lte: to }) } };
}
