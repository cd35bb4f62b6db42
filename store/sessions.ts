import { type Connection } from 'mongoose';
import { type Collection, type CollectionDefinition, collectionOf } from './collection';

/** A sign-in at the console: what it may is what its token may, at every request anew. */
export interface SessionDoc {
  /** The SHA-256 of the secret that lies in the cookie; the secret itself is not kept. */
  readonly _id: string;
  /** The hash of the token's secret: where the token is given another secret, its sessions end too. */
  readonly tokenHash: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

const definition: CollectionDefinition = {
  name: 'sessions',
  schema: { _id: String, tokenHash: String, createdAt: Date, expiresAt: Date },
  indexes: [[{ expiresAt: 1 }, { expireAfterSeconds: 0 }]],
};

export interface SessionStore {
  readonly collection: Collection<SessionDoc>;
  create(session: SessionDoc): Promise<void>;
  /** The session with this hash; `null` where there is none or its time is over (MongoDB removes it a minute later). */
  living(hash: string, at: Date): Promise<SessionDoc | null>;
  end(hash: string): Promise<void>;
}

export function createSessionStore(connection: Connection): SessionStore {
  const collection = collectionOf<SessionDoc>(connection, definition);
  return {
    collection,
    async create(session) {
      await collection.insertOne(session);
    },
    living: (hash, at) => collection.findOne({ _id: hash, expiresAt: { $gt: at } }),
    async end(hash) {
      await collection.deleteOne({ _id: hash });
    },
  };
}
