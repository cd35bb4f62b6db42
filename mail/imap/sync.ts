import { type ListResponse } from 'imapflow';
import { type FolderRow } from '../../domain/imap';
import { RECOVERABLE_FOLDER } from '../../domain/location';
import { type ImapContext } from './context';
import { type Folder, personalFolders } from './folders';
import { flagsOf, type OpenFolder, openFolder, searchUids, ShutFolderError, unlessUnseen } from './looking';
import { listFolders } from './namespaces';
import { type Box } from './pool';
import { readNew } from './read-new';
import { goneForSure, recoverableAmong } from './recoverable';
import { vanished } from './astray';

const DAY_MS = 24 * 60 * 60 * 1000;

const STATUS = { messages: true, uidNext: true, uidValidity: true, highestModseq: true } as const;

/** The cursor of a folder that was not there yet. */
const NEVER_SEEN = { listed: false, uidValidity: '', uidNext: 1, modseq: null, messages: -1 } as const;

/** A folder as the server describes it now, with the row of the index. */
interface Seen {
  readonly folder: Folder;
  readonly now: Pick<FolderRow, 'uidValidity' | 'uidNext' | 'modseq' | 'messages'>;
  readonly row: FolderRow | null;
}

/** What came of one time. */
interface Synced {
  /** Messages that are new. */
  readonly indexed: number;
  /** True where messages were lost, and only the next time shows whether they are gone. */
  readonly unsettled: boolean;
  /** False where a folder or a mail could not be looked at: what may be there is as it was known, and not gone. */
  readonly isWhole: boolean;
  /** True where it ended before all was read: the next time goes on. */
  readonly isCut: boolean;
}

/** When it ends before all is read, after one batch at least. */
export interface Limits {
  /** It throws the reason of the signal then. */
  readonly signal?: AbortSignal;
  /** It ends by itself then. */
  readonly until?: Date;
}

/** The folders of a mailbox that could be looked at, and whether these are all. */
interface Look {
  readonly seen: readonly Seen[];
  readonly isWhole: boolean;
}

/**
 * Brings the index of a mailbox up to date: what has left its place, what has come, what was moved. Folders are opened
 * read-only and bodies are peeked at, so that no other client sees a difference. The mailbox is given free between
 * batches: what a person waits for goes first. A folder that cannot be opened or searched keeps no other out. Where it is
 * to end early, it does so after a batch: the next time goes on from there.
 */
export async function syncMailbox(
  context: ImapContext,
  mailbox: string,
  { signal, until }: Limits = {},
): Promise<Synced> {
  const { pool } = context;
  const use = <T>(step: (box: Box) => Promise<T>): Promise<T> => pool.use(mailbox, step, { background: true });
  const listedAt = context.clock();
  const look = await use(async (box) => {
    const { seen, isWhole } = await lookAtFolders(context, box);
    const open: Seen[] = [];
    for (const one of seen) if ((await unlessUnseen(lose(context, box, one))) === true) open.push(one);
    return { seen: open, isWhole: isWhole && open.length === seen.length };
  });
  let indexed = 0;
  let { isWhole } = look;
  let hasRead = false;
  const since = new Date(context.clock().getTime() - context.config.index.days * DAY_MS);
  for (const { cursor: from, now } of toRead(mailbox, look.seen)) {
    let cursor = from;
    for (;;) {
      signal?.throwIfAborted();
      const isNews = cursor.uidNext < now.uidNext;
      if (isNews && hasRead && until !== undefined && context.clock() >= until) {
        return { indexed, unsettled: false, isWhole: false, isCut: true };
      }
      hasRead ||= isNews;
      const step = await unlessUnseen(use((box) => readNew(context, box, { cursor, end: now, since })));
      if (step === null) {
        isWhole = false;
        break;
      }
      indexed += step.indexed;
      cursor = step.cursor;
      if (step.done) break;
    }
    isWhole &&= (cursor.skipped ?? []).length === 0;
  }
  if (!isWhole) return { indexed, unsettled: false, isWhole, isCut: false };
  const unsettled = await unlessUnseen(use((box) => purgeAstray(context, box, listedAt)));
  return { indexed, unsettled: unsettled === true, isWhole: unsettled !== null, isCut: false };
}

