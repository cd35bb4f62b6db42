import { type Connection } from 'mongoose';
import { type Collection, type CollectionDefinition, collectionOf } from './collection';

export interface StoredAttachment {
  readonly fileName: string;
  readonly sha256: string;
  readonly size: number;
  readonly contentType: string;
  readonly inline: boolean;
  readonly nested: boolean;
}

export interface StoredUrl {
  readonly url: string;
  readonly host: string;
  readonly domain: string;
  readonly location: string;
  /** Mail that was stored before this was read does not say it. */
  readonly nested?: boolean;
  readonly unwrapped: boolean;
}

/** The facts that were read from a mail when it came in; they never change. */
export interface MessageFacts {
  readonly networkMessageId: string;
  readonly internetMessageId: string;
  /** The Message-IDs that the mail says it answers; mail that was stored before this was read has none. */
  readonly answers?: readonly string[];
  readonly subject: string;
  readonly senderAddress: string;
  readonly senderName: string;
  readonly senderDomain: string;
  readonly senderIp: string;
  readonly recipients: readonly string[];
  readonly sentAt: Date | null;
  readonly size: number;
  /** SHA-256 of the raw bytes. */
  readonly sha256: string;
  readonly attachments: readonly StoredAttachment[];
  readonly urls: readonly StoredUrl[];
  /** Keys of every file and URL that the message carries. */
  readonly keys: readonly string[];
  readonly brokenLimits: readonly string[];
  readonly defects: readonly string[];
}

/** One message: one copy in one mailbox, what it carries and where it is. */
export interface MessageDoc extends MessageFacts {
  readonly _id: string;
  readonly provider: string;
  readonly mailbox: string;
  readonly originalFolder: string;
  readonly receivedAt: Date;
  readonly folder: string;
  /** Counts the changes of place; a conditional move names the one that it saw (law 5). Flags do not count. */
  readonly revision: number;
  /** The revisions that ended by a fence, not by a change of place; none where there never was one. */
  readonly fences?: readonly number[];
  readonly flags: readonly string[];
  readonly removedBy: string | null;
  readonly removedFrom: string | null;
  readonly removedAt: Date | null;
  readonly restoredBy: string | null;
  readonly purgedAt: Date | null;
  /** Cluster keys for which a person put the message back: automation may not take it for these again (law 6). */
  readonly clearedKeys: readonly string[];
}

const definition: CollectionDefinition = {
  name: 'messages',
  schema: {
    _id: String,
    provider: String,
    mailbox: String,
    originalFolder: String,
    receivedAt: Date,
    folder: String,
    revision: Number,
    fences: [Number],
    flags: [String],
    removedBy: String,
    removedFrom: String,
    removedAt: Date,
    restoredBy: String,
    purgedAt: Date,
    clearedKeys: [String],
    networkMessageId: String,
    internetMessageId: String,
    answers: [String],
    subject: String,
    senderAddress: String,
    senderName: String,
    senderDomain: String,
    senderIp: String,
    recipients: [String],
    sentAt: Date,
    size: Number,
    sha256: String,
    attachments: [{}],
    urls: [{}],
    keys: [String],
    brokenLimits: [String],
    defects: [String],
  },
  indexes: [
    [{ keys: 1, mailbox: 1, _id: 1 }],
    [{ mailbox: 1, folder: 1, receivedAt: -1, _id: -1 }],
    [{ sha256: 1, mailbox: 1 }],
    [{ senderAddress: 1, receivedAt: 1 }],
    [{ 'urls.domain': 1, receivedAt: 1 }],
    [{ answers: 1 }],
    [{ internetMessageId: 1 }],
  ],
};

/** What the prevalence guard and the look at weak matches read of a message. */
type GuardField =
  'receivedAt' | 'senderAddress' | 'senderDomain' | 'internetMessageId' | 'answers' | 'attachments' | 'urls';

/**
 * What freezing a cluster needs to know of each message that carries its key. Of the attachments and URLs only those
 * that the key names: where in the message the entity was found.
 */
export type ClusterRow = Pick<
  MessageDoc,
  '_id' | 'mailbox' | 'folder' | 'revision' | 'networkMessageId' | 'originalFolder' | 'clearedKeys' | GuardField
>;

export interface MessageStore {
  readonly collection: Collection<MessageDoc>;
  /** Every message that carries a key, mailbox by mailbox: the frozen order of a ledger. Read as of one moment. */
  carrying(key: string): Promise<ClusterRow[]>;
  byId(id: string): Promise<MessageDoc | null>;
  byIds(ids: readonly string[]): Promise<MessageDoc[]>;
  /** Messages in one folder, newest first, after the cursor position where one is given. */
  inFolder(
    mailbox: string,
    folder: string | null,
    page: { readonly after: { receivedAt: Date; id: string } | null; readonly limit: number },
  ): Promise<MessageDoc[]>;
  countIn(mailbox: string, folder: string | null): Promise<number>;
}

export function createMessageStore(connection: Connection): MessageStore {
  const collection = collectionOf<MessageDoc>(connection, definition);
  return {
    collection,
    carrying: (key) =>
      collection
        .find(
          { keys: key },
          {
            projection: {
              mailbox: 1,
              folder: 1,
              revision: 1,
              networkMessageId: 1,
              originalFolder: 1,
              clearedKeys: 1,
              receivedAt: 1,
              senderAddress: 1,
              senderDomain: 1,
              internetMessageId: 1,
              answers: 1,
              ...matchesOf(key),
            },
            sort: { mailbox: 1, _id: 1 },
            readConcern: { level: 'snapshot' },
            batchSize: 5000,
          },
        )
        .toArray(),
    byId: (id) => collection.findOne({ _id: id }),
    byIds: (ids) => collection.find({ _id: { $in: [...ids] } }).toArray(),
    inFolder: (mailbox, folder, { after, limit }) =>
      collection
        .find({
          mailbox,
          ...(folder === null ? {} : { folder }),
          ...(after === null
            ? {}
            : {
                $or: [
                  { receivedAt: { $lt: after.receivedAt } },
                  { receivedAt: after.receivedAt, _id: { $lt: after.id } },
                ],
              }),
        })
        .sort({ receivedAt: -1, _id: -1 })
        .limit(limit)
        .toArray(),
    countIn: (mailbox, folder) =>
      collection.countDocuments({ mailbox, ...(folder === null ? {} : { folder }) }, { limit: 10_001 }),
  };
}

/** The parts of a message that a key names: its files with that digest, its URLs of that form. */
function matchesOf(key: string) {
  const [type, value] = key.split(/:(.*)/s);
  const named = (list: string, field: string) => ({
    $filter: { input: list, cond: { $eq: [`$$this.${field}`, { $literal: value }] } },
  });
  return type === 'file'
    ? { attachments: named('$attachments', 'sha256'), urls: { $literal: [] } }
    : { attachments: { $literal: [] }, urls: named('$urls', 'url') };
}
