import { type FetchMessageObject } from 'imapflow';
import { groupBy } from '../../domain/group';
import { type Arrival, type FolderRow, type IndexedMessage, type PlaceChange } from '../../domain/imap';
import { type MessageFacts } from '../../domain/message-facts';
import { factsOf } from '../facts';
import { MAX_RAW_BYTES } from '../parse/limits';
import { parseMail } from '../parse/parse-mail';
import { foundIn, goneFrom } from './astray';
import { type ImapContext } from './context';
import { giveFlagsBack, type Returned } from './expected';
import { giveEach, type Reading, readingOf } from './give-each';
import { digestOf, flagsOf, openFolder, searchUids } from './looking';
import { type Box } from './pool';
import { firstWithin } from './within';

/** Messages that are read at a time: the mailbox is free for others in between. */
const MESSAGES = 100;
/** UIDs that are asked for at first. */
const WINDOW = 5_000;
/** Mails of one folder that are asked for again: of more, the later ones. */
const MOST_SKIPPED = 1_000;

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
 * transaction. A mail that the server cannot give is skipped, so that it keeps no other out, and asked for again by
 * later rounds. `null` where the next round has to look again: the folder is not the one that was listed any more, or one
 * of the messages was worked with meanwhile.
 */
export async function readNew(
  context: ImapContext,
  box: Box,
  { cursor, end, since }: ReadStep,
): Promise<{ readonly cursor: FolderRow; readonly done: boolean; readonly indexed: number } | null> {
  const { index, clock } = context;
  const { mailbox, session, lease } = box;
  const { path, canonical, uidValidity } = cursor;
  const ended: FolderRow = { ...cursor, ...end, skipped: [] };
  const skipped = await skippedIn(context, cursor);
  const isRead = cursor.uidNext >= end.uidNext;
  if (isRead && skipped.length === 0) {
    lease.check();
    await index.arrive({ arrivals: [], changes: [], cursor: ended });
    return { cursor: ended, done: true, indexed: 0 };
  }
  const astray = new Set(await missingFor(context, box, canonical));
  const open = await openFolder(session, path);
  // The next round finds it so.
  if (open?.uidValidity !== uidValidity) return null;
  const { fresh, to: searched } = await freshIn(session, cursor.uidNext, end.uidNext);
  const known = new Set([...(await index.knownUids(mailbox, path, uidValidity, cursor.uidNext)), ...skipped]);
  const unread = fresh.filter((uid) => !known.has(uid)).sort((one, other) => one - other);
  // A search may have found one of them since: then it is in the index.
  const found = skipped.length === 0 ? [] : await index.knownUids(mailbox, path, uidValidity, skipped);
  const unfound = skipped.filter((uid) => !found.includes(uid));
  const sizes = new Set([...astray].map(({ size }) => size));
  const reading = readingOf(context, box, cursor);
  const arrivals: Arrival[] = [];
  const changes: PlaceChange[] = [];
  const arrived: string[] = [];
  const returned: Returned[] = [];
  const now = clock();
  const take = ({ uid, receivedAt = now, flags }: Head, facts: MessageFacts): void => {
    const place = { path, uidValidity, uid };
    const same = matching(astray, facts.sha256, { canonical, receivedAt });
    if (same !== null) {
      astray.delete(same);
      if (same.intent !== null) arrived.push(same.messageId);
      const change = foundIn(same, { folder: canonical, place, at: clock(), flags });
      if (change.as === 'restored') returned.push({ uid, flags: same.flags, shown: flags });
      changes.push(change);
    } else if (receivedAt >= since) {
      arrivals.push({ mailbox, folder: canonical, place, flags, receivedAt, facts });
    }
  };
  try {
    const isWanted = ({ size, receivedAt = now }: Head): boolean => receivedAt >= since || sizes.has(size);
    const { asked, wanted, bad } = await nextWanted(reading, unread, isWanted);
    const next = asked.length < unread.length ? (asked.at(-1) ?? cursor.uidNext - 1) + 1 : searched;
    const all = next >= end.uidNext;
    const unable = [...bad, ...(await readBodies(reading, wanted, take))];
    const left = all && unable.length === 0 ? await askAgain(reading, unfound, take) : [...unfound, ...unable];
    const to: FolderRow = {
      ...(all ? ended : { ...cursor, uidNext: next }),
      skipped: left.slice(-MOST_SKIPPED),
      // So that the next round looks at the folder, also where nothing is new in it.
      ...(left.length > 0 ? { messages: -1 } : {}),
    };
    await giveFlagsBack({ session: reading.session(), lease }, cursor, returned);
    lease.check();
    if (!(await index.arrive({ arrivals, changes, cursor: to }))) return null;
    if (left.length > 0 || skipped.length > 0) await countSkipped(context, mailbox);
    lease.forget(arrived);
    return { cursor: to, done: all, indexed: arrivals.length };
  } finally {
    reading.close();
  }
}