/** Folders of which something is to be read, from where on: those with the least first, so that a large one keeps none waiting. */
function toRead(
  mailbox: string,
  seen: readonly Seen[],
): readonly { readonly cursor: FolderRow; readonly now: Seen['now'] }[] {
  const found = seen.flatMap(({ folder, now, row }) => {
    const known = row === null || isAnew(row, folder, now) ? null : row;
    if (known !== null && !isOther(known, now)) return [];
    const { uidNext } = known ?? NEVER_SEEN;
    const cursor: FolderRow = {
      ...{ mailbox, ...folder, listed: true, uidValidity: now.uidValidity },
      ...{ uidNext, modseq: null, messages: -1 },
    };
    return [{ cursor, now, left: now.uidNext - uidNext }];
  });
  return found.sort((one, other) => one.left - other.left);
}

async function lookAtFolders(context: ImapContext, box: Box): Promise<Look> {
  const { mailbox, session } = box;
  const { folders, index, clock } = context;
  // A folder that is still open from before is described as it was then, until the server may say what is new in it.
  if (session.client.mailbox !== false) await session.client.noop();
  const listed = await listFolders(session.client, { statusQuery: STATUS });
  const byPath = new Map(listed.map((entry) => [entry.path, entry]));
  const rows = new Map((await folders.of(mailbox)).map((row) => [row.path, row]));
  const recoverable = recoverableAmong(context, session, [...rows.values()]);
  const own = personalFolders(listed, session.client, recoverable);
  const seen = own.flatMap((folder): Seen[] => {
    const now = statusOf(byPath.get(folder.path));
    return now === null ? [] : [{ folder, now, row: rows.get(folder.path) ?? null }];
  });
  const isStatusOfAll = seen.length === own.length;
  const shut: string[] = [];
  const shown = new Set(seen.map(({ folder }) => folder.path));
  for (const path of [...recoverable].filter((one) => !shown.has(one))) {
    const folder: Folder = { path, canonical: RECOVERABLE_FOLDER };
    const now = await openedByName(session, path).catch((error: unknown) => {
      if (!(error instanceof ShutFolderError)) throw error;
      shut.push(path);
      return null;
    });
    if (now !== null) seen.push({ folder, now, row: rows.get(path) ?? null });
    // Kept also where it is not there yet: it stays a recoverable folder under any other configuration.
    else if (!rows.has(path)) await folders.save({ mailbox, ...folder, ...NEVER_SEEN });
  }
  const here = new Set([...own.map(({ path }) => path), ...seen.map(({ folder }) => folder.path), ...shut]);
  for (const row of rows.values()) {
    if (here.has(row.path) || !row.listed) continue;
    box.lease.check();
    // A folder that was deleted or renamed: what was in it may be found elsewhere.
    await index.lose(mailbox, row.path, 'all', clock());
    await folders.save({ ...unread(row, recoverable.has(row.path)), listed: false });
  }
  return { seen, isWhole: isStatusOfAll && shut.length === 0 };
}

/** A folder of which nothing is known to be there: it is read from its start. A recoverable one is known until then. */
function unread(row: FolderRow, isRecoverable: boolean): FolderRow {
  return { ...row, ...(isRecoverable ? { uidNext: 1, listed: false } : { uidValidity: '' }), messages: -1 };
}

/** A folder that no list tells of; `null` where there is none of that name. */
async function openedByName(session: Box['session'], path: string): Promise<Seen['now'] | null> {
  const open = await openFolder(session, path);
  const { mailbox } = session.client;
  if (open === null || mailbox === false) return null;
  const { uidValidity, messages, modseq } = open;
  return { uidValidity, messages, modseq, uidNext: mailbox.uidNext };
}

function statusOf(entry: ListResponse | undefined): Seen['now'] | null {
  const { uidValidity, uidNext, messages, highestModseq } = entry?.status ?? {};
  if (uidValidity === undefined || uidNext === undefined || messages === undefined) return null;
  const modseq = highestModseq === undefined ? null : String(highestModseq);
  return { uidValidity: String(uidValidity), uidNext, messages, modseq };
}

/** Whether nothing that was known of the folder holds: its numbers are others, or what it is for. */
function isAnew(row: FolderRow | null, { canonical }: Folder, { uidValidity }: Seen['now']): boolean {
  return row?.uidValidity !== uidValidity || row.canonical !== canonical;
}

