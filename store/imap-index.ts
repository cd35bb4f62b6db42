import { type mongo } from 'mongoose';
import { groupBy } from '../domain/group';
import {
  type Arrival,
  type Begun,
  type ImapIndex,
  type IndexedMessage,
  type Intent,
  type PlaceChange,
} from '../domain/imap';
import { folderKind, placed, PURGES_FOLDER, RECOVERABLE_FOLDER } from '../domain/location';
import { termsOf } from '../domain/search-terms';
import { type ActionStore } from './actions';
import { isOfSome, newId, type Session } from './collection';
import { type EntityStatsStore } from './entity-stats';
import { gathered } from './gathered';
import { type ImapFolderStore } from './imap-folders';
import { type MessageDoc, type MessageStore } from './messages';
import { type Transactions } from './transactions';

export interface ImapIndexDeps {
  readonly messages: MessageStore;
  readonly folders: ImapFolderStore;
  readonly actions: ActionStore;
  readonly entityStats: EntityStatsStore;
  readonly transaction: Transactions['run'];
  readonly provider: string;
}

/** What is asked of one mailbox. */
interface Asked {
  readonly mailbox: string;
  readonly ids: readonly string[];
  readonly begun: readonly Begun[];
}

/** Mailboxes that are worked at once end their moves soon after one another: so long one waits to be written with the next. */
const PLACE_WAIT_MS = 10;

const PLACE = {
  mailbox: 1,
  folder: 1,
  revision: 1,
  fences: 1,
  place: 1,
  sha256: 1,
  size: 1,
  receivedAt: 1,
  flags: 1,
  removedBy: 1,
  removedFrom: 1,
  removedAt: 1,
  restoredBy: 1,
  purgedAt: 1,
  lostAt: 1,
  placedBy: 1,
} as const;

/** Ends a transaction of which nothing is to stay. */
class OvertakenError extends Error {}

