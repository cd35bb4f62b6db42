import { groupBy } from '../../domain/group';
import { type IndexedMessage, type MoveIntent, type Place, type PlaceChange } from '../../domain/imap';
import { arrivedAt } from './astray';
import { type ImapContext } from './context';
import { setFlags, shownNow } from './expected';
import { openFolder, type OpenFolder, ShutFolderError, type Shown, shownOf } from './looking';
import { moveAll } from './move-sets';
import { lackingExtensions } from './needed';
import { type Box } from './pool';
import { type Session } from './session';
import { afterChange } from './sighted';

/** Where messages go, and for whom. */
export interface Transfer {
  readonly intent: MoveIntent;
  /** The path of the folder that they go to. */
  readonly path: string;
  /** True where a message is to have the flags again that it had when it was removed. */
  readonly withFlags: boolean;
}

/** What became of one message. `error` where it is where it was because the server would not move it. */
export interface Transferred {
  readonly messageId: string;
  readonly moved: boolean;
  readonly error?: string;
  /** The message as the index knows it now, where both folders have shown where it is. */
  readonly after?: IndexedMessage;
}

/** Messages that were left where they are, with the reason where there is one but that they are not there. */
export function refused(messages: readonly IndexedMessage[], error?: string): Transferred[] {
  return messages.map(({ messageId }) => ({ messageId, moved: false, ...(error === undefined ? {} : { error }) }));
}

/**
 * Moves messages that are in the places that the index names, and whose intent is written down, so that a cut connection
 * can be cleared up. They are moved in sets of bounded size; then both folders are looked at: moved is what is gone from
 * the one and in the other (law 4). Throws where the connection breaks: nothing is known then.
 */
export async function transfer(
  context: ImapContext,
  box: Box,
  messages: readonly IndexedMessage[],
  to: Transfer,
): Promise<Transferred[]> {
  // The library would copy, flag and expunge: with that, what the user has flagged as deleted is gone too.
  const [lacking] = lackingExtensions(box.session);
  if (lacking !== undefined) {
    box.lease.forget(messages.map(({ messageId }) => messageId));
    return refused(messages, lacking.code);
  }
  const done: Transferred[] = [];
  for (const [path, group] of groupBy(messages, ({ place }) => place?.path ?? '')) {
    done.push(...(await transferFrom(context, box, path, group, to)));
  }
  return done;
}

async function transferFrom(
  context: ImapContext,
  box: Box,
  from: string,
  messages: readonly IndexedMessage[],
  to: Transfer,
): Promise<Transferred[]> {
  const { session, lease } = box;
  const { index } = context;
  const all = messages.map(({ messageId }) => messageId);
  const open = await openSource(session, from);
  if (open === null || typeof open === 'string') {
    lease.forget(all);
    return refused(messages, open ?? undefined);
  }
  const uidOf = ({ place }: IndexedMessage): number => (place?.uidValidity === open.uidValidity ? place.uid : 0);
  const present = await shownNow(
    session,
    messages.map((message) => ({ ...message, uid: uidOf(message) })).filter(({ uid }) => uid > 0),
  );
  const there = messages.filter((message) => present.has(uidOf(message)));
  const wanted = new Map(there.map((message) => [uidOf(message), message]));
  const moves = await moveAll(session, { from, to: to.path, wanted, check: () => lease.check() });
  const left = await shownOf(session, [...wanted.keys()]);
  const arrived = await arrivedIn(session, to, moves.places, { wanted, present });
  const changes = new Map(
    [...wanted].flatMap(([uid, message]): [string, PlaceChange][] => {
      const place = moves.places.get(uid);
      if (left.has(uid) || place === undefined || !arrived.has(uid)) return [];
      const flags = to.withFlags ? {} : { flags: present.get(uid)?.flags ?? message.flags };
      return [[message.messageId, { ...arrivedAt(message, to.intent, place), ...flags }]];
    }),
  );
  const written = await index.place([...changes.values()]);
  const late = [...changes.values()].filter(({ messageId }) => !written.has(messageId));
  await putBack(context, box, from, late, to.path);
  const stayed = new Set([...wanted].filter(([uid]) => left.has(uid)).map(([, { messageId }]) => messageId));
  // What is in neither folder stays written down, until it is found.
  const moving = new Set(there.map(({ messageId }) => messageId));
  lease.forget(all.filter((id) => changes.has(id) || stayed.has(id) || !moving.has(id)));
  return messages.map((message): Transferred => {
    const { messageId } = message;
    const change = changes.get(messageId);
    if (written.has(messageId) && change !== undefined) {
      return { messageId, moved: true, after: afterChange(message, change) };
    }
    if (!stayed.has(messageId)) return { messageId, moved: false };
    const error = moves.refused.get(uidOf(message)) ?? 'staysInSource';
    return { messageId, moved: false, error, after: message };
  });
}