/** Without a count of changes: whatever comes raises the next UID, whatever goes lowers the number of messages. */
function isOther(row: FolderRow, now: Seen['now']): boolean {
  return !row.listed || row.uidNext !== now.uidNext || row.messages !== now.messages || row.modseq !== now.modseq;
}

/**
 * Messages that are not in their place any more lose it, before anything new is read: it may be the same ones. What was
 * seen before the lease has ended says nothing of where others have found them since. False where the folder is not the
 * one that was listed any more: renamed, deleted or replaced since.
 */
async function lose(
  context: ImapContext,
  { mailbox, session, lease }: Box,
  { folder, now, row }: Seen,
): Promise<boolean> {
  if (row === null) return true;
  const { index, folders, clock } = context;
  if (isAnew(row, folder, now)) {
    // A session that had the folder open may be told of it as it was.
    if ((await openFolder(session, folder.path))?.uidValidity !== now.uidValidity) return false;
    lease.check();
    // First: should it be again as it was before it is read, it is read all the same.
    await folders.save(unread(row, [row.canonical, folder.canonical].includes(RECOVERABLE_FOLDER)));
    await index.lose(mailbox, folder.path, 'all', clock());
    return true;
  }
  if (!isOther(row, now)) return true;
  const known = await index.knownUids(mailbox, folder.path, now.uidValidity);
  if (known.length === 0) return true;
  const open = await openFolder(session, folder.path);
  if (open?.uidValidity !== now.uidValidity) return false;
  const gone = countsOn(row, open)
    ? await changesSince(context, { mailbox, session }, row, known)
    : await missing(session, known);
  lease.check();
  if (gone.length > 0) await index.lose(mailbox, folder.path, gone, clock());
  return true;
}

/** Whether the server still counts changes from where it was. One that has begun anew tells nothing of what came before. */
function countsOn({ modseq: before }: FolderRow, { modseq: now }: OpenFolder): boolean {
  return before !== null && now !== null && BigInt(now) >= BigInt(before);
}

/** What has gone since a number of changes (QRESYNC), where the server counts them; the flags of the others follow. */
async function changesSince(
  { index }: ImapContext,
  { mailbox, session }: Pick<Box, 'mailbox' | 'session'>,
  { path, uidValidity, modseq }: FolderRow,
  known: readonly number[],
): Promise<number[]> {
  const { client } = session;
  if (!client.enabled.has('QRESYNC')) return missing(session, known);
  const vanishedUids: number[] = [];
  const note = ({ uid, vanished: isGone }: { readonly uid?: number | undefined; readonly vanished: boolean }): void => {
    if (isGone && uid !== undefined) vanishedUids.push(uid);
  };
  client.on('expunge', note);
  const held = new Set(known);
  const flags: { uid: number; flags: string[] }[] = [];
  try {
    const options = { uid: true, changedSince: BigInt(modseq ?? '0') };
    for await (const message of client.fetch('1:*', { uid: true, flags: true }, options)) {
      if (held.has(message.uid)) flags.push({ uid: message.uid, flags: flagsOf(message) });
    }
  } finally {
    client.off('expunge', note);
  }
  await index.flagged(mailbox, path, uidValidity, flags);
  return vanishedUids.filter((uid) => held.has(uid));
}

async function missing(session: Box['session'], known: readonly number[]): Promise<number[]> {
  const present = new Set(await searchUids(session, { all: true }));
  return known.filter((uid) => !present.has(uid));
}

/**
 * What is in no folder of the mailbox after all have been read is gone; if it was lost before they were listed, that is:
 * a mail that its user moves meanwhile may be missing in the one folder, and not be in the other yet. Says whether such
 * mail is left to the next time.
 */
async function purgeAstray(context: ImapContext, box: Box, listedAt: Date): Promise<boolean> {
  const { index, clock } = context;
  const { mailbox, lease } = box;
  const lost = (await index.astray(mailbox, lease.begun)).filter(
    ({ lostAt, intent, purged }) => lostAt !== null && intent === null && !purged,
  );
  const gone = lost.filter(({ lostAt }) => lostAt !== null && lostAt < listedAt);
  const sure = await goneForSure(context, box, gone);
  lease.check();
  if (sure.length > 0) await index.place(sure.map((message) => vanished(message, clock())));
  return gone.length < lost.length;
}
