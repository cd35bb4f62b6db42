import { randomUUID } from 'node:crypto';
import { type ImapFlowError, type ListResponse } from 'imapflow';
import { type Finding, JUNK_UNCONFIRMED, type OpenProbe, PROBE_MS, type ProbeReport } from '../../domain/imap';
import { folderKind } from '../../domain/location';
import { type ImapContext, recoverablePath } from './context';
import { pathOf, personalFolders } from './folders';
import { openFolder, searchUids, shownOf, unlessUnseen } from './looking';
import { isForeign, listFolders } from './namespaces';
import { lackingExtensions, NEEDED_CODES } from './needed';
import { type Box } from './pool';
import { recoverablePaths } from './recoverable';
import { lacking, rightsIn } from './rights';
import { type Session } from './session';
import { createFolder } from './move-sets';

const EXTENSIONS = ['MOVE', 'UIDPLUS', 'CONDSTORE', 'QRESYNC', 'SPECIAL-USE', 'ACL', 'OBJECTID', 'LIST-STATUS'];
/** Findings with which there is no recoverable folder, or nobody has tried to make one. */
const NONE = [...NEEDED_CODES, 'noRecoverableFolder'];

/** Read, and take away: from a folder that mail is removed from. */
const SOURCE_RIGHTS = 'rte';
/** Read, put in, set flags, take out again: in the folder where it lies until it is put back. */
const RECOVERABLE_RIGHTS = 'rwite';

/** Where the test message is moved to and back, with a name that no user's folder has; gone when the probe ends. */
const SCRATCH = 'Clawback Probe';
/** Servers may count the bytes of a message somewhat otherwise. */
const SIZE_SLACK = 64;

/**
 * Finds out whether a mailbox can be handled safely: what the server can do, what we may do in its folders, and whether
 * a message of the probe's own can be put into the recoverable folder, moved out, moved back and deleted, each seen, with
 * nothing left behind: what an earlier probe left that was cut off is deleted too. Touches no other message.
 */
export async function probe(context: ImapContext, mailbox: string, { session }: Box): Promise<ProbeReport> {
  const { client } = session;
  const findings: Finding[] = lackingExtensions(session).map(({ name, code }) => ({
    code,
    detail: `The server has no ${name}: a message cannot be moved and found again for sure`,
    unsafe: true,
  }));
  const recoverable = recoverablePath(context, session);
  if (isForeign(client, recoverable)) {
    findings.push({
      code: 'recoverableShared',
      detail: `The folder ${recoverable} is in a namespace of others or that several share: it takes one of the mailbox's own`,
      unsafe: true,
    });
  }
  if (findings.length === 0) findings.push(...(await tryOut(context, mailbox, { session, recoverable })));
  const listed = await listFolders(client);
  findings.push(...(await rightsFindings(session, listed, await recoverablePaths(context, { mailbox, session }))));
  if (!context.config.junk.movesConfirmed) {
    findings.push({
      code: JUNK_UNCONFIRMED,
      detail:
        'Nobody has confirmed that a move out of Junk into the recoverable folder teaches no spam filter: copies in Junk wait (docs/imap.md)',
      unsafe: false,
    });
  }
  const entry = listed.find(({ path }) => path === recoverable);
  // In a hidden namespace it is there and not listed.
  const isThere = entry !== undefined || !findings.some(({ code }) => NONE.includes(code));
  return {
    at: context.clock(),
    extensions: EXTENSIONS.filter((name) => client.capabilities.has(name)),
    findings,
    recoverableVisible: isThere ? (entry as { subscribed?: boolean } | undefined)?.subscribed === true : null,
  };
}

async function rightsFindings(
  session: Session,
  listed: readonly ListResponse[],
  recoverable: ReadonlySet<string>,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const raw = new Map(listed.map(({ path, pathAsListed }) => [path, pathAsListed]));
  for (const { path, canonical } of personalFolders(listed, session.client, recoverable)) {
    const kind = folderKind(canonical);
    if (kind !== 'personal' && kind !== 'junk' && kind !== 'recoverable') continue;
    const rights = await rightsIn(session, path, raw.get(path) ?? path);
    const missing = rights === null ? [] : lacking(rights, kind === 'recoverable' ? RECOVERABLE_RIGHTS : SOURCE_RIGHTS);
    if (missing.length === 0) continue;
    findings.push({
      code: 'rights',
      detail: `In the folder ${path} the rights ${missing.join('')} are missing: a move would leave the message in it`,
      unsafe: true,
    });
  }
  return findings;
}

