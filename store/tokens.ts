import { type Connection } from 'mongoose';
import { type Collection, type CollectionDefinition, collectionOf } from './collection';

/** An API token: who it is, what it may, and the SHA-256 of its secret; the secret itself is shown once and not kept. */
export interface TokenDoc {
  readonly _id: string;
  /** Unique for ever: also a deleted token's name is never given again. */
  readonly name: string;
  readonly hash: string;
  readonly roles: readonly string[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly deletedAt: Date | null;
}

const definition: CollectionDefinition = {
  name: 'tokens',
  schema: {
    _id: String,
    name: String,
    hash: String,
    roles: [String],
    createdAt: Date,
    expiresAt: Date,
    deletedAt: Date,
  },
  indexes: [
    [{ name: 1 }, { unique: true }],
    [{ hash: 1 }, { unique: true }],
  ],
};

export interface TokenStore {
  readonly collection: Collection<TokenDoc>;
  byHash(hash: string): Promise<TokenDoc | null>;
}

export function createTokenStore(connection: Connection): TokenStore {
  const collection = collectionOf<TokenDoc>(connection, definition);
  return { collection, byHash: (hash) => collection.findOne({ hash }) };
}
