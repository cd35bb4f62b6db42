import { createHash } from 'node:crypto';
import { type FetchMessageObject, type MailboxObject } from 'imapflow';
import { MailboxError } from '../provider';
import { type Session } from './session';
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

/**
 * Opens a folder: read-only, so that looking leaves no trace, unless something is to be changed. `null` where there is
 * none of that name, or none that may be opened.
 */
export async function openFolder(
  { client }: Session,
  path: string,
  { change = false } = {},
): Promise<OpenFolder | null> {
  try {
    // Opened anew also where it is open: what it is told of then is as of now.
    return shape(await client.mailboxOpen(path, { readOnly: !change }));
  } catch (error) {
    if ((error as { responseStatus?: unknown }).responseStatus === 'NO') return null;
    if (error instanceof Error && error.message === 'Failed to fetch folders') return null;
    throw error;
  }
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
      shown.set(message.uid, { uid: message.uid, size: message.size ?? -1, flags: flagsOf(message) });
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

/** The UIDs that a search finds; throws where the server refuses to search. */
export async function searchUids(
  { client, mailbox }: Session,
  query: Parameters<typeof client.search>[0],
): Promise<number[]> {
  const found = await client.search(query, { uid: true });
  if (Array.isArray(found)) return found;
  throw new MailboxError('unreachable', `The server refuses to search ${mailbox}`, { retryable: true });
}
