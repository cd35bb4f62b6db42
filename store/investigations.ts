import { type Connection } from 'mongoose';
import { type Entity } from '../domain/entity';
import { investigationWorkflowId } from '../domain/ids';
import { type InvestigationStatus, OPEN_STATUSES } from '../domain/investigation';
import { covers, type Verdict } from '../domain/verdict';
import { type DecisionKind } from '../domain/contracts';
import { type Collection, type CollectionDefinition, collectionOf, newId, type Session } from './collection';

/** When each stage of an investigation was reached, for its latencies. */
export interface Stages {
  readonly alert?: Date;
  readonly cluster?: Date;
  readonly decision?: Date;
  readonly firstRemoval?: Date;
  readonly lastRemoval?: Date;
}

export interface InvestigationDoc {
  readonly _id: string;
  readonly workflowId: string;
  readonly runId: string | null;
  readonly status: InvestigationStatus;
  /** True while it is open; the index of the reconciler. */
  readonly open: boolean;
  readonly entities: readonly Entity[];
  readonly entityKeys: readonly string[];
  readonly verdict: Verdict;
  readonly relatedInvestigations: readonly string[];
  readonly stages: Stages;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  readonly externalIds: readonly string[];
  /** Raised by everything that must not be done while it ends. */
  readonly changes: number;
  /** Who ended it by hand; `null` where nobody did. */
  readonly termination: { readonly by: string; readonly comment: string | null; readonly at: Date } | null;
  /** Why it ended other than by itself, for the log. */
  readonly endReason: string | null;
}

const definition: CollectionDefinition = {
  name: 'investigations',
  schema: {
    _id: String,
    workflowId: String,
    runId: String,
    status: String,
    open: Boolean,
    entities: [{}],
    entityKeys: [String],
    verdict: String,
    relatedInvestigations: [String],
    stages: {},
    startedAt: Date,
    endedAt: Date,
    externalIds: [String],
    changes: Number,
    termination: {},
    endReason: String,
  },
  indexes: [
    [{ startedAt: -1, _id: -1 }],
    [{ status: 1, startedAt: -1, _id: -1 }],
    [{ entityKeys: 1, startedAt: -1, _id: -1 }],
    [{ externalIds: 1, startedAt: -1, _id: -1 }],
    [{ open: 1, startedAt: 1 }, { partialFilterExpression: { open: true } }],
  ],
};

/** Rows that a walk over all of them reads at a time. */
const PAGE = 200;