/**
 * The messages that one which is new in a folder may be: those that are in no known place, and those with which a move into
 * the folder was begun, where they have left theirs.
 */
async function missingFor({ index }: ImapContext, box: Box, canonical: string): Promise<IndexedMessage[]> {
  const astray = await index.astray(box.mailbox, box.lease.begun);
  const begun = astray.filter(({ place, intent }) => place !== null && intent?.to === canonical);
  const missing = astray.filter(({ place }) => place === null);
  for (const [path, group] of groupBy(begun, ({ place }) => place?.path ?? '')) {
    missing.push(...(await goneFrom(box, path, group)));
  }
  return missing;
}

/**
 * The first UIDs of a folder from one on, and before which these are all: a folder of a million is not asked for all of
 * them before each batch. Where numbers are far apart, more and more are asked for at a time.
 */
async function freshIn(
  session: Box['session'],
  from: number,
  end: number,
): Promise<{ readonly fresh: number[]; readonly to: number }> {
  let to = from;
  for (let width = WINDOW; to < end; width *= 8) {
    const first = to;
    to = Math.min(end, first + width);
    const found = await searchUids(session, { uid: `${first}:${to - 1}` });
    const fresh = found.filter((uid) => uid >= first && uid < to);
    if (fresh.length > 0) return { fresh, to };
  }
  return { fresh: [], to };
}

/** What earlier steps have skipped in the folder as it is. */
async function skippedIn(
  { folders }: ImapContext,
  { mailbox, path, uidValidity }: FolderRow,
): Promise<readonly number[]> {
  const row = (await folders.of(mailbox)).find((folder) => folder.path === path);
  return row?.uidValidity === uidValidity ? (row.skipped ?? []) : [];
}

async function countSkipped({ folders, records }: ImapContext, mailbox: string): Promise<void> {
  const rows = await folders.of(mailbox);
  await records.unreadable(
    mailbox,
    rows.reduce((total, { listed, skipped = [] }) => total + (listed ? skipped.length : 0), 0),
  );
}

/**
 * Asks once more for what was skipped, one after another, until one cannot be given again: that one is the last to be
 * asked for the next time, so that each has its turn and none costs much. Answers what is still to be read.
 */
async function askAgain(reading: Reading, skipped: readonly number[], take: Take): Promise<readonly number[]> {
  for (const [at, uid] of skipped.entries()) {
    const { heads, bad } = await headsOf(reading, [uid]);
    const unable = [...bad, ...(await readBodies(reading, heads, take))];
    if (unable.length > 0) return [...skipped.slice(at + 1), uid];
  }
  return [];
}

/** What is asked of a message before its body. */
interface Head {
  readonly uid: number;
  readonly size: number;
  readonly flags: readonly string[];
  /** None where the server does not say: it may be new, and is taken as that. */
  readonly receivedAt?: Date;
}

type Take = (head: Head, facts: MessageFacts) => void;

/** What is asked of messages first; `bad` are those of which the server cannot say even that. */
async function headsOf(reading: Reading, uids: readonly number[]): Promise<{ heads: Head[]; bad: number[] }> {
  const heads: Head[] = [];
  const query = { uid: true, flags: true, size: true, internalDate: true };
  const bad = await giveEach(reading, uids, async ({ client }, set, { got }) => {
    const told = new Map<number, FetchMessageObject>();
    for await (const message of client.fetch(set, query, { uid: true })) {
      const { uid } = message;
      if (got.has(uid)) continue;
      // A server may tell at any time that flags have changed, and nothing else of the message: that is no answer.
      const known = { ...told.get(uid), ...message };
      told.set(uid, known);
      const { size, internalDate } = known;
      if (size === undefined) continue;
      got.add(uid);
      heads.push({ uid, size, flags: flagsOf(known), ...dateOf(internalDate) });
    }
  });
  return { heads: heads.sort((one, other) => one.uid - other.uid), bad };
}