/** The index of one provider's IMAP mailboxes: the same messages as all others, with their place at the server. */
export function createImapIndex(deps: ImapIndexDeps): ImapIndex {
  const { messages, folders, actions, entityStats, transaction, provider } = deps;
  const { collection } = messages;
  const find = async (begun: readonly Begun[], filter: object, options: object = {}): Promise<IndexedMessage[]> => {
    const found = await collection.find(filter, { projection: PLACE, batchSize: 5000, ...options }).toArray();
    const byId = new Map(begun.flatMap(({ intent, messages: ids }) => ids.map((id) => [id, intent] as const)));
    return found.map((doc) => indexed(doc, byId.get(doc._id) ?? null));
  };

  /** Rows by id, for several mailboxes that are worked at the same time. */
  const byIds = gathered(async (asked: readonly Asked[]) => {
    const filter = { _id: { $in: asked.flatMap(({ ids }) => [...ids]) }, provider };
    const found = await find(
      asked.flatMap(({ begun }) => [...begun]),
      filter,
    );
    const byId = new Map(found.map((message) => [message.messageId, message]));
    return asked.map(({ mailbox, ids }) =>
      [...new Set(ids)].flatMap((id) => {
        const message = byId.get(id);
        return message?.mailbox === mailbox ? [message] : [];
      }),
    );
  });

  /** Writes each change where the revision is still the one that was seen, and answers for which messages it was. */
  async function place(changes: readonly PlaceChange[], session?: Session): Promise<ReadonlySet<string>> {
    if (changes.length === 0) return new Set();
    if (session === undefined) return placeTogether(changes);
    const [written] = await writeAll([changes], session);
    if (written instanceof Error) throw written;
    return written ?? new Set();
  }

  const placeTogether = gathered((batches: readonly (readonly PlaceChange[])[]) => writeAll(batches), {
    waitMs: PLACE_WAIT_MS,
  });

  /** Writes the changes of each batch, with a stamp of its own: by it is known what was written where not all was. */
  async function writeAll(
    batches: readonly (readonly PlaceChange[])[],
    session?: Session,
  ): Promise<(ReadonlySet<string> | Error)[]> {
    const options = session === undefined ? {} : { session };
    const keys = await keysOf(batches.flat());
    const stamps = batches.map(() => newId());
    const writes = batches.flatMap((changes, batch) =>
      [...groupBy(changes, likeness).values()].flatMap((alike) =>
        writeOf(alike, stamps[batch] ?? '', keys).map((write) => ({ batch, write })),
      ),
    );
    const failed = new Map<number, Error>();
    const modifiedCount = await collection
      .bulkWrite(
        writes.map(({ write }) => write),
        { ordered: false, ...options },
      )
      .then((done) => done.modifiedCount)
      .catch((error: unknown) => {
        // Within a transaction nothing is written then; without the majority, it is not known what is.
        if (session !== undefined || !isOfSome(error)) throw error;
        for (const { index } of [error.writeErrors].flat()) failed.set(writes[index]?.batch ?? -1, error);
        return -1;
      });
    const ids = batches.map((changes) => changes.map(({ messageId }) => messageId));
    if (modifiedCount === ids.flat().length) return ids.map((written) => new Set(written));
    const written = await collection
      .find({ _id: { $in: ids.flat() }, placedBy: { $in: stamps } }, { projection: { placedBy: 1 }, ...options })
      .toArray();
    const byStamp = groupBy(written, ({ placedBy }) => placedBy ?? '');
    return stamps.map((stamp, batch) => failed.get(batch) ?? new Set((byStamp.get(stamp) ?? []).map(({ _id }) => _id)));
  }

  /** The cluster keys of the actions whose messages are put back: cleared for these (law 6). */
  async function keysOf(changes: readonly PlaceChange[]): Promise<ReadonlyMap<string, string>> {
    const ids = new Set(
      changes.flatMap(({ as, actionId }) => (as === 'restored' && actionId !== null ? [actionId] : [])),
    );
    const found = await Promise.all([...ids].map((id) => actions.byId(id)));
    return new Map(
      found.flatMap((action): [string, string][] => {
        const key = action?.key ?? null;
        return action === null || key === null ? [] : [[action._id, key]];
      }),
    );
  }

  return {
    byIds: (mailbox, ids, begun) => byIds({ mailbox, ids, begun }),
    async internetIds(ids) {
      const projection = { _id: 0, internetMessageId: 1 };
      const found = await collection.find({ _id: { $in: [...ids] } }, { projection }).toArray();
      return found.map(({ internetMessageId }) => internetMessageId);
    },
    place,
    async knownUids(mailbox, path, uidValidity, which = 1) {
      const uids = typeof which === 'number' ? { $gt: which - 1 } : { $gt: 0, $in: [...which] };
      const found = await collection
        .find(
          { mailbox, 'place.path': path, 'place.uidValidity': uidValidity, 'place.uid': uids },
          { projection: { _id: 0, 'place.uid': 1 }, batchSize: 10_000 },
        )
        .toArray();
      return found.flatMap((found) => found.place?.uid ?? []);
    },
    async lose(mailbox, path, gone, at) {
      const which = gone === 'all' ? {} : { 'place.uid': { $in: [...gone] } };
      await collection.updateMany(
        { mailbox, provider, 'place.path': path, ...which },
        { $set: { place: null, astray: true, lostAt: at } },
      );
    },
    async astray(mailbox, begun) {
      const lost = await find(begun, { mailbox, astray: true, provider });
      if (begun.length === 0) return lost;
      const known = new Set(lost.map(({ messageId }) => messageId));
      const others = begun.flatMap(({ messages: ids }) => ids.filter((id) => !known.has(id)));
      return [...lost, ...(await find(begun, { _id: { $in: others }, mailbox, provider }))];
    },
    async arrive({ arrivals, changes, cursor }) {
      const docs = arrivals.map((arrival) => messageOf(arrival, provider));
      try {
        await transaction(async (session) => {
          if ((await place(changes, session)).size < changes.length) throw new OvertakenError();
          if (docs.length > 0) await collection.insertMany(docs, { session });
          await folders.write(cursor, session);
        });
      } catch (error) {
        if (error instanceof OvertakenError) return false;
        throw error;
      }
      // Outside: documents that many mailboxes share would make their transactions wait for one another.
      await entityStats.count(docs);
      return true;
    },
    async flagged(mailbox, path, uidValidity, entries) {
      if (entries.length === 0) return;
      await collection.bulkWrite(
        entries.map(({ uid, flags }) => ({
          updateOne: {
            // What we removed is to have the flags again that it had then, whatever is done with it where it lies.
            filter: {
              ...{ mailbox, 'place.path': path, 'place.uidValidity': uidValidity, 'place.uid': uid },
              removedBy: null,
            },
            update: { $set: { flags } },
          },
        })),
        { ordered: false },
      );
    },
    fence: (ids) => messages.fence(ids),
    removedBefore: (mailbox, { before, after, limit }, begun) =>
      find(
        begun,
        {
          mailbox,
          provider,
          folder: RECOVERABLE_FOLDER,
          removedBy: { $ne: null },
          removedAt: { $lt: before },
          purgedAt: null,
          ...(after === null ? {} : { _id: { $gt: after } }),
        },
        { sort: { _id: 1 }, limit },
      ),
    changes: (mailbox, cursor, limit) =>
      find(
        [],
        { mailbox, provider, ...(cursor === null ? {} : { _id: { $gt: cursor } }) },
        { sort: { _id: 1 }, limit },
      ),
  };
}

