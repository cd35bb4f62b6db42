import { type Connection } from 'mongoose';
import { type Collection, type CollectionDefinition, collectionOf } from './collection';

/** A mailbox: whose it is, how long it keeps soft-deleted mail, and whether a hold stops purging. */
export interface MailboxDoc {
  /** The address, in lower case. */
  readonly _id: string;
  readonly provider: string;
  readonly retentionDays: number;
  readonly hold: { readonly reason: string; readonly reference: string } | null;
  readonly createdAt: Date;
}

const definition: CollectionDefinition = {
  name: 'mailboxes',
  schema: { _id: String, provider: String, retentionDays: Number, hold: {}, createdAt: Date },
  indexes: [],
};

export interface MailboxStore {
  readonly collection: Collection<MailboxDoc>;
  byAddress(address: string): Promise<MailboxDoc | null>;
  byAddresses(addresses: readonly string[]): Promise<MailboxDoc[]>;
  list(after: string | null, limit: number): Promise<MailboxDoc[]>;
  count(): Promise<number>;
  /** The domains of all mailboxes, in order. */
  domains(): Promise<string[]>;
}

export function createMailboxStore(connection: Connection): MailboxStore {
  const collection = collectionOf<MailboxDoc>(connection, definition);
  return {
    collection,
    byAddress: (address) => collection.findOne({ _id: address }),
    byAddresses: (addresses) => collection.find({ _id: { $in: [...addresses] } }).toArray(),
    list: (after, limit) =>
      collection
        .find(after === null ? {} : { _id: { $gt: after } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray(),
    count: () => collection.estimatedDocumentCount(),
    async domains() {
      const found = await collection
        .aggregate<{ _id: string }>([{ $group: { _id: { $arrayElemAt: [{ $split: ['$_id', '@'] }, -1] } } }])
        .toArray();
      return found.map(({ _id }) => _id).sort();
    },
  };
}
