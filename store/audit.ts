import { type Connection } from 'mongoose';
import { type Collection, type CollectionDefinition, collectionOf } from './collection';

/** Who did what, when, to what, and what it changed. Rows are only ever added. */
export interface AuditDoc {
  readonly _id: string;
  readonly at: Date;
  readonly subject: string;
  readonly token: string | null;
  readonly ip: string | null;
  readonly action: string;
  readonly target: string | null;
  readonly before: unknown;
  readonly after: unknown;
  readonly result: string;
  readonly requestId: string | null;
}

const definition: CollectionDefinition = {
  name: 'audit',
  schema: {
    _id: String,
    at: Date,
    subject: String,
    token: String,
    ip: String,
    action: String,
    target: String,
    before: {},
    after: {},
    result: String,
    requestId: String,
  },
  indexes: [[{ at: -1, _id: -1 }]],
};

export interface AuditStore {
  readonly collection: Collection<AuditDoc>;
  add(row: AuditDoc): Promise<void>;
}

export function createAuditStore(connection: Connection): AuditStore {
  const collection = collectionOf<AuditDoc>(connection, definition);
  return {
    collection,
    async add(row) {
      await collection.insertOne(row);
    },
  };
}
