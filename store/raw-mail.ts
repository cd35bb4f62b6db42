import mongoose, { type Connection } from 'mongoose';
import { type Collection, type CollectionDefinition, collectionOf } from './collection';

/** Raw mail once per SHA-256 for all copies, in parts, since a document holds 16 MB at most and a mail 50 MB. */
interface RawPartDoc {
  /** `<sha256>/<part>`, the part as three digits. */
  readonly _id: string;
  readonly bytes: mongoose.mongo.Binary;
  /** The last time that a message which refers to it was stored: a sweep leaves fresh parts alone. */
  readonly touchedAt: Date;
}

const PART_BYTES = 8 * 1024 * 1024;

const definition: CollectionDefinition = {
  name: 'rawMail',
  schema: { _id: String, bytes: Buffer, touchedAt: Date },
  indexes: [],
};

export interface RawMailStore {
  readonly collection: Collection<RawPartDoc>;
  /** Stores the bytes of each mail unless they are there; safe to repeat and to race. */
  put(mails: readonly { readonly sha256: string; readonly bytes: Uint8Array }[], at: Date): Promise<void>;
  /** The bytes, or `null` where none are stored under this digest. */
  get(sha256: string): Promise<Buffer | null>;
  /** Deletes bytes that nothing has touched since `before`; the caller has made sure that no message refers to them. */
  remove(sha256: string, before: Date): Promise<boolean>;
}

export function createRawMailStore(connection: Connection): RawMailStore {
  const collection = collectionOf<RawPartDoc>(connection, definition);
  const parts = (sha256: string) => ({ $gte: `${sha256}/`, $lt: `${sha256}0` });
  return {
    collection,
    async put(mails, at) {
      const writes = mails.flatMap(({ sha256, bytes }) => {
        const count = Math.max(1, Math.ceil(bytes.length / PART_BYTES));
        return Array.from({ length: count }, (_, part) => ({
          updateOne: {
            filter: { _id: `${sha256}/${String(part).padStart(3, '0')}` },
            update: {
              $setOnInsert: {
                bytes: new mongoose.mongo.Binary(bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES)),
              },
              $set: { touchedAt: at },
            },
            upsert: true,
          },
        }));
      });
      if (writes.length > 0) await collection.bulkWrite(writes, { ordered: false });
    },
    async get(sha256) {
      const found = await collection
        .find({ _id: parts(sha256) })
        .sort({ _id: 1 })
        .toArray();
      return found.length === 0 ? null : Buffer.concat(found.map((part) => part.bytes.buffer));
    },
    async remove(sha256, before) {
      const { deletedCount } = await collection.deleteMany({ _id: parts(sha256), touchedAt: { $lt: before } });
      return deletedCount > 0;
    },
  };
}
