import { createHash } from 'node:crypto';
import { type FetchMessageObject, type ImapFlowError, type MailboxObject } from 'imapflow';
import { MailboxError } from '../provider';
import { mayNotRead } from './rights';
import { isOfServer, type Session } from './session';
import { uidSets } from './uid-sets';

/** A folder that is open now, and how: numbers of messages mean nothing without its UIDVALIDITY. */
export interface OpenFolder {
  readonly uidValidity: string;
  readonly readOnly: boolean;
  readonly messages: number;
  readonly modseq: string | null;
}

/** What a folder shows of one message. */
export interface Shown {
  readonly uid: number;
  readonly size: number;
  readonly flags: readonly string[];
}

/** Something in a mailbox that cannot be looked at, now or by us: what is there is not known, and not nothing. */
export class UnseenError extends MailboxError {
  constructor(message: string, cause?: unknown) {
    super('unreachable', message, { retryable: true, cause });
  }
}

/** What comes of a look; `null` where the server does not let us look. */
export async function unlessUnseen<T>(look: Promise<T>): Promise<T | null> {
  try {
    return await look;
  } catch (error) {
    if (error instanceof UnseenError) return null;
    throw error;
  }
}

/** A folder that is there and that the server does not open, now or for us: what is in it is not known. */
export class ShutFolderError extends UnseenError {
  /** True where it is not opened for us, and will not be later. */
  readonly isForbidden: boolean;
  constructor(mailbox: string, { isForbidden, cause }: { readonly isForbidden: boolean; readonly cause: unknown }) {
    super(`A folder of ${mailbox} cannot be opened`, cause);
    this.isForbidden = isForbidden;
  }
}

/**
 * Opens a folder: read-only, so that looking leaves no trace, unless something is to be changed. `null` where there is
 * none of that name. Throws {@link ShutFolderError} where there may be one: a folder that a server does not open for a
 * moment is neither empty nor deleted.
 */
export async function openFolder(
  { client, mailbox }: Session,
  path: string,
  { change = false } = {},
): Promise<OpenFolder | null> {
  try {
    // Opened anew also where it is open: what it is told of then is as of now.
    return shape(await client.mailboxOpen(path, { readOnly: !change }));
  } catch (error) {
    const { responseStatus, serverResponseCode } = error as ImapFlowError;
    if (responseStatus !== 'NO') throw error;
    if (await isMissing(client, path, serverResponseCode)) return null;
    const isForbidden = await isNotForUs(client, path, serverResponseCode);
    throw new ShutFolderError(mailbox, { isForbidden, cause: error });
  }
}

/** Whether there is no folder of that name. Servers without response codes (RFC 5530) are asked whether they list it. */
async function isMissing(client: Session['client'], path: string, code: string | undefined): Promise<boolean> {
  if (code !== undefined) return code === 'NONEXISTENT';
  const isUnlisted = ({ code: why }: ImapFlowError): boolean => why === 'NotFound';
  return client.status(path, { messages: true }).then(() => false, isUnlisted);
}

/** Whether it is not opened for us. Servers without response codes are asked for our rights in it. */
function isNotForUs(client: Session['client'], path: string, code: string | undefined): Promise<boolean> {
  return code === undefined ? mayNotRead({ client }, path) : Promise.resolve(code === 'NOPERM');
}

function shape({ uidValidity, readOnly, exists, highestModseq, noModseq }: MailboxObject): OpenFolder {
  return {
    uidValidity: String(uidValidity),
    readOnly: readOnly === true,
    messages: exists,
    modseq: highestModseq === undefined || noModseq === true ? null : String(highestModseq),
  };
}

/** Those of the messages that the open folder still has. */
export async function shownOf({ client }: Session, uids: readonly number[]): Promise<ReadonlyMap<number, Shown>> {
  const shown = new Map<number, Shown>();
  for (const { set } of uidSets(uids)) {
    for await (const message of client.fetch(set, { uid: true, flags: true, size: true }, { uid: true })) {
      // A server may tell of flags alone, beside its answer: what it has said of the size holds.
      const size = message.size ?? shown.get(message.uid)?.size ?? -1;
      shown.set(message.uid, { uid: message.uid, size, flags: flagsOf(message) });
    }
  }
  return shown;
}

/** Every flag that a client can set; `\Recent` is the server's. */
export function flagsOf({ flags }: Pick<FetchMessageObject, 'flags'>): string[] {
  return [...(flags ?? [])].filter((flag) => flag !== '\\Recent').sort();
}

/** SHA-256 of a message of the open folder, read in pieces; `null` where it is gone. */
export async function digestOf({ client }: Session, uid: number): Promise<string | null> {
  const found = await client.download(String(uid), undefined, { uid: true });
  if (!('content' in found) || found.content === undefined) return null;
  const hash = createHash('sha256');
  for await (const piece of found.content) hash.update(piece as Uint8Array);
  return hash.digest('hex');
}

/** The same; throws {@link UnseenError} where it is there and the server cannot give it, over a connection that goes on. */
export async function seenDigestOf(session: Session, uid: number): Promise<string | null> {
  const unseen = (cause?: unknown): UnseenError =>
    new UnseenError(`A mail of ${session.mailbox} cannot be read`, cause);
  const digest = await digestOf(session, uid).catch((error: unknown) => {
    if (session.client.usable && isOfServer(error, session)) throw unseen(error);
    throw error;
  });
  // Asked by a search: some servers end the connection where they are asked for the size of such a mail.
  if (digest === null && (await searchUids(session, { uid: String(uid) })).includes(uid)) throw unseen();
  return digest;
}

type Query = Parameters<Session['client']['search']>[0];

/** The UIDs that a search finds; throws {@link UnseenError} where the server refuses to search. */
export async function searchUids(session: Session, query: Query): Promise<number[]> {
  const found = await searchOf(session, query);
  if (found !== null) return found;
  throw new UnseenError(`The server refuses to search ${session.mailbox}`);
}

/** The same; `null` where the server refuses to search. */
export async function searchOf({ client }: Session, query: Query): Promise<number[] | null> {
  const found = await client.search(query, { uid: true });
  return Array.isArray(found) ? found : null;
}
