import { batchesOf } from '../../domain/batches';
import { groupBy } from '../../domain/group';
import { type IndexedMessage, type MoveIntent, type Place, type PlaceChange } from '../../domain/imap';
import { PURGES_FOLDER, RECOVERABLE_FOLDER } from '../../domain/location';
import { type ImapContext } from './context';
import { giveFlagsBack, type Returned } from './expected';
import { type Folder, personalFolders } from './folders';
import { openFolder, searchUids, seenDigestOf, type Shown, shownOf, UnseenError } from './looking';
import { listFolders } from './namespaces';
import { type Box } from './pool';
import { goneForSure, recoverablePaths } from './recoverable';

/** Messages that one search asks for. */
const AT_ONCE = 20;
/** What can be searched for as it is. */
const PLAIN = /^[\x21-\x7e]{3,250}$/;

type Query = Parameters<Box['session']['client']['search']>[0];

/** Whether the index does not know the place of a message for sure: it was lost, or a move of it was begun. */
export function isUnsure({ place, intent, purged }: IndexedMessage): boolean {
  return !purged && (place === null || intent !== null);
}

/**
 * Asks a mailbox where messages are now, and clears up those that are not in their place: moved by others, or by a move
 * that was begun and that nobody recorded (law 5). What is found by its size or its Message-ID must have the same content
 * too. What is not, and may be where nobody can look now, stays as it was known. Answers the messages as they are known
 * afterwards. Throws where a folder that one may be in, or a mail that may be one, cannot be looked at.
 */
export async function clearUp(
  context: ImapContext,
  box: Box,
  messages: readonly IndexedMessage[],
): Promise<IndexedMessage[]> {
  const { index } = context;
  const lost: IndexedMessage[] = [];
  for (const [path, group] of groupBy(messages, ({ place }) => place?.path ?? null)) {
    const gone = path === null ? group : await goneFrom(box, path, group);
    lost.push(...gone);
  }
  const begun = messages.some(({ intent }) => intent !== null);
  if (lost.length === 0 && !begun) return [...messages];
  const { mailbox, lease } = box;
  const { changes, left, unseen } = await find(context, box, lost);
  const at = context.clock();
  const gone = unseen === null ? await goneForSure(context, box, left) : [];
  // Others may have found them since.
  lease.check();
  await index.place([...changes, ...gone.map((message) => vanished(message, at))]);
  const ids = messages.map(({ messageId }) => messageId);
  const known = new Set([...changes, ...gone].map(({ messageId }) => messageId));
  const doubtful = new Set(left.map(({ messageId }) => messageId).filter((id) => !known.has(id)));
  lease.forget(ids.filter((id) => !doubtful.has(id)));
  if (unseen !== null && doubtful.size > 0) throw unseen;
  return index.byIds(mailbox, ids, lease.begun);
}

/** Those that the folder does not have any more under the number that they had. */
export async function goneFrom(
  { session }: Box,
  path: string,
  messages: readonly IndexedMessage[],
): Promise<readonly IndexedMessage[]> {
  const open = await openFolder(session, path);
  if (open === null) return messages;
  const same = messages.filter(({ place }) => place?.uidValidity === open.uidValidity);
  const shown = await shownOf(
    session,
    same.map(({ place }) => place?.uid ?? 0),
  );
  return messages.filter((message) => !same.includes(message) || !shown.has(message.place?.uid ?? 0));
}

/** What was looked for in every folder. */
interface Search {
  readonly changes: readonly PlaceChange[];
  /** In no folder, as far as could be looked. */
  readonly left: readonly IndexedMessage[];
  /** Where could not be looked: a folder, or a mail. */
  readonly unseen: UnseenError | null;
}

/** What comes of a look; `null` where what it is at cannot be seen, and is passed over. */
type IfSeen = <T>(look: Promise<T>) => Promise<T | null>;

/** Looks for messages in every folder, first where they were to go. */
async function find(context: ImapContext, box: Box, lost: readonly IndexedMessage[]): Promise<Search> {
  if (lost.length === 0) return { changes: [], left: [], unseen: null };
  const { session } = box;
  const listed = await listFolders(session.client);
  const recoverable = await recoverablePaths(context, box);
  const own = personalFolders(listed, session.client, recoverable);
  const shown = new Set(own.map(({ path }) => path));
  // In a hidden namespace they are not listed, and are there all the same.
  const hidden = [...recoverable].filter((path) => !shown.has(path));
  const folders = [...hidden.map((path): Folder => ({ path, canonical: RECOVERABLE_FOLDER })), ...own];
  const aims = new Set(lost.map(({ intent }) => intent?.to));
  const ordered = [...folders].sort(
    (one, other) => Number(aims.has(other.canonical)) - Number(aims.has(one.canonical)),
  );
  const changes: PlaceChange[] = [];
  let left = [...lost];
  let unseen: UnseenError | null = null;
  const ifSeen: IfSeen = async (look) => {
    try {
      return await look;
    } catch (error) {
      // Over a connection that broke, nothing more can be looked at.
      if (!(error instanceof UnseenError && session.client.usable)) throw error;
      unseen = error;
      return null;
    }
  };
  // Twice: what its user moves meanwhile may have left a folder before it is looked at, for one that was looked at before.
  for (const folder of [...ordered, ...ordered]) {
    if (left.length === 0) break;
    for (const change of await findIn(context, box, folder, { wanted: left, before: changes, ifSeen })) {
      changes.push(change);
      left = left.filter(({ messageId }) => messageId !== change.messageId);
    }
  }
  return { changes, left, unseen };
}

