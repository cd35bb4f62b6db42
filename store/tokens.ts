import { type Connection } from 'mongoose';
import { type Collection, type CollectionDefinition, collectionOf, type Session } from './collection';

/** An API token: who it is, what it may, and the SHA-256 of its secret; the secret itself is shown once and not kept. */
export interface TokenDoc {
  readonly _id: string;
  /** Unique for ever, whatever the case of its letters: also a deleted token's name is never given again. */
  readonly name: string;
  readonly hash: string;
  readonly roles: readonly string[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly deletedAt: Date | null;
  /** To the minute; null where it was never used. Rows of an earlier version have none. */
  readonly lastUsedAt?: Date | null;
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
    lastUsedAt: Date,
  },
  indexes: [
    [{ name: 1 }, { unique: true }],
    // Strength 2: `Alice` and `alice` are one name.
    [{ name: 1 }, { name: 'any-case', unique: true, collation: { locale: 'en', strength: 2 } }],
    [{ hash: 1 }, { unique: true }],
    [{ roles: 1 }],
  ],
};

const USED_EVERY_MS = 60_000;

export interface TokenStore {
  readonly collection: Collection<TokenDoc>;
  byHash(hash: string): Promise<TokenDoc | null>;
  /** Notes that a token was used, at most once a minute for each, from however many processes. */
  used(token: TokenDoc, at: Date): Promise<void>;
  /** Whether a token with this role is neither deleted nor expired. */
  anyWith(role: string, at: Date, session: Session): Promise<boolean>;
}

export function createTokenStore(connection: Connection): TokenStore {
  const collection = collectionOf<TokenDoc>(connection, definition);
  return {
    collection,
    byHash: (hash) => collection.findOne({ hash }),
    async used({ _id, lastUsedAt }, at) {
      const before = new Date(at.getTime() - USED_EVERY_MS);
      if (lastUsedAt !== undefined && lastUsedAt !== null && lastUsedAt > before) return;
      await collection.updateOne(
        { _id, $or: [{ lastUsedAt: null }, { lastUsedAt: { $lte: before } }] },
        { $set: { lastUsedAt: at } },
      );
    },
    async anyWith(role, at, session) {
      const living = { roles: role, deletedAt: null, $or: [{ expiresAt: null }, { expiresAt: { $gt: at } }] };
      return (await collection.findOne(living, { session, projection: { _id: 1 } })) !== null;
    },
  };
}
