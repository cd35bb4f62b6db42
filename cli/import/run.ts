import { readEnvelope } from '../../mail/parse/envelope';
import { sha256Hex } from '../../mail/parse/identity';
import { ApiError, type Client } from '../client';
import { type BadMail, type FoundMail } from './mails';
import { mailboxesOf, receivedAtOf } from './place';
import { createPresence, type Presence } from './presence';

export interface Failure {
  readonly name: string;
  readonly error: string;
}

/** What an import did, by mail; `copies` counts a mail once for each mailbox that got it. */
export interface ImportSummary {
  readonly read: number;
  readonly stored: number;
  readonly copies: number;
  readonly mailboxes: number;
  readonly present: number;
  readonly withoutRecipient: readonly string[];
  readonly failed: readonly Failure[];
}

export interface ImportOptions {
  readonly client: Client;
  /** Where everything goes; else each mail goes where its headers say. */
  readonly mailbox?: string | undefined;
  readonly now: Date;
  readonly onFailure?: (failure: Failure) => void;
  readonly onDone?: (bytes: number) => void;
}

/** Mails on their way at the same time. */
const PARALLEL = 8;

interface Tally {
  read: number;
  stored: number;
  copies: number;
  present: number;
  readonly mailboxes: Set<string>;
  readonly withoutRecipient: string[];
  readonly failed: Failure[];
}

/**
 * Delivers the mails over the API. A mailbox that holds a mail's bytes already, in any folder, gets no second copy. A
 * mail that is refused is told by name and stops nothing; a server that answers nobody, or a token that may not
 * deliver, stops it with {@link ApiError}.
 */
export async function importMails(
  mails: AsyncIterable<FoundMail | BadMail>,
  { client, mailbox, now, onFailure, onDone }: ImportOptions,
): Promise<ImportSummary> {
  const tally: Tally = {
    read: 0,
    stored: 0,
    copies: 0,
    present: 0,
    mailboxes: new Set(),
    withoutRecipient: [],
    failed: [],
  };
  const presence = createPresence(client);
  const fail = (name: string, error: string): void => {
    const failure = { name, error };
    tally.failed.push(failure);
    onFailure?.(failure);
  };
  await inParallel(mails, PARALLEL, async (mail) => {
    tally.read++;
    if ('problem' in mail) {
      fail(mail.name, mail.problem);
      return;
    }
    const problems = await deliverToAll(mail, { client, presence, tally, mailbox, now });
    if (problems.length > 0) fail(mail.name, problems.join('; '));
    onDone?.(mail.raw.length);
  });
  return { ...tally, mailboxes: tally.mailboxes.size };
}

interface Delivering {
  readonly client: Client;
  readonly presence: Presence;
  readonly tally: Tally;
  readonly mailbox: string | undefined;
  readonly now: Date;
}

/** One copy for each mailbox of the mail; answers what went wrong. */
async function deliverToAll(mail: FoundMail, { client, presence, tally, mailbox, now }: Delivering): Promise<string[]> {
  const envelope = await readEnvelope(mail.raw);
  const mailboxes = mailbox === undefined ? mailboxesOf(envelope) : [mailbox];
  if (mailboxes.length === 0) {
    tally.withoutRecipient.push(mail.name);
    return [];
  }
  const at = receivedAtOf(envelope, mail.modifiedAt, now);
  const cut = mailbox === undefined && mailboxes.length > 1 && envelope.tooManyRecipients;
  const sha256 = sha256Hex(mail.raw);
  const problems: string[] = cut ? ['it has more recipients than are read'] : [];
  let copies = 0;
  for (const to of mailboxes) {
    try {
      if (!(await deliver(mail, { to, sha256, at, client, presence }))) continue;
      copies++;
      tally.mailboxes.add(to);
    } catch (error) {
      problems.push(`${to}: ${await passable(error, client)}`);
    }
  }
  tally.copies += copies;
  if (problems.length > 0) return problems;
  if (copies > 0) tally.stored++;
  else tally.present++;
  return [];
}

interface Copy {
  readonly to: string;
  readonly sha256: string;
  readonly at: Date;
  readonly client: Client;
  readonly presence: Presence;
}

/** Stores a copy; answers whether it is new there. */
async function deliver(mail: FoundMail, { to, sha256, at, client, presence }: Copy): Promise<boolean> {
  if (!(await presence.claim(to, sha256))) return false;
  const query = new URLSearchParams({
    folder: mail.folder,
    flags: mail.flags.join(','),
    receivedAt: at.toISOString(),
  });
  try {
    const { headers } = await client.call('POST', `/mailboxes/${encodeURIComponent(to)}/messages?${query.toString()}`, {
      raw: { bytes: mail.raw, type: 'message/rfc822' },
      // The same key in every run: what an import that was cut off, or another at the same time, sent is not stored twice.
      headers: { 'idempotency-key': `import-${sha256Hex(`${to} ${sha256}`)}` },
    });
    return headers.get('idempotency-replayed') !== 'true';
  } catch (error) {
    // The key is known with other flags or another date: these bytes were sent there before.
    if (error instanceof ApiError && error.status === 422) return false;
    await presence.release(to, sha256);
    throw error;
  }
}

/** The line for a failure of one mail; throws what would meet every other mail too. */
async function passable(error: unknown, client: Client): Promise<string> {
  if (!(error instanceof ApiError) || error.status === 401 || error.status === 403) throw error;
  // Was it this mail, or does the server answer nobody? Asks something small.
  if (error.status === 0 || error.status >= 500) await client.call('GET', '/mailboxes?limit=1');
  return error.message;
}

/** Works through the items, a few at the same time; the first error ends it once what is under way has ended. */
async function inParallel<T>(items: AsyncIterable<T>, width: number, work: (item: T) => Promise<void>): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  const errors: unknown[] = [];
  const lane = async (): Promise<void> => {
    while (errors.length === 0) {
      const next = await iterator.next();
      if (next.done === true) return;
      await work(next.value);
    }
  };
  const lanes = Array.from({ length: width }, () => lane().catch((error: unknown) => void errors.push(error)));
  await Promise.all(lanes);
  await iterator.return?.();
  if (errors.length > 0) throw errors[0];
}