/** Puts a message of its own through what a removal and a restore do. */
async function tryOut(
  { records, clock }: ImapContext,
  mailbox: string,
  { session, recoverable }: { readonly session: Session; readonly recoverable: string },
): Promise<Finding[]> {
  const { client } = session;
  const unsafe = (code: string, detail: string): Finding[] => [{ code, detail, unsafe: true }];
  if (!(await createFolder(session, recoverable))) {
    return unsafe(
      'noRecoverableFolder',
      `The folder ${recoverable} cannot be made: choose names without the server's separator and without a leading dot`,
    );
  }
  const scratch = pathOf(client, [`${SCRATCH} ${randomUUID().slice(0, 8)}`]);
  const id = `<${randomUUID()}@probe.clawback.invalid>`;
  const began = clock();
  let isClean = true;
  for (const earlier of await records.probeBegins(mailbox, { id, scratch, at: began })) {
    // One that began just now may be another worker's.
    if (began.getTime() - earlier.at.getTime() <= PROBE_MS) continue;
    isClean = (await cleanUp(records, mailbox, { session, recoverable }, earlier)) && isClean;
  }
  const testMessageLeft = unsafe('testMessageLeft', `The test message could not be deleted from ${recoverable}`);
  if (!isClean) {
    await records.probeEnds(mailbox, id);
    return testMessageLeft;
  }
  if (!(await createFolder(session, scratch))) {
    await records.probeEnds(mailbox, id);
    return unsafe('noScratchFolder', `The folder ${scratch} cannot be made`);
  }
  let left = true;
  try {
    const uid = await putInto(session, recoverable, id);
    const back = uid === null ? null : await thereAndBack(session, { recoverable, scratch, uid });
    const { copies, unseen } = await copiesOf(session, id, [recoverable, scratch]);
    left = await removeOwn(session, id, [recoverable, scratch]);
    return [
      ...(back === null ? unsafe('noAppend', `A test message cannot be put into ${recoverable}`) : []),
      ...(back === null || 'uid' in back ? [] : unsafe(back.code, back.detail)),
      ...copies.map((path) => ({
        code: 'copyKept',
        detail: `The server keeps another copy of what is moved in ${path} (lazy_expunge without lazy_expunge_only_last_instance does)`,
        unsafe: true,
      })),
      ...unseen.map((path) => ({
        code: 'folderShut',
        detail: `The folder ${path} cannot be looked into: whether the server keeps a copy of what is moved there is not known`,
        unsafe: true,
      })),
      ...(left ? testMessageLeft : []),
    ];
  } finally {
    const isGone = client.usable && (await client.mailboxDelete(scratch).then(Boolean, () => false));
    if (isGone && !left) await records.probeEnds(mailbox, id);
  }
}

/** Deletes what a probe left that was cut off; says whether nothing of it is left. */
async function cleanUp(
  records: ImapContext['records'],
  mailbox: string,
  { session, recoverable }: { readonly session: Session; readonly recoverable: string },
  { id, scratch }: OpenProbe,
): Promise<boolean> {
  if (await removeOwn(session, id, [recoverable, scratch])) return false;
  await session.client.mailboxDelete(scratch).catch(() => false);
  await records.probeEnds(mailbox, id);
  return true;
}

/** Puts the test message into a folder; `null` where the server refuses it, for a quota say, or does not tell its number. */
async function putInto({ client }: Session, path: string, id: string): Promise<number | null> {
  try {
    const put = await client.append(path, testMessage(id), ['\\Seen']);
    return (put === false ? undefined : put.uid) ?? null;
  } catch (error) {
    const { responseStatus, serverResponseCode } = error as ImapFlowError;
    if (responseStatus === undefined && serverResponseCode === undefined) throw error;
    return null;
  }
}