/** Opens the folder that is taken from; `null` where there is none, why not where nothing can be taken from it. */
async function openSource(
  session: Session,
  path: string,
): Promise<OpenFolder | 'readOnlyFolder' | 'notPermitted' | null> {
  try {
    const open = await openFolder(session, path, { change: true });
    return open?.readOnly === true ? 'readOnlyFolder' : open;
  } catch (error) {
    if (error instanceof ShutFolderError && error.isForbidden) return 'notPermitted';
    throw error;
  }
}

/** What was sent on its way, by the UIDs that it had. */
interface Sent {
  readonly wanted: ReadonlyMap<number, IndexedMessage>;
  /** With the sizes that the server counts: some count other than the bytes that they give. */
  readonly present: ReadonlyMap<number, Shown>;
}

/** The UIDs, as they were, of those that the folder shows under their new ones; their flags are put right. */
async function arrivedIn(
  session: Session,
  { path, withFlags }: Transfer,
  places: ReadonlyMap<number, Place>,
  { wanted, present }: Sent,
): Promise<ReadonlySet<number>> {
  if (places.size === 0) return new Set();
  const open = await openFolder(session, path, { change: withFlags });
  if (open === null) return new Set();
  const shown = await shownNow(
    session,
    [...places].map(([uid, place]) => ({
      uid: place.uid,
      size: present.get(uid)?.size ?? -1,
      flags: (withFlags ? wanted.get(uid)?.flags : present.get(uid)?.flags) ?? [],
    })),
  );
  const arrived = [...places].filter(
    ([uid, place]) => place.uidValidity === open.uidValidity && shown.get(place.uid)?.size === present.get(uid)?.size,
  );
  if (withFlags) {
    const returned = arrived.map(([uid, place]) => ({
      ...{ uid: place.uid, flags: wanted.get(uid)?.flags ?? [] },
      shown: shown.get(place.uid)?.flags ?? [],
    }));
    await setFlags(session, returned);
  }
  return new Set(arrived.map(([uid]) => uid));
}

/**
 * Takes back what was moved although others have taken the messages over meanwhile: this worker was too slow, and may
 * leave no trace (law 5).
 */
async function putBack(
  { index, clock }: ImapContext,
  { mailbox, session, lease }: Box,
  to: string,
  changes: readonly PlaceChange[],
  from: string,
): Promise<void> {
  if (changes.length === 0) return;
  const ids = changes.map(({ messageId }) => messageId);
  const now = await index.byIds(mailbox, ids, lease.begun);
  const revisions = new Map(now.map((message) => [message.messageId, message]));
  const open = await openFolder(session, from, { change: true });
  for (const { messageId, place } of changes) {
    const message = revisions.get(messageId);
    // Where the folder was replaced meanwhile, the same numbers are other messages'.
    if (place === null || place.uidValidity !== open?.uidValidity) continue;
    if (message === undefined || message.place?.path === from) continue;
    const answer = await session.client.messageMove(String(place.uid), to, { uid: true });
    const uid = answer ? answer.uidMap?.get(place.uid) : undefined;
    if (!answer || uid === undefined) continue;
    const { revision, folder } = message;
    const back = { path: to, uidValidity: String(answer.uidValidity ?? ''), uid };
    await index.place([
      { messageId, revision, as: 'seen', from: folder, folder, place: back, jobId: null, actionId: null, at: clock() },
    ]);
  }
}