/**
 * Equal for changes that one update can write: messages of one folder that were moved together, whose numbers have grown
 * by as much. A campaign's copies mostly are, and one update costs half of what one for each message does.
 */
function likeness({ messageId, revision, place, flags, left, ...rest }: PlaceChange): string {
  if (left === undefined || place === null) return messageId;
  const { path, uidValidity, uid } = place;
  const from = [left.place.path, left.place.uidValidity, left.placedBy];
  return JSON.stringify([rest, revision, flags, path, uidValidity, uid - left.place.uid, from]);
}

/** The update for changes that are alike; each is written only where the revision and the place are those that were seen. */
function writeOf(
  alike: readonly PlaceChange[],
  stamp: string,
  keys: ReadonlyMap<string, string>,
): mongo.AnyBulkWriteOperation<MessageDoc>[] {
  const [first] = alike;
  if (first === undefined) return [];
  const { messageId, revision, left, place, actionId } = first;
  const key = keys.get(actionId ?? '');
  if (left === undefined || place === null) {
    const update = updateOf(first, stamp, key, { set: { place }, inc: {} });
    return [{ updateOne: { filter: { _id: messageId, revision }, update } }];
  }
  const filter = {
    ...{ _id: { $in: alike.map((change) => change.messageId) }, revision, placedBy: left.placedBy },
    ...{ 'place.path': left.place.path, 'place.uidValidity': left.place.uidValidity },
  };
  const set = { 'place.path': place.path, 'place.uidValidity': place.uidValidity };
  const inc = { 'place.uid': place.uid - left.place.uid };
  return [{ updateMany: { filter, update: updateOf(first, stamp, key, { set, inc }) } }];
}

/** What changes in the place itself. */
interface PlaceWrite {
  readonly set: object;
  readonly inc: object;
}

function updateOf(
  { as, from, folder, jobId, at, flags }: PlaceChange,
  placedBy: string,
  key: string | undefined,
  { set, inc }: PlaceWrite,
) {
  const settled = {
    placedBy,
    ...set,
    ...(flags === undefined ? {} : { flags }),
    ...(as === 'purged' ? {} : { purgedAt: null }),
  };
  const rest = { $unset: { astray: 1 as const, lostAt: 1 as const } };
  const moved = { ...rest, $inc: { revision: 1, ...inc } };
  switch (as) {
    case 'removed':
      return {
        ...moved,
        $set: { ...settled, ...placed(folder), removedBy: jobId, removedFrom: from, removedAt: at, restoredBy: null },
      };
    case 'restored':
      return {
        ...moved,
        $set: { ...settled, ...placed(folder), removedBy: null, removedFrom: null, removedAt: null, restoredBy: jobId },
        ...(key === undefined ? {} : { $addToSet: { clearedKeys: key } }),
      };
    case 'moved':
      return { ...moved, $set: { ...settled, ...placed(folder), restoredBy: jobId } };
    case 'seen': {
      // In its own folder, only under another number: nobody has moved it.
      if (from === folder) return { ...rest, $set: settled };
      const removedAt = folderKind(folder) === 'recoverable' ? at : null;
      return { ...moved, $set: { ...settled, ...placed(folder), removedBy: null, removedFrom: null, removedAt } };
    }
    case 'purged': {
      const by = jobId === null ? {} : { removedBy: jobId, removedFrom: from, removedAt: at };
      return { ...moved, $set: { ...settled, ...by, ...placed(PURGES_FOLDER), purgedAt: at, place: null } };
    }
  }
}

function messageOf({ mailbox, folder, place, flags, receivedAt, facts }: Arrival, provider: string): MessageDoc {
  return {
    ...{ _id: newId(), provider, mailbox, originalFolder: folder, receivedAt, ...placed(folder), revision: 0, flags },
    ...{ removedBy: null, removedFrom: null, removedAt: null, restoredBy: null, purgedAt: null, clearedKeys: [] },
    place,
    ...facts,
    terms: termsOf(facts, mailbox, folder),
  };
}

function indexed(doc: MessageDoc, intent: Intent | null): IndexedMessage {
  return {
    messageId: doc._id,
    mailbox: doc.mailbox,
    folder: doc.folder,
    revision: doc.revision,
    fences: doc.fences ?? [],
    place: doc.place ?? null,
    placedBy: doc.placedBy ?? null,
    sha256: doc.sha256,
    size: doc.size,
    receivedAt: doc.receivedAt,
    flags: doc.flags,
    removedBy: doc.removedBy,
    removedFrom: doc.removedFrom,
    removedAt: doc.removedAt,
    restoredBy: doc.restoredBy,
    purged: doc.purgedAt !== null,
    lostAt: doc.lostAt ?? null,
    intent,
  };
}