/** What is looked for in a folder, after others. */
interface Sought {
  readonly wanted: readonly IndexedMessage[];
  /** What was found so far. */
  readonly before: readonly PlaceChange[];
  readonly ifSeen: IfSeen;
}

async function findIn(
  { index, clock }: ImapContext,
  box: Box,
  { path, canonical }: Folder,
  { wanted, before, ifSeen }: Sought,
): Promise<PlaceChange[]> {
  const { mailbox, session } = box;
  const open = await ifSeen(openFolder(session, path));
  if (open === null || open.messages === 0) return [];
  const { uidValidity } = open;
  const changes: PlaceChange[] = [];
  const returned: Returned[] = [];
  const left = new Set(wanted);
  let known: Set<number> | null = null;
  /** Of what a search finds, what has the content of a message that is looked for. */
  const compare = async (search: Promise<number[]>, isLike: (shown: Shown) => boolean): Promise<void> => {
    const uids = (await ifSeen(search)) ?? [];
    if (uids.length === 0) return;
    // What was found here already is another message's, of the same content.
    const taken = before.flatMap(({ place }) => (place?.path === path ? place.uid : []));
    known ??= new Set([...(await index.knownUids(mailbox, path, uidValidity)), ...taken]);
    for (const shown of (await shownOf(session, uids)).values()) {
      const { uid, flags } = shown;
      if (known.has(uid) || !isLike(shown)) continue;
      const sha256 = await ifSeen(seenDigestOf(session, uid));
      const found = [...left].find((message) => message.sha256 === sha256);
      if (found === undefined) continue;
      left.delete(found);
      known.add(uid);
      const change = foundIn(found, { folder: canonical, place: { path, uidValidity, uid }, at: clock(), flags });
      if (change.as === 'restored') returned.push({ uid, flags: found.flags, shown: flags });
      changes.push(change);
    }
  };
  const sizes = [...new Set(wanted.map(({ size }) => size))];
  await compare(searchAll(session, sizes, ofSizes), ({ size }) => [...left].some((one) => one.size === size));
  // Not every server counts the bytes that it gives: what is not found by its size may be by its Message-ID.
  const names = left.size === 0 ? [] : await index.internetIds([...left].map(({ messageId }) => messageId));
  const plain = [...new Set(names)].filter((name) => PLAIN.test(name));
  await compare(searchAll(session, plain, ofNames), () => left.size > 0);
  await ifSeen(giveFlagsBack(box, { path, uidValidity }, returned));
  return changes;
}

async function searchAll<T>(
  session: Box['session'],
  values: readonly T[],
  query: (some: readonly T[]) => Query,
): Promise<number[]> {
  const uids = new Set<number>();
  for (const some of batchesOf(values, AT_ONCE)) {
    for (const uid of await searchUids(session, query(some))) uids.add(uid);
  }
  return [...uids];
}

const AS = { remove: 'removed', restore: 'restored', move: 'moved' } as const;

/** A message that is where it was to go. */
export function arrivedAt(
  { messageId, revision, folder: from, place: before, placedBy }: IndexedMessage,
  { jobId, kind, to, at, actionId }: MoveIntent,
  place: Place,
): PlaceChange {
  const left = before === null ? {} : { left: { place: before, placedBy } };
  return { messageId, revision, as: AS[kind], from, folder: to, place, jobId, actionId, at, ...left };
}

/** A message that was found: where we were moving it to, it was us; anywhere else, somebody else. */
export function foundIn(message: IndexedMessage, { folder, place, at, flags }: FoundAt): PlaceChange {
  const { messageId, revision, folder: from, intent } = message;
  if (intent === null || intent.kind === 'hardDelete' || intent.to !== folder) {
    return { messageId, revision, from, folder, place, as: 'seen', jobId: null, actionId: null, at };
  }
  const change = arrivedAt(message, { ...intent, kind: intent.kind }, place);
  // A removal's flags are those that it is to have again; the way back keeps what it was to have.
  return intent.kind === 'remove' ? { ...change, flags } : change;
}

/** Where a message was seen, when, and with which flags. */
interface FoundAt {
  readonly folder: string;
  readonly place: Place;
  readonly at: Date;
  readonly flags: readonly string[];
}

/** A message that is in no folder of the mailbox any more; deleted for good by us, where that was about to be done. */
export function vanished({ messageId, revision, folder, intent }: IndexedMessage, at: Date): PlaceChange {
  const jobId = intent?.kind === 'hardDelete' ? intent.jobId : null;
  const change = { messageId, revision, from: folder, folder: PURGES_FOLDER, place: null };
  return { ...change, as: 'purged', jobId, actionId: null, at };
}

function ofSizes(sizes: readonly number[]): Query {
  const each = sizes.map((size) => ({ larger: Math.max(0, size - 1), smaller: size + 1 }));
  return anyOf(each);
}

function ofNames(names: readonly string[]): Query {
  const each = names.map((name) => ({ header: { 'message-id': name } }));
  return anyOf(each);
}

function anyOf(each: readonly object[]): Query {
  return each.length === 1 ? (each[0] ?? {}) : { or: [...each] };
}
