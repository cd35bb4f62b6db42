import { type Connection } from 'mongoose';
import { type ActionSource, type ActionStatus, EXPLORER_ACTION, statusesBefore } from '../domain/action';
import { type ActionType } from '../domain/remediation';
import { type Job } from '../domain/contracts';
import { type RemovalCounts } from '../domain/ledger';
import { type ReasonDetail } from '../domain/policy';
import { type RetentionBasis } from '../domain/retention';
import { type Collection, type CollectionDefinition, collectionOf, type Session } from './collection';

/** Why an action that runs is to stop at its next batch, and who said so. */
export interface Halt {
  readonly reason: 'stopped' | 'automationPaused';
  readonly by: string;
  readonly comment: string | null;
  readonly at: Date;
}

/** One remediation of one cluster, or of messages that a person chose (Take action). */
export interface ActionDoc {
  readonly _id: string;
  /** `null`, as are the two that follow, where a person chose the messages beside any investigation. */
  readonly investigationId: string | null;
  readonly clusterId: string | null;
  /** The cluster key: what a later revert clears the messages for. */
  readonly key: string | null;
  readonly actionType: ActionType;
  /** What the person called it, and said of it; none of an investigation's action. */
  readonly name?: string;
  readonly description?: string | null;
  /** Messages that the person chose and that were left out, since their mailboxes are excluded or no provider's. */
  readonly leftOutCount?: number;
  /** Why it failed as a whole: a code, and what to do. */
  readonly problem?: { readonly code: string; readonly detail: string } | null;
  readonly actionSource: ActionSource;
  readonly status: ActionStatus;
  readonly decidedBy: string | null;
  readonly comment: string | null;
  readonly reasons: readonly ReasonDetail[];
  /** The token that raised the alert, and the person whose decision offered this action: neither may be the second person. */
  readonly startedBy: string;
  readonly requestedBy: string | null;
  /** The decision that won; `null` until a person has decided. */
  readonly decisionId: string | null;
  /** Why it is not to go on, seen by its chunks before each move; `null` while nothing stops it. */
  readonly halt: Halt | null;
  /** The workflow that works it. */
  readonly workflowId: string;
  /** How many times a person had its failed rows worked again. */
  readonly retries: number;
  /** How many reverts were asked for, of it or for it: raised by each, so that a revert and a retry, stop or end at once conflict. */
  readonly revertCount: number;
  /** The pending action that follows from it: what a pause left open, or what arrived since it was frozen. */
  readonly followedBy: string | null;
  readonly settingsVersion: number;
  readonly messageCount: number;
  readonly mailboxCount: number;
  readonly job: Job;
  /** When outcomes were last written while it runs: what clients of the events learn progress from. */
  readonly progressAt?: Date;
  /** Set by the first chunk, after the settings were read again just before the first move. */
  readonly begun: boolean;
  /** Frozen when the action ends; until then the ledger is counted. */
  readonly outcomes: RemovalCounts | null;
  readonly undoDeadline: Date | null;
  readonly undoBasis: RetentionBasis | null;
  readonly expiresAt: Date | null;
  readonly createdAt: Date;
  readonly decidedAt: Date | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

const definition: CollectionDefinition = {
  name: 'actions',
  schema: {
    _id: String,
    investigationId: String,
    clusterId: String,
    key: String,
    actionType: String,
    name: String,
    description: String,
    leftOutCount: Number,
    problem: {},
    actionSource: String,
    status: String,
    decidedBy: String,
    comment: String,
    reasons: [{}],
    startedBy: String,
    requestedBy: String,
    decisionId: String,
    halt: {},
    workflowId: String,
    retries: Number,
    revertCount: Number,
    followedBy: String,
    settingsVersion: Number,
    messageCount: Number,
    mailboxCount: Number,
    job: {},
    begun: Boolean,
    progressAt: Date,
    outcomes: {},
    undoDeadline: Date,
    undoBasis: String,
    expiresAt: Date,
    createdAt: Date,
    decidedAt: Date,
    startedAt: Date,
    endedAt: Date,
  },
  indexes: [
    [{ investigationId: 1, _id: 1 }],
    [{ status: 1, createdAt: -1, _id: -1 }],
    [{ createdAt: -1, _id: -1 }],
    [{ decidedBy: 1, createdAt: -1, _id: -1 }],
    // What acted: by the entity, by who decided, or by time alone.
    [{ key: 1, startedAt: -1, _id: -1 }],
    [{ decidedBy: 1, startedAt: -1, _id: -1 }],
    [{ startedAt: -1, _id: -1 }],
    // The overview: what expires first, what can be undone no longer, and its charts, by the index alone.
    [{ status: 1, expiresAt: 1 }],
    [{ undoDeadline: 1 }],
    [{ endedAt: 1, decidedBy: 1, 'outcomes.removed': 1 }],
    [{ createdAt: 1, expiresAt: 1 }],
  ],
};

export interface ActionFilter {
  readonly statuses?: readonly ActionStatus[] | undefined;
  readonly decidedBy?: string | undefined;
  readonly actionSource?: string | undefined;
  readonly actionType?: string | undefined;
  readonly investigationId?: string | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** Rows that a walk over all of them reads at a time. */
const PAGE = 200;

/** Statuses in which an action removes messages, or has removed some. */
const ACTED: readonly ActionStatus[] = ['Running', 'Stopped', 'Completed', 'Partially Completed', 'Failed'];

const UNENDED: readonly ActionStatus[] = ['Freezing', 'Pending', 'Approved', 'Running'];

/** What a person asked for is seen while it is frozen; an attempt's draft is not. */
const ORDERED_DRAFT = { status: 'Freezing' as const, actionSource: EXPLORER_ACTION as ActionSource };

function statusIn(statuses: readonly ActionStatus[]) {
  const settled = { status: { $in: statuses.filter((status) => status !== 'Freezing') } };
  return statuses.includes('Freezing') ? { $or: [settled, ORDERED_DRAFT] } : settled;
}

/** What an entity, a person or automation did: each key that is there narrows it. */
export interface ActedFilter {
  /** The cluster key. */
  readonly key?: string | undefined;
  readonly decidedBy?: string | undefined;
  /** When the action began, both ends included. */
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

export interface ActionStore {
  readonly collection: Collection<ActionDoc>;
  byId(id: string): Promise<ActionDoc | null>;
  /** Of which investigation it is; `null` where of none, or where there is no such action. */
  investigationOf(id: string): Promise<string | null>;
  /** Those that there are, in any order, those whose freezing never ended left out. */
  byIds(ids: readonly string[]): Promise<ActionDoc[]>;
  /** Actions that have begun to remove messages, the latest first. */
  acted(filter: ActedFilter, limit: number): Promise<ActionDoc[]>;
  /** The actions of an investigation, those whose freezing never ended left out. */
  of(investigationId: string, session?: Session): Promise<ActionDoc[]>;
  list(filter: ActionFilter, after: { at: Date; id: string } | null, limit: number): Promise<ActionDoc[]>;
  count(filter: ActionFilter): Promise<number>;
  /**
   * Actions with a workflow of their own that have not ended: worked again on a person's word, or a person's from the
   * start. What the reconciler compares with Temporal.
   */
  withOwnWorkflow(): AsyncIterable<ActionDoc>;
  /** Ends an action that is not frozen yet, within a transaction; says whether it was one. */
  endFreezing(id: string, status: 'Stopped' | 'Failed', fields: Partial<ActionDoc>, session: Session): Promise<boolean>;
  /** Notes that outcomes were written, for those who watch. */
  progressed(id: string, at: Date): Promise<void>;
  /** Stops an action that has not ended, at its next batch; says whether it was one that can be. The first reason stays. */
  halt(id: string, halt: Halt, session?: Session): Promise<boolean>;
  /** Stops every action of an investigation that works or is about to, as {@link halt} does. */
  haltAll(investigationId: string, halt: Halt): Promise<void>;
  /**
   * Moves an action along the state machine of domain/action.ts; says whether it was in a status that may and, where a
   * life is given, still in that one: an action that waited and was decided since, or is worked again, is in another.
   */
  advance(
    id: string,
    to: ActionStatus,
    fields?: Partial<ActionDoc>,
    session?: Session,
    life?: Pick<ActionDoc, 'decisionId' | 'retries'>,
  ): Promise<boolean>;
}

export function createActionStore(connection: Connection): ActionStore {
  const collection = collectionOf<ActionDoc>(connection, definition);
  const where = (filter: ActionFilter) => ({
    ...(filter.statuses === undefined
      ? filter.investigationId === undefined
        ? {}
        : { status: { $ne: 'Freezing' as const } }
      : statusIn(filter.statuses)),
    ...(filter.decidedBy === undefined ? {} : { decidedBy: filter.decidedBy }),
    ...(filter.actionSource === undefined ? {} : { actionSource: filter.actionSource as ActionSource }),
    ...(filter.actionType === undefined ? {} : { actionType: filter.actionType as ActionType }),
    ...(filter.investigationId === undefined ? {} : { investigationId: filter.investigationId }),
    ...(filter.from === undefined && filter.to === undefined
      ? {}
      : { createdAt: { ...(filter.from && { $gte: filter.from }), ...(filter.to && { $lte: filter.to }) } }),
  });
  return {
    collection,
    byId: (id) => collection.findOne({ _id: id }),
    investigationOf: async (id) =>
      (await collection.findOne({ _id: id }, { projection: { investigationId: 1 } }))?.investigationId ?? null,
    byIds: (ids) => collection.find({ _id: { $in: [...ids] }, status: { $ne: 'Freezing' } }).toArray(),
    acted: ({ key, decidedBy, from, to }, limit) =>
      collection
        .find({
          status: { $in: [...ACTED] },
          ...(key === undefined ? {} : { key }),
          ...(decidedBy === undefined ? {} : { decidedBy }),
          ...(from === undefined && to === undefined
            ? {}
            : { startedAt: { ...(from && { $gte: from }), ...(to && { $lte: to }) } }),
        })
        .sort({ startedAt: -1, _id: -1 })
        .limit(limit)
        .toArray(),
    of: (investigationId, session) =>
      collection
        .find({ investigationId, status: { $ne: 'Freezing' } }, session === undefined ? {} : { session })
        .sort({ _id: 1 })
        .toArray(),
    list: (filter, after, limit) =>
      collection
        .find({
          $and: [
            where(filter),
            after === null
              ? {}
              : { $or: [{ createdAt: { $lt: after.at } }, { createdAt: after.at, _id: { $lt: after.id } }] },
          ],
        })
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit)
        .toArray(),
    count: (filter) => collection.countDocuments(where(filter), { limit: 10_001 }),
    withOwnWorkflow: () =>
      collection.find(
        {
          status: { $in: [...UNENDED] },
          $or: [{ status: 'Running', retries: { $gt: 0 } }, { actionSource: EXPLORER_ACTION }],
        },
        { batchSize: PAGE },
      ),
    async endFreezing(id, status, fields, session) {
      const { matchedCount } = await collection.updateOne(
        { _id: id, ...ORDERED_DRAFT },
        { $set: { ...fields, status } },
        { session },
      );
      return matchedCount === 1;
    },
    async progressed(id, at) {
      await collection.updateOne({ _id: id }, { $max: { progressAt: at } });
    },
    async haltAll(investigationId, halt) {
      await collection.updateMany(
        { investigationId, status: { $in: ['Approved', 'Running'] }, halt: null },
        { $set: { halt } },
      );
    },
    async halt(id, halt, session) {
      const { matchedCount } = await collection.updateOne(
        { _id: id, halt: null, $or: [{ status: { $in: ['Approved', 'Running'] } }, ORDERED_DRAFT] },
        { $set: { halt } },
        session === undefined ? {} : { session },
      );
      return matchedCount === 1;
    },
    async advance(id, to, fields = {}, session, life) {
      const { matchedCount } = await collection.updateOne(
        {
          ...{ _id: id, status: { $in: statusesBefore(to) } },
          ...(life === undefined ? {} : { decisionId: life.decisionId, retries: life.retries }),
        },
        { $set: { ...fields, status: to } },
        session === undefined ? {} : { session },
      );
      return matchedCount === 1;
    },
  };
}
