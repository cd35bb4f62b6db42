import { type Connection } from 'mongoose';
import { isKeyOf, isPairKey, PAIR_KEY, pairsOf, type PairValues } from '../domain/attributes';
import { type Place } from '../domain/imap';
import { type Location } from '../domain/location';
import { type MessageFacts } from '../domain/message-facts';
import { type Collection, type CollectionDefinition, collectionOf } from './collection';
import { pagesOf } from './pages-of';

/** One message: one copy in one mailbox, what it carries and where it is. */
export interface MessageDoc extends MessageFacts {
  readonly _id: string;
  readonly provider: string;
  readonly mailbox: string;
  readonly originalFolder: string;
  readonly receivedAt: Date;
  readonly folder: string;
  /** What the folder is in the product's words: changes with it. */
  readonly location: Location;
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
  /** Where it is at an IMAP server; `null` where it was lost from its place, none in an embedded mailbox. */
  readonly place?: Place | null;
  /** True while the index does not know its place for sure. */
  readonly astray?: boolean;
  readonly lostAt?: Date;
  /** Marks the write that changed its place last. */
  readonly placedBy?: string | null;
  /** What it is found by (domain/search-terms.ts). */
  readonly terms: readonly string[];
  /** Cluster keys for which a person put the message back: automation may not take it for these again (law 6). */
  readonly clearedKeys: readonly string[];
}

/** Locations by which mail is selected with an index: all but the one that most mail has. */
const INDEXED_LOCATIONS: readonly Location[] = ['Junk folder', 'Deleted items', 'Soft deleted', 'Hard deleted'];

const definition: CollectionDefinition = {
  name: 'messages',
  schema: {
    _id: String,
    provider: String,
    mailbox: String,
    originalFolder: String,
    receivedAt: Date,
    folder: String,
    location: String,
    revision: Number,
    fences: [Number],
    flags: [String],
    removedBy: String,
    removedFrom: String,
    removedAt: Date,
    restoredBy: String,
    purgedAt: Date,
    place: {},
    astray: Boolean,
    lostAt: Date,
    placedBy: String,
    terms: [String],
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
    bodyFingerprint: String,
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
    // One index for all that is searched by value: a removal has to look after each (docs/decisions/040-explorer.md).
    [{ terms: 1, receivedAt: -1, _id: -1 }],
    [{ receivedAt: -1, _id: -1 }],
    // Nearly all mail is in folders of its user's own: only the rest is worth an index.
    [
      { location: 1, receivedAt: -1, _id: -1 },
      { partialFilterExpression: { location: { $in: [...INDEXED_LOCATIONS] } }, name: 'elsewhere' },
    ],
    // Equal UIDVALIDITY and UID are identity: no message can be indexed twice.
    [
      { mailbox: 1, 'place.path': 1, 'place.uidValidity': 1, 'place.uid': 1 },
      { unique: true, partialFilterExpression: { 'place.uid': { $gt: 0 } } },
    ],
    [{ mailbox: 1, astray: 1 }, { partialFilterExpression: { astray: true } }],
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

/** Fences that a message remembers: more of them look like a move, which is left alone. */
const FENCES_KEPT = 100;

/** A message that shares a pair: every key that it has, and those for which a person put it back. */
export type Member = Pick<MessageDoc, 'keys' | 'clearedKeys'>;

const MEMBERS = 200;

export interface MessageStore {
  readonly collection: Collection<MessageDoc>;
  /** Every message that carries a key, mailbox by mailbox: the frozen order of a ledger. Read as of one moment. */
  carrying(key: string): Promise<ClusterRow[]>;
  /** The pairs of attributes that these messages have, those that most of them share first. */
  pairsOf(ids: readonly string[], limit: number): Promise<readonly (PairValues & { readonly key: string })[]>;
  /** How many messages have a key, counted to a limit. */
  countCarrying(key: string, limit: number): Promise<number>;
  /** What each message with a key carries, batch by batch. */
  membersOf(key: string): AsyncGenerator<readonly Member[]>;
  /** Those in these mailboxes that carry a key, and where they are. */
  carryingIn(key: string, mailboxes: readonly string[]): Promise<Pick<MessageDoc, '_id' | 'folder'>[]>;
  /** Where messages are as far as is known, by id. */
  places(ids: readonly string[]): Promise<ReadonlyMap<string, Pick<MessageDoc, 'folder' | 'revision' | 'restoredBy'>>>;
  /**
   * Raises the revision of messages that stay where they are, so that no move which saw an earlier one takes effect. Who
   * holds a message for something else can tell a fence from a move: the revision that it ended is kept.
   */
  fence(ids: readonly string[]): Promise<void>;
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
    async pairsOf(ids, limit) {
      const groups = await collection
        .aggregate<{ _id: string; count: number; first: string }>([
          { $match: { _id: { $in: [...ids] } } },
          { $unwind: '$keys' },
          { $match: { keys: { $regex: `^${PAIR_KEY}` } } },
          { $group: { _id: '$keys', count: { $sum: 1 }, first: { $min: '$_id' } } },
          { $sort: { count: -1, _id: 1 } },
          { $limit: limit },
        ])
        .toArray();
      const firsts = await collection
        .find({ _id: { $in: groups.map(({ first }) => first) } }, { projection: FACTS_OF_PAIRS })
        .toArray();
      const byId = new Map(firsts.map((message) => [message._id, message]));
      return groups.flatMap(({ _id: key, first }) => {
        const message = byId.get(first);
        const found = message === undefined ? undefined : pairsOf(message).find(({ pair }) => isKeyOf(key, pair));
        return found === undefined ? [] : [{ key, ...found }];
      });
    },
    countCarrying: (key, limit) => collection.countDocuments({ keys: key }, { limit }),
    membersOf: (key) =>
      pagesOf(
        collection.find<Member>({ keys: key }, { projection: { _id: 0, keys: 1, clearedKeys: 1 }, batchSize: MEMBERS }),
        MEMBERS,
      ),
    carryingIn: (key, mailboxes) =>
      collection.find({ keys: key, mailbox: { $in: [...mailboxes] } }, { projection: { folder: 1 } }).toArray(),
    async places(ids) {
      const projection = { folder: 1, revision: 1, restoredBy: 1 };
      const found = await collection.find({ _id: { $in: [...ids] } }, { projection, batchSize: 5000 }).toArray();
      return new Map(found.map(({ _id, folder, revision, restoredBy }) => [_id, { folder, revision, restoredBy }]));
    },
    async fence(ids) {
      const fences = { $slice: [{ $concatArrays: [{ $ifNull: ['$fences', []] }, ['$revision']] }, -FENCES_KEPT] };
      await collection.updateMany({ _id: { $in: [...ids] } }, [
        { $set: { fences, revision: { $add: ['$revision', 1] } } },
      ]);
    },
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

const FACTS_OF_PAIRS = { subject: 1, answers: 1, senderDomain: 1, senderIp: 1, bodyFingerprint: 1 } as const;

/** The parts of a message that a key names: its files with that digest, its URLs of that form. */
export function matchesOf(key: string) {
  const [type, value] = key.split(/:(.*)/s);
  if (isPairKey(key)) return { attachments: { $literal: [] }, urls: { $literal: [] } };
  const named = (list: string, field: string) => ({
    $filter: { input: list, cond: { $eq: [`$$this.${field}`, { $literal: value }] } },
  });
  return type === 'file'
    ? { attachments: named('$attachments', 'sha256'), urls: { $literal: [] } }
    : { attachments: { $literal: [] }, urls: named('$urls', 'url') };
}