async function thereAndBack(
  session: Session,
  { recoverable, scratch, uid }: { readonly recoverable: string; readonly scratch: string; readonly uid: number },
): Promise<MovedOne> {
  const out = await moveOne(session, { from: recoverable, uid, to: scratch });
  return 'uid' in out ? moveOne(session, { from: scratch, uid: out.uid, to: recoverable }) : out;
}

type MovedOne = { readonly uid: number } | { readonly code: string; readonly detail: string };

/** A move as a removal does it, and both folders looked at. */
async function moveOne(
  session: Session,
  { from, uid, to }: { readonly from: string; readonly uid: number; readonly to: string },
): Promise<MovedOne> {
  const { client } = session;
  const open = await unlessUnseen(openFolder(session, from, { change: true }));
  if (open === null || open.readOnly) return { code: 'readOnlyFolder', detail: `The folder ${from} cannot be changed` };
  const answer = await client.messageMove(String(uid), to, { uid: true });
  const moved = answer ? answer.uidMap?.get(uid) : undefined;
  const stays = (await shownOf(session, [uid])).has(uid);
  if (stays)
    return { code: 'moveLeavesSource', detail: `A message that is moved from ${from} to ${to} stays in ${from}` };
  if (moved === undefined)
    return { code: 'noCopyuid', detail: `The server does not say where a moved message is (COPYUID)` };
  const target = await unlessUnseen(openFolder(session, to));
  return target !== null && (await shownOf(session, [moved])).has(moved)
    ? { uid: moved }
    : { code: 'moveLosesMessage', detail: `A message that is moved from ${from} to ${to} is not found in ${to}` };
}

/**
 * Folders beside our own that have the test message, in whatever namespace they are; and those of the mailbox's own that
 * cannot be looked into. What others do not let us see is none of a move's business, and keeps no mailbox out of the index.
 */
async function copiesOf(
  session: Session,
  id: string,
  own: readonly string[],
): Promise<{ readonly copies: string[]; readonly unseen: string[] }> {
  const copies: string[] = [];
  const unseen: string[] = [];
  for (const { path, flags } of await session.client.list({ listOnly: true })) {
    if (own.includes(path) || flags.has('\\Noselect')) continue;
    const has = await unlessUnseen(hasCopy(session, path, id));
    if (has === true) copies.push(path);
    if (has === null && !isForeign(session.client, path)) unseen.push(path);
  }
  return { copies, unseen };
}

async function hasCopy(session: Session, path: string, id: string): Promise<boolean> {
  const open = await openFolder(session, path);
  return open !== null && open.messages > 0 && (await withId(session, id)).length > 0;
}

/** Deletes the test message wherever it is in our folders; says whether one is left, or may be. */
async function removeOwn(session: Session, id: string, own: readonly string[]): Promise<boolean> {
  let left = false;
  for (const path of own) left = ((await unlessUnseen(removeFrom(session, id, path))) ?? true) || left;
  return left;
}

/** Says whether it is left. */
async function removeFrom(session: Session, id: string, path: string): Promise<boolean> {
  if ((await openFolder(session, path, { change: true })) === null) return false;
  const uids = await withId(session, id);
  if (uids.length === 0) return false;
  await session.client.messageDelete(uids.join(','), { uid: true });
  return (await withId(session, id)).length > 0;
}

/** Of about its size: a mail that the server cannot read would else make it refuse the search. */
function withId(session: Session, id: string): Promise<number[]> {
  const size = testMessage(id).length;
  return searchUids(session, { header: { 'message-id': id }, larger: size - SIZE_SLACK, smaller: size + SIZE_SLACK });
}

function testMessage(id: string): string {
  return [
    'From: Clawback <probe@clawback.invalid>',
    'Subject: Clawback looks whether it can move mail here',
    `Message-ID: ${id}`,
    `Date: ${new Date().toUTCString()}`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain',
    '',
    'This message is deleted as soon as it has been moved there and back.',
    '',
  ].join('\r\n');
}
