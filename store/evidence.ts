import { type Connection } from 'mongoose';
import { type Collection, type CollectionDefinition, collectionOf, ignoreDuplicates } from './collection';

/** What is kept of a message that a person deletes for good: written, and read back, before it is deleted. */
export interface EvidenceDoc {
  /** `<actionId>:<messageId>` */
  readonly _id: string;
  readonly actionId: string;
  readonly messageId: string;
  readonly mailbox: string;
  readonly networkMessageId: string;
  readonly internetMessageId: string;
  /** The header block as it stands in the mail, up to a limit; `headersTruncated` where it is longer. */
  readonly headers: string;
  readonly headersTruncated: boolean;
  /** SHA-256 of the raw bytes as they were read just before, and how many they are. */
  readonly sha256: string;
  readonly size: number;
  readonly folder: string;
  readonly flags: readonly string[];
  readonly receivedAt: Date;
  readonly at: Date;
}

const definition: CollectionDefinition = {
  name: 'evidence',
  schema: {
    _id: String,
    actionId: String,
    messageId: String,
    mailbox: String,
    networkMessageId: String,
    internetMessageId: String,
    headers: String,
    headersTruncated: Boolean,
    sha256: String,
    size: Number,
    folder: String,
    flags: [String],
    receivedAt: Date,
    at: Date,
  },
  indexes: [[{ actionId: 1, _id: 1 }], [{ messageId: 1 }]],
};

export interface EvidenceStore {
  readonly collection: Collection<EvidenceDoc>;
  /** Keeps records, those that are there already as they are; gives the messages whose record is there for sure. */
  keep(records: readonly EvidenceDoc[]): Promise<ReadonlySet<string>>;
  /** The records of an action, in the order of their ids, after one of them. */
  of(actionId: string, after: string | null, limit: number): Promise<EvidenceDoc[]>;
  /** How many there are, counted to 10,001. */
  count(actionId: string): Promise<number>;
}

export function createEvidenceStore(connection: Connection): EvidenceStore {
  const collection = collectionOf<EvidenceDoc>(connection, definition);
  return {
    collection,
    async keep(records) {
      if (records.length === 0) return new Set();
      await ignoreDuplicates(collection.insertMany([...records], { ordered: false }));
      const kept = await collection
        .find({ _id: { $in: records.map(({ _id }) => _id) } }, { projection: { messageId: 1 } })
        .toArray();
      return new Set(kept.map(({ messageId }) => messageId));
    },
    of: (actionId, after, limit) =>
      collection
        .find({ actionId, ...(after === null ? {} : { _id: { $gt: after } }) })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray(),
    count: (actionId) => collection.countDocuments({ actionId }, { limit: 10_001 }),
  };
}
