import { groupBy } from '../../domain/group';
import { type IndexedMessage, type Place } from '../../domain/imap';
import { MailboxError } from '../provider';
import { digestOf, openFolder, searchUids, type Shown, shownOf } from './looking';
import { type Session } from './session';
import { uidSets } from './uid-sets';

/** What is to be moved: by its UID in the folder that is open now. */
export interface MoveOrder {
  readonly from: string;
  readonly to: string;
  readonly wanted: ReadonlyMap<number, IndexedMessage>;
  /** Throws where somebody else may have the mailbox by now. */
  readonly check: () => void;
}

/** What the server has said of a move. */
export interface Moves {
  /** By the UID that a message had: where the server says that it is now. */
  readonly places: ReadonlyMap<number, Place>;
  /** By the same: why it stays. */
  readonly refused: ReadonlyMap<number, string>;
}

/** A move that is under way. */
interface Moving {
  readonly places: Map<number, Place>;
  readonly refused: Map<number, string>;
  /** From this one on, what is in the target has not been accounted for; `null` where that is not known. */
  nextUid: number | null;
  hasCreated: boolean;
}

/** What the server answers to a move that it refuses, by its response code (RFC 5530). */
const REFUSALS: Readonly<Record<string, string>> = {
  OVERQUOTA: 'overQuota',
  NOPERM: 'notPermitted',
  'READ-ONLY': 'readOnlyFolder',
};

/** Moves messages of the open folder, in sets of bounded size; says what the server says. The same folder is open after it. */
export async function moveAll(session: Session, order: MoveOrder): Promise<Moves> {
  if (order.wanted.size === 0) return { places: new Map(), refused: new Map() };
  const nextUid = await nextUidOf(session, order.to);
  const moving: Moving = { places: new Map(), refused: new Map(), nextUid, hasCreated: false };
  for (const { uids } of uidSets([...order.wanted.keys()])) await moveSet(session, order, moving, uids);
  return moving;
}

/** A set that is refused is halved until those are found for which it is refused. */
async function moveSet(session: Session, order: MoveOrder, moving: Moving, uids: readonly number[]): Promise<void> {
  const [{ set } = { set: '' }] = uidSets(uids);
  order.check();
  const answer = await session.client.messageMove(set, order.to, { uid: true });
  if (answer) {
    const uidValidity = String(answer.uidValidity ?? '');
    const since = moving.nextUid ?? 0;
    const moved = [...(answer.uidMap ?? [])];
    const named = groupBy(moved, ([, uid]) => uid);
    for (const [from, uid] of moved) {
      // What was there before is another message, and one is not two, whatever the server says: ours are looked for.
      if (uid < since || (named.get(uid)?.length ?? 0) > 1) continue;
      moving.places.set(from, { path: order.to, uidValidity, uid });
      if (moving.nextUid !== null) moving.nextUid = Math.max(moving.nextUid, uid + 1);
    }
    return;
  }
  if (!session.client.usable) throw new Error('The connection broke while messages were being moved');
  const refusal = session.refusal();
  if (refusal === 'TRYCREATE' && !moving.hasCreated) {
    moving.hasCreated = true;
    if (await createFolder(session, order.to)) return moveSet(session, order, moving, uids);
  }
  const error = (await takeBackCopies(session, order, moving, uids)) ? 'copyKept' : (REFUSALS[refusal] ?? 'refused');
  if (uids.length === 1 || error === 'copyKept') {
    // Asked again, such a server would make one more copy of each.
    for (const uid of uids) moving.refused.set(uid, error);
    return;
  }
  // Some of them may have been moved all the same: they are not there any more, and the next set leaves them out.
  const half = Math.ceil(uids.length / 2);
  for (const part of [uids.slice(0, half), uids.slice(half)]) await moveSet(session, order, moving, part);
}

/**
 * Deletes what a refused move has left in the target of messages that stay in the source (a broken lazy_expunge does), by
 * content, and never more than there are too many: what was moved without a word of it stays. Says whether there was any.
 * The source is open again after it. Throws where the target is there and cannot be opened: what is left in it is not
 * known then, and asked for more, such a server might leave more.
 */
async function takeBackCopies(
  session: Session,
  order: MoveOrder,
  moving: Moving,
  uids: readonly number[],
): Promise<boolean> {
  const { to } = order;
  const [since, now] = [moving.nextUid, await nextUidOf(session, to)];
  moving.nextUid = now;
  if (since === null || now === null || now <= since) return false;
  const stay = await shownOf(session, uids);
  const isThere = (await openFolder(session, to, { change: true })) !== null;
  const copies = isThere ? await copiesSince(session, order, moving, { since, stay, uids }) : [];
  for (const { set } of uidSets(copies)) {
    order.check();
    await session.client.messageDelete(set, { uid: true });
  }
  // Also where there is no target: asked to open it, the server has closed the source.
  await openAgain(session, order);
  return copies.length > 0;
}

/** A set whose move was refused. */
interface Refused {
  readonly uids: readonly number[];
  /** Those of them that are in the source all the same. */
  readonly stay: ReadonlyMap<number, Shown>;
  /** From this UID on, what is in the target has come since the move began. */
  readonly since: number;
}

/** Of what has come to the open target, the UIDs that have the content of messages that stay in the source. */
async function copiesSince(
  session: Session,
  { wanted }: MoveOrder,
  moving: Moving,
  { uids, stay, since }: Refused,
): Promise<number[]> {
  const told = new Set([...moving.places.values()].map(({ uid }) => uid));
  const came = (await searchUids(session, { uid: `${since}:*` })).filter((uid) => uid >= since && !told.has(uid));
  const byContent = groupBy(uids, (uid) => wanted.get(uid)?.sha256 ?? '');
  const landed = new Map<string, number[]>();
  for (const uid of came) {
    const sha256 = (await digestOf(session, uid)) ?? '';
    if (byContent.has(sha256)) landed.set(sha256, [...(landed.get(sha256) ?? []), uid]);
  }
  return [...landed].flatMap(([sha256, found]) => {
    const moved = (byContent.get(sha256) ?? []).filter((uid) => !stay.has(uid)).length;
    return found.slice(moved);
  });
}

/** Opens the source after another folder. Where it was replaced meanwhile, the same numbers are other messages'. */
async function openAgain(session: Session, { from, wanted }: MoveOrder): Promise<void> {
  const open = await openFolder(session, from, { change: true });
  if (open !== null && [...wanted.values()].every(({ place }) => place?.uidValidity === open.uidValidity)) return;
  throw new MailboxError('unreachable', `A folder of ${session.mailbox} was replaced meanwhile`, { retryable: true });
}

/** The UID that the next message of a folder gets; `null` where that cannot be known. */
async function nextUidOf({ client }: Session, path: string): Promise<number | null> {
  const status = await client.status(path, { uidNext: true }).catch((error: unknown) => {
    if ((error as { code?: unknown }).code === 'NotFound') return false as const;
    throw error;
  });
  return status === false ? null : (status.uidNext ?? null);
}

/** Makes a folder that users need not see: it is not subscribed. Says whether it is there now. */
export async function createFolder({ client }: Session, path: string): Promise<boolean> {
  try {
    const { created } = await client.mailboxCreate(path);
    if (created) await client.mailboxUnsubscribe(path);
    return true;
  } catch {
    // Not every server says by a code (RFC 5530) that it refuses to make the folder since there is one: it is asked for it.
    return client.status(path, { messages: true }).then(Boolean, () => false);
  }
}