/**
 * Asks what the next messages are, until some are wanted: old mail, which is not, is passed over. `wanted` are as many as
 * are read together, `asked` all up to the last of them, and `bad` those of these that cannot be given. Ends where there
 * are such: what a server that breaks off leaves unsaid of one set is skipped with it.
 */
async function nextWanted(
  reading: Reading,
  unread: readonly number[],
  isWanted: (head: Head) => boolean,
): Promise<{ readonly asked: readonly number[]; readonly wanted: readonly Head[]; readonly bad: readonly number[] }> {
  let to = 0;
  for (;;) {
    const some = unread.slice(to, to + MESSAGES);
    const { heads, bad } = await headsOf(reading, some);
    to += some.length;
    const found = heads.filter(isWanted);
    if (found.length === 0 && bad.length === 0 && to < unread.length) continue;
    const wanted = firstWithin(found);
    const last = wanted.length < found.length ? wanted.at(-1)?.uid : undefined;
    const isAsked = (uid: number): boolean => last === undefined || uid <= last;
    return { asked: unread.slice(0, to).filter(isAsked), wanted, bad: bad.filter(isAsked) };
  }
}

/** Of equal mails the one that was on its way here, else the one with the same date, else any that is lost. */
function matching(
  astray: ReadonlySet<IndexedMessage>,
  sha256: string,
  { canonical, receivedAt }: { readonly canonical: string; readonly receivedAt: Date },
): IndexedMessage | null {
  const same = [...astray].filter((message) => message.sha256 === sha256);
  const ofDate = ({ receivedAt: at }: IndexedMessage): boolean => at.getTime() === receivedAt.getTime();
  return same.find(({ intent }) => intent?.to === canonical) ?? same.find(ofDate) ?? same[0] ?? null;
}

/** Reads the bodies, gives the facts of each as it comes, and answers what the server cannot give. */
async function readBodies(reading: Reading, heads: readonly Head[], take: Take): Promise<number[]> {
  const byUid = new Map(heads.map((head) => [head.uid, head]));
  const isHuge = ({ size }: Head): boolean => size > MAX_RAW_BYTES;
  const usual = heads.filter((head) => !isHuge(head)).map(({ uid }) => uid);
  const bad = await giveEach(reading, usual, async ({ client }, set, { got, none }) => {
    for await (const { uid, source } of client.fetch(set, { uid: true, source: true }, { uid: true })) {
      const head = byUid.get(uid);
      if (head === undefined || got.has(uid)) continue;
      if (source === undefined) none.add(uid);
      else {
        take(head, factsOf(await parseMail(source)));
        got.add(uid);
      }
    }
  });
  for (const head of heads.filter(isHuge)) {
    const unable = await giveEach(reading, [head.uid], async (session, _set, { got }) => {
      const facts = await readHuge(session, head);
      if (facts === null) return;
      take(head, facts);
      got.add(head.uid);
    });
    bad.push(...unable);
  }
  return bad;
}

/** A mail over the limit is known by its headers alone. */
async function readHuge(session: Box['session'], { uid, size }: Head): Promise<MessageFacts | null> {
  const found = await session.client.fetchOne(String(uid), { headers: true }, { uid: true });
  const sha256 = await digestOf(session, uid);
  if (found === false || found.headers === undefined || sha256 === null) return null;
  const facts = factsOf(await parseMail(found.headers));
  return { ...facts, size, sha256, brokenLimits: [...facts.brokenLimits, 'mailBytes'] };
}

function dateOf(date: Date | string | undefined): Pick<Head, 'receivedAt'> {
  const receivedAt = new Date(date ?? NaN);
  return Number.isNaN(receivedAt.getTime()) ? {} : { receivedAt };
}
