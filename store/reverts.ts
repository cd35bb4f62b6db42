import { type Connection } from 'mongoose';
import { type RevertStatus } from '../domain/action';
import { type Job } from '../domain/contracts';
import { type RevertCounts } from '../domain/ledger';
import { type Collection, type CollectionDefinition, collectionOf, isDuplicateKey, type Session } from './collection';

export const REVERT_DESTINATIONS = ['original', 'inbox', 'junk'] as const;
export type RevertDestination = (typeof REVERT_DESTINATIONS)[number];

/** One undo of one action, or of some of its messages. */
export interface RevertDoc {
  readonly _id: string;
  readonly actionId: string;
  readonly destination: RevertDestination;
  /** `null`: all that the action owns. */
  readonly messageIds: readonly string[] | null;
  /** The Take action whose rows of this owner it puts back; none where a person asked for the revert itself. */
  readonly forAction?: string;
  /** The life of that Take action in which it was opened: its `retries` of then; the first where it is missing. */
  readonly forRetries?: number;
  readonly status: RevertStatus;
  /** True while it runs: at most one open revert for each action. */
  readonly open: boolean;
  readonly requestedBy: string;
  readonly comment: string | null;
  readonly job: Job | null;
  readonly outcomes: RevertCounts | null;
  /** As of an action. */
  readonly progressAt?: Date;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
}

const definition: CollectionDefinition = {
  name: 'reverts',
  schema: {
    _id: String,
    actionId: String,
    destination: String,
    messageIds: [String],
    forAction: String,
    forRetries: Number,
    status: String,
    open: Boolean,
    requestedBy: String,
    comment: String,
    job: {},
    outcomes: {},
    progressAt: Date,
    startedAt: Date,
    endedAt: Date,
  },
  indexes: [
    [{ actionId: 1, startedAt: 1 }],
    [
      { forAction: 1, startedAt: 1 },
      { partialFilterExpression: { forAction: { $exists: true } }, name: 'for-action' },
    ],
    [{ endedAt: 1, 'outcomes.restored': 1 }],
    [{ actionId: 1 }, { unique: true, partialFilterExpression: { open: true }, name: 'one-open-per-action' }],
    [
      { open: 1, startedAt: 1 },
      { partialFilterExpression: { open: true }, name: 'open' },
    ],
  ],
};

/** Rows that a walk over all of them reads at a time. */
const PAGE = 200;

export interface RevertStore {
  readonly collection: Collection<RevertDoc>;
  byId(id: string): Promise<RevertDoc | null>;
  of(actionIds: readonly string[]): Promise<RevertDoc[]>;
  /** Those that a Take action stands for, oldest first. */
  forAction(actionId: string, session?: Session): Promise<RevertDoc[]>;
  /** Notes that outcomes were written, for those who watch. */
  progressed(id: string, at: Date): Promise<void>;
  /** Every open revert, oldest first. */
  open(): AsyncIterable<RevertDoc>;
  /** Stores a new open revert; `false` where the action has one already (within a transaction that ends it). */
  create(revert: RevertDoc, session?: Session): Promise<boolean>;
}

export function createRevertStore(connection: Connection): RevertStore {
  const collection = collectionOf<RevertDoc>(connection, definition);
  return {
    collection,
    byId: (id) => collection.findOne({ _id: id }),
    of: (actionIds) =>
      collection
        .find({ actionId: { $in: [...actionIds] } })
        .sort({ startedAt: 1 })
        .toArray(),
    forAction: (actionId, session) =>
      collection
        .find({ forAction: actionId }, session === undefined ? {} : { session })
        .sort({ startedAt: 1 })
        .toArray(),
    open: () => collection.find({ open: true }, { batchSize: PAGE }).sort({ startedAt: 1 }),
    async progressed(id, at) {
      await collection.updateOne({ _id: id }, { $max: { progressAt: at } });
    },
    async create(revert, session) {
      try {
        await collection.insertOne(revert, session === undefined ? {} : { session });
        return true;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },
  };
}
