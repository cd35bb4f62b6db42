import { type Connection } from 'mongoose';
import { FIRST_FENCE } from '../domain/ledger';
import { type Collection, type CollectionDefinition, collectionOf } from './collection';

/** The last fence given out for a chunk of a job. Each attempt takes a higher one, whatever process it runs in. */
interface FenceDoc {
  /** `<jobId>.<chunk>` */
  readonly _id: string;
  readonly fence: number;
}

const definition: CollectionDefinition = {
  name: 'fences',
  schema: { _id: String, fence: Number },
  indexes: [],
};

export interface FenceStore {
  readonly collection: Collection<FenceDoc>;
  next(jobId: string, chunk: number): Promise<number>;
}

export function createFenceStore(connection: Connection): FenceStore {
  const collection = collectionOf<FenceDoc>(connection, definition);
  return {
    collection,
    async next(jobId, chunk) {
      const found = await collection.findOneAndUpdate(
        { _id: `${jobId}.${chunk}` },
        { $inc: { fence: 1 } },
        { upsert: true, returnDocument: 'after' },
      );
      return found?.fence ?? FIRST_FENCE;
    },
  };
}
