import { type Connection } from 'mongoose';
import { batchesOf } from '../domain/batches';
import { type ClusterType, type Coverage } from '../domain/cluster';
import { type ClusterEntity } from '../domain/entity';
import { type ClusterFacts, type Decision } from '../domain/policy';
import { type Threat, type Verdict } from '../domain/verdict';
import { type Collection, type CollectionDefinition, collectionOf } from './collection';

/** The messages that shared one key when the cluster was built, as counts; the messages themselves are ledger rows. */
export interface ClusterDoc {
  readonly _id: string;
  readonly investigationId: string;
  readonly alertId: string;
  readonly type: ClusterType;
  readonly key: string;
  readonly entity: ClusterEntity;
  readonly verdict: Verdict;
  readonly queryTime: Date;
  readonly messageCount: number;
  readonly mailboxCount: number;
  /** Messages in excluded mailboxes. */
  readonly excludedCount: number;
  /** Messages in Sent, Drafts, Archive or Deleted items: a person may take them. */
  readonly protectedCount: number;
  readonly deliveryCounts: Readonly<Record<string, number>>;
  readonly locationCounts: Readonly<Record<string, number>>;
  readonly coverage: Coverage;
  /** What the policy decided on, so that other settings can be tried on it. */
  readonly facts: ClusterFacts;
  /** Messages in each excluded mailbox that carries the entity. */
  readonly excluded: readonly { readonly mailbox: string; readonly count: number }[];
  readonly decision: Decision;
  readonly actionIds: readonly string[];
}

const definition: CollectionDefinition = {
  name: 'clusters',
  schema: {
    _id: String,
    investigationId: String,
    alertId: String,
    type: { type: String },
    key: String,
    entity: {},
    verdict: String,
    queryTime: Date,
    messageCount: Number,
    mailboxCount: Number,
    excludedCount: Number,
    protectedCount: Number,
    deliveryCounts: {},
    locationCounts: {},
    coverage: {},
    facts: {},
    excluded: [{}],
    decision: {},
    actionIds: [String],
  },
  indexes: [
    [{ investigationId: 1, _id: 1 }],
    [{ queryTime: 1, _id: 1 }],
    [{ key: 1 }],
    [{ 'entity.threat': 1, verdict: 1, queryTime: -1, _id: -1 }],
  ],
};

export interface ClusterStore {
  readonly collection: Collection<ClusterDoc>;
  of(investigationId: string): Promise<ClusterDoc[]>;
  byId(id: string): Promise<ClusterDoc | null>;
  /** Every cluster that was built since a time, oldest first. */
  since(from: Date): Promise<ClusterDoc[]>;
  /** The keys of malicious clusters of a threat that were built since a time, those that were built last. */
  keysOf(threat: Threat, since: Date, limit: number): Promise<string[]>;
  /** The threats of malicious clusters, by key. */
  threatsOf(keys: readonly string[]): Promise<ReadonlyMap<string, readonly Threat[]>>;
  /** The malicious clusters with these keys that a detector, not a person, raised. */
  detected(keys: readonly string[]): Promise<readonly Pick<ClusterDoc, 'key' | 'facts'>[]>;
}

/** Keys that one query names at most. */
const NAMED = 1_000;

export function createClusterStore(connection: Connection): ClusterStore {
  const collection = collectionOf<ClusterDoc>(connection, definition);
  return {
    collection,
    of: (investigationId) => collection.find({ investigationId }).sort({ _id: 1 }).toArray(),
    byId: (id) => collection.findOne({ _id: id }),
    since: (from) =>
      collection
        .find({ queryTime: { $gte: from } })
        .sort({ queryTime: 1, _id: 1 })
        .toArray(),
    async keysOf(threat, since, limit) {
      const found = await collection
        .aggregate<{ readonly _id: string }>([
          { $match: { verdict: 'malicious', 'entity.threat': threat, queryTime: { $gte: since } } },
          { $group: { _id: '$key', last: { $max: '$queryTime' } } },
          { $sort: { last: -1, _id: 1 } },
          { $limit: limit },
        ])
        .toArray();
      return found.map(({ _id }) => _id);
    },
    detected: (keys) =>
      collection
        .find(
          { key: { $in: [...keys] }, verdict: 'malicious', 'facts.startedByPerson': false },
          { projection: { key: 1, facts: 1 }, batchSize: 1000 },
        )
        .toArray(),
    async threatsOf(keys) {
      const threats = new Map<string, Threat[]>();
      // A key holds a whole URL, and a mail may hold thousands: a command takes 16 MB.
      for (const named of batchesOf(keys, NAMED)) {
        const found = collection.find(
          { key: { $in: named }, verdict: 'malicious' },
          { projection: { key: 1, 'entity.threat': 1 } },
        );
        for await (const { key, entity } of found) {
          const known = threats.get(key) ?? [];
          if (!known.includes(entity.threat)) threats.set(key, [...known, entity.threat]);
        }
      }
      return threats;
    },
  };
}
