import { type Connection } from 'mongoose';
import { type Verdict } from '../domain/verdict';
import { type Collection, type CollectionDefinition, collectionOf, type Session } from './collection';

/** The lock of an entity: the one open investigation that works on it. */
export interface OpenEntityDoc {
  /** The entity key. */
  readonly _id: string;
  readonly investigationId: string;
  readonly verdict: Verdict;
  /** Raised by every alert that joins, so that a join and a close of the same investigation cannot both commit. */
  readonly joins: number;
}

const definition: CollectionDefinition = {
  name: 'openEntities',
  schema: { _id: String, investigationId: String, verdict: String, joins: Number },
  indexes: [[{ investigationId: 1 }]],
};

export interface OpenEntityStore {
  readonly collection: Collection<OpenEntityDoc>;
  /** Locks these keys for an investigation, also those that another holds which gives them away. */
  take(
    keys: readonly string[],
    lock: Pick<OpenEntityDoc, 'investigationId' | 'verdict'>,
    session: Session,
  ): Promise<void>;
}

export function createOpenEntityStore(connection: Connection): OpenEntityStore {
  const collection = collectionOf<OpenEntityDoc>(connection, definition);
  return {
    collection,
    async take(keys, lock, session) {
      for (const _id of keys) {
        await collection.updateOne({ _id }, { $set: { ...lock, joins: 0 } }, { upsert: true, session });
      }
    },
  };
}
