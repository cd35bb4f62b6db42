import { type Connection } from 'mongoose';
import { type Collection, type CollectionDefinition, collectionOf } from './collection';

/** The answer to a POST that came with an `Idempotency-Key`, kept for a day. */
export interface IdempotencyDoc {
  /** `<token id>:<route>:<key>` */
  readonly _id: string;
  readonly bodyHash: string;
  /** `null` while the first request is being worked. */
  readonly status: number | null;
  readonly body: unknown;
  readonly location: string | null;
  readonly at: Date;
}

const DAY_SECONDS = 24 * 60 * 60;

const definition: CollectionDefinition = {
  name: 'idempotency',
  schema: { _id: String, bodyHash: String, status: Number, body: {}, location: String, at: Date },
  indexes: [[{ at: 1 }, { expireAfterSeconds: DAY_SECONDS }]],
};

export interface IdempotencyStore {
  readonly collection: Collection<IdempotencyDoc>;
}

export function createIdempotencyStore(connection: Connection): IdempotencyStore {
  return { collection: collectionOf<IdempotencyDoc>(connection, definition) };
}