export interface InvestigationFilter {
  readonly status?: InvestigationStatus | undefined;
  readonly verdict?: Verdict | undefined;
  readonly entityKey?: string | undefined;
  readonly externalId?: string | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** What a new investigation is about. */
export interface NewInvestigation {
  /** By their keys. */
  readonly entities: ReadonlyMap<string, Entity>;
  readonly verdict: Verdict;
  readonly at: Date;
  readonly related: readonly string[];
  readonly externalId?: string | undefined;
}

export interface InvestigationStore {
  readonly collection: Collection<InvestigationDoc>;
  /** Stores a new one, `Starting`: the reconciler starts what nobody has started. */
  create(about: NewInvestigation, session: Session): Promise<InvestigationDoc>;
  byId(id: string): Promise<InvestigationDoc | null>;
  /** Newest first, after a cursor position. */
  list(filter: InvestigationFilter, after: { at: Date; id: string } | null, limit: number): Promise<InvestigationDoc[]>;
  count(filter: InvestigationFilter): Promise<number>;
  /** The worst verdict that any of the latest investigations gave each of these entity keys. */
  verdicts(keys: readonly string[]): Promise<ReadonlyMap<string, Verdict>>;
  /** Every open investigation, oldest first: what the reconciler compares with Temporal. */
  open(): AsyncIterable<InvestigationDoc>;
  /** Moves an open investigation to another open status; a closed one stays closed. */
  setOpenStatus(id: string, status: InvestigationStatus, runId?: string): Promise<boolean>;
  /**
   * Marks within a transaction that one of its actions is decided, which makes it Running where it was approved; `false`
   * where it has ended or is about to.
   */
  touch(id: string, decision: DecisionKind, session: Session): Promise<boolean>;
  /**
   * Writes to an investigation within a transaction, so that of what is done there and its end only one commits first;
   * `false` where it has ended.
   */
  alive(id: string, session: Session): Promise<boolean>;
  /** Records when a stage was reached, the first time that it is. */
  stage(id: string, stage: 'cluster' | 'decision', at: Date): Promise<void>;
  /** Records that messages were removed at this time: the earliest and the latest are kept. */
  removedAt(id: string, at: Date): Promise<void>;
}

export function createInvestigationStore(connection: Connection): InvestigationStore {
  const collection = collectionOf<InvestigationDoc>(connection, definition);
  const where = (filter: InvestigationFilter) => ({
    ...(filter.status === undefined ? {} : { status: filter.status }),
    ...(filter.verdict === undefined ? {} : { verdict: filter.verdict }),
    ...(filter.entityKey === undefined ? {} : { entityKeys: filter.entityKey }),
    ...(filter.externalId === undefined ? {} : { externalIds: filter.externalId }),
    ...(filter.from === undefined && filter.to === undefined
      ? {}
      : { startedAt: { ...(filter.from && { $gte: filter.from }), ...(filter.to && { $lte: filter.to }) } }),
  });
  return {
    collection,
    async create({ entities, verdict, at, related, externalId }, session) {
      const _id = newId();
      const investigation: InvestigationDoc = {
        ...{ _id, workflowId: investigationWorkflowId(_id), runId: null, status: 'Starting', open: true, verdict },
        entities: [...entities.values()],
        entityKeys: [...entities.keys()],
        relatedInvestigations: related,
        stages: { alert: at },
        startedAt: at,
        endedAt: null,
        externalIds: externalId === undefined ? [] : [externalId],
        ...{ termination: null, changes: 0, endReason: null },
      };
      await collection.insertOne(investigation, { session });
      return investigation;
    },
    byId: (id) => collection.findOne({ _id: id }),
    list: (filter, after, limit) =>
      collection
        .find({
          $and: [
            where(filter),
            after === null
              ? {}
              : { $or: [{ startedAt: { $lt: after.at } }, { startedAt: after.at, _id: { $lt: after.id } }] },
          ],
        })
        .sort({ startedAt: -1, _id: -1 })
        .limit(limit)
        .toArray(),
    count: (filter) => {
      const condition = where(filter);
      // Without a condition the planner would read whole documents: the index of the list has every row too.
      const unfiltered = Object.keys(condition).length === 0;
      return collection.countDocuments(condition, {
        limit: 10_001,
        ...(unfiltered ? { hint: { startedAt: -1, _id: -1 } } : {}),
      });
    },
    async verdicts(keys) {
      if (keys.length === 0) return new Map();
      const found = await collection
        .find({ entityKeys: { $in: [...keys] } }, { projection: { entityKeys: 1, verdict: 1 } })
        .sort({ startedAt: -1 })
        .limit(PAGE)
        .toArray();
      const worst = new Map<string, Verdict>();
      for (const { entityKeys, verdict } of found) {
        for (const key of entityKeys) {
          const held = worst.get(key);
          if (held === undefined || !covers(held, verdict)) worst.set(key, verdict);
        }
      }
      return worst;
    },
    open: () => collection.find({ open: true }, { batchSize: PAGE }).sort({ startedAt: 1 }),
    async setOpenStatus(id, status, runId) {
      const { matchedCount } = await collection.updateOne(
        { _id: id, open: true, status: { $in: [...OPEN_STATUSES] } },
        { $set: { status, ...(runId === undefined ? {} : { runId }) } },
      );
      return matchedCount === 1;
    },
    async touch(id, decision, session) {
      const { matchedCount } = await collection.updateOne(
        { _id: id, open: true, termination: null },
        { $inc: { changes: 1 }, ...(decision === 'approve' ? { $set: { status: 'Running' } } : {}) },
        { session },
      );
      return matchedCount === 1;
    },
    async alive(id, session) {
      const { matchedCount } = await collection.updateOne(
        { _id: id, open: true },
        { $inc: { changes: 1 } },
        { session },
      );
      return matchedCount === 1;
    },
    async stage(id, stage, at) {
      await collection.updateOne({ _id: id }, { $min: { [`stages.${stage}`]: at } });
    },
    async removedAt(id, at) {
      await collection.updateOne(
        { _id: id },
        { $min: { 'stages.firstRemoval': at }, $max: { 'stages.lastRemoval': at } },
      );
    },
  };
}
