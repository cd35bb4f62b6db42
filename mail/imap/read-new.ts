import { type Arrival, type FolderRow, type IndexedMessage, type PlaceChange } from '../../domain/imap';
import { type MessageFacts } from '../../domain/message-facts';
import { factsOf } from '../facts';
import { MAX_RAW_BYTES } from '../parse/limits';
import { parseMail } from '../parse/parse-mail';
import { foundIn } from './astray';
import { type ImapContext } from './context';
import { digestOf, flagsOf, openFolder, searchUids } from './looking';
import { type Box } from './pool';
import { uidSets } from './uid-sets';

/** Messages, and bytes of them, that are read at a time: the mailbox is free for others in between. */
const MESSAGES = 100;
const BYTES = 16 * 1024 * 1024;

export interface ReadStep {
  /** Up to where the folder is read; its counts are those of before the first step. */
  readonly cursor: FolderRow;
  /** What the folder was like before the first step. */
  readonly end: Pick<FolderRow, 'uidValidity' | 'uidNext' | 'modseq' | 'messages'>;
  /** Mail that came before this is left out, unless it was known. */
  readonly since: Date;
}

/**
 * Reads the next messages of a folder, at most a batch: each body once, parsed, never stored. A mail that the mailbox
 * has lost from another place is that message, moved; any other is a new one. Rows and cursor are written in one
 * transaction.
 */
export async function readNew(
  { index, clock }: ImapContext,
  { mailbox, session, lease }: Box,
  { cursor, end, since }: ReadStep,
): Promise<{ readonly cursor: FolderRow; readonly done: boolean; readonly indexed: number }> {
  const { path, canonical, uidValidity } = cursor;
  const ended: FolderRow = { ...cursor, ...end };
  if (cursor.uidNext >= end.uidNext) {
    await index.arrive({ arrivals: [], changes: [], cursor: ended });
    return { cursor: ended, done: true, indexed: 0 };
  }
  const open = await openFolder(session, path);
  // Replaced or deleted since it was listed: the next round finds it so.
  if (open?.uidValidity !== uidValidity) return { cursor, done: true, indexed: 0 };
  const fresh = (await searchUids(session, { uid: `${cursor.uidNext}:${end.uidNext - 1}` })).filter(
    (uid) => uid >= cursor.uidNext && uid < end.uidNext,
  );
  const known = new Set(await index.knownUids(mailbox, path, uidValidity));
  const unread = fresh.filter((uid) => !known.has(uid)).sort((one, other) => one - other);
  const astray = new Set(await index.astray(mailbox, lease.begun));
  const sizes = new Set([...astray].map(({ size }) => size));
  const heads = await headsOf(session, unread.slice(0, MESSAGES));
  const wanted = heads.filter(({ size, receivedAt }) => receivedAt >= since || sizes.has(size));
  const within = firstWithin(wanted, BYTES);
  const last = within.length < wanted.length ? within.at(-1) : heads.at(-1);
  const all = within.length === wanted.length && unread.length <= MESSAGES;
  const arrivals: Arrival[] = [];
  const changes: PlaceChange[] = [];
  const arrived: string[] = [];
  await read(session, within, ({ uid, receivedAt, flags }, facts) => {
    const place = { path, uidValidity, uid };
    const same = matching(astray, facts.sha256, { canonical, receivedAt });
    if (same !== null) {
      astray.delete(same);
      if (same.intent !== null) arrived.push(same.messageId);
      changes.push(foundIn(same, { folder: canonical, place, at: clock(), flags }));
    } else if (receivedAt >= since) {
      arrivals.push({ mailbox, folder: canonical, place, flags, receivedAt, facts });
    }
  });
  const to: FolderRow = all ? ended : { ...cursor, uidNext: (last?.uid ?? cursor.uidNext) + 1 };
  await index.arrive({ arrivals, changes, cursor: to });
  lease.forget(arrived);
  return { cursor: to, done: all, indexed: arrivals.length };
}

/** What is asked of a message before its body. */
interface Head {
  readonly uid: number;
  readonly size: number;
  readonly flags: readonly string[];
  readonly receivedAt: Date;
}

async function headsOf({ client }: Box['session'], uids: readonly number[]): Promise<Head[]> {
  const heads: Head[] = [];
  const query = { uid: true, flags: true, size: true, internalDate: true };
  for (const { set } of uidSets(uids)) {
    for await (const message of client.fetch(set, query, { uid: true })) {
      const { uid, size = 0, internalDate } = message;
      heads.push({ uid, size, flags: flagsOf(message), receivedAt: dateOf(internalDate) });
    }
  }
  return heads.sort((one, other) => one.uid - other.uid);
}

/** The first messages that together have at most so many bytes; one at least. */
function firstWithin(heads: readonly Head[], bytes: number): readonly Head[] {
  let total = 0;
  const over = heads.findIndex(({ size }, at) => {
    total += size;
    return total > bytes && at > 0;
  });
  return over < 0 ? heads : heads.slice(0, over);
}

/** Of equal mails the one that was on its way here, else the one with the same date, else any that is lost. */
function matching(
  astray: ReadonlySet<IndexedMessage>,
  sha256: string,
  { canonical, receivedAt }: { readonly canonical: string; readonly receivedAt: Date },
): IndexedMessage | null {
  const same = [...astray].filter((message) => message.sha256 === sha256 && isFree(message, canonical));
  const ofDate = ({ receivedAt: at }: IndexedMessage): boolean => at.getTime() === receivedAt.getTime();
  return same.find(({ intent }) => intent?.to === canonical) ?? same.find(ofDate) ?? same[0] ?? null;
}

/** A message with which a move was begun may still be in its place; where it was to go, it has arrived. */
function isFree({ place, intent }: IndexedMessage, canonical: string): boolean {
  return place === null || intent?.to === canonical;
}

/** Reads the bodies, and gives the facts of each as it comes. A message that has gone meanwhile is left out. */
async function read(
  session: Box['session'],
  heads: readonly Head[],
  take: (head: Head, facts: MessageFacts) => void,
): Promise<void> {
  const byUid = new Map(heads.map((head) => [head.uid, head]));
  const usual = heads.filter(({ size }) => size <= MAX_RAW_BYTES).map(({ uid }) => uid);
  for (const { set } of uidSets(usual)) {
    for await (const { uid, source } of session.client.fetch(set, { uid: true, source: true }, { uid: true })) {
      const head = byUid.get(uid);
      if (head !== undefined && source !== undefined) take(head, factsOf(await parseMail(source)));
    }
  }
  for (const head of heads) {
    if (head.size <= MAX_RAW_BYTES) continue;
    const facts = await readHuge(session, head);
    if (facts !== null) take(head, facts);
  }
}

/** A mail over the limit is known by its headers alone. */
async function readHuge(session: Box['session'], { uid, size }: Head): Promise<MessageFacts | null> {
  const found = await session.client.fetchOne(String(uid), { headers: true }, { uid: true });
  const sha256 = await digestOf(session, uid);
  if (found === false || found.headers === undefined || sha256 === null) return null;
  const facts = factsOf(await parseMail(found.headers));
  return { ...facts, size, sha256, brokenLimits: [...facts.brokenLimits, 'mailBytes'] };
}

function dateOf(date: Date | string | undefined): Date {
  const at = new Date(date ?? 0);
  return Number.isNaN(at.getTime()) ? new Date(0) : at;
}
