import { MailboxError } from '../provider';
import { type ImapContext } from './context';
import { openFolder, searchOf } from './looking';
import { type Box } from './pool';
import { isOfServer, type Session } from './session';
import { uidSets } from './uid-sets';

/** A folder that is read, over connections that may have to be made again. */
export interface Reading {
  /** The one that is open now. */
  session(): Session;
  /** Signs in again and opens the folder, after the connection broke. Throws {@link MailboxError}. */
  again(): Promise<void>;
  /** Ends what was made again: the first connection is the pool's. */
  close(): void;
}

/** Connections that may break in one step: what is not read by then is left to later rounds. */
const MOST_BREAKS = 5;

/** Reads the folder that is open in a box. */
export function readingOf(
  { open }: ImapContext,
  { mailbox, session }: Box,
  { path, uidValidity }: { readonly path: string; readonly uidValidity: string },
): Reading {
  let current = session;
  const close = (): void => {
    if (current !== session) current.close();
  };
  return {
    session: () => current,
    close,
    async again() {
      close();
      current = await open(mailbox);
      if ((await openFolder(current, path))?.uidValidity === uidValidity) return;
      throw new MailboxError('unreachable', `A folder of ${mailbox} was replaced meanwhile`, { retryable: true });
    },
  };
}

/**
 * Asks for messages, and answers the UIDs of those that the server cannot give: where it refuses a set, the set is
 * halved; where the connection breaks, as Dovecot breaks it, the message that was to come next is asked for alone. `ask`
 * adds the UIDs that it was given to `got`, and to `none` those of which there is nothing. What is in neither is gone, or
 * was left out by the server: a search says which.
 */
export async function giveEach(
  reading: Reading,
  uids: readonly number[],
  ask: (
    session: Session,
    set: string,
    answered: { readonly got: Set<number>; readonly none: Set<number> },
  ) => Promise<void>,
): Promise<number[]> {
  const got = new Set<number>();
  const none = new Set<number>();
  const bad = new Set<number>();
  let breaks = 0;
  const parts = uidSets(uids).map(({ uids: named }) => named);
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    const [{ set } = { set: '' }] = uidSets(part);
    if (!reading.session().client.usable) await reading.again();
    try {
      await ask(reading.session(), set, { got, none });
    } catch (error) {
      if (!isOfServer(error, reading.session())) throw error;
      const left = part.filter((uid) => !got.has(uid));
      const broke = !reading.session().client.usable;
      if (part.length === 1) for (const uid of left) bad.add(uid);
      else if (left.length > 0) parts.unshift(...split(left, broke ? 1 : Math.ceil(left.length / 2)));
      if (!broke) continue;
      if (++breaks < MOST_BREAKS) continue;
      for (const uid of parts.flat()) bad.add(uid);
      break;
    }
  }
  const silent = uids.filter((uid) => !got.has(uid) && !none.has(uid) && !bad.has(uid));
  for (const uid of await stillThere(reading, silent)) bad.add(uid);
  return [...new Set([...bad, ...none])].filter((uid) => !got.has(uid)).sort((one, other) => one - other);
}

/** Those of the messages that the folder has; all of them where the server does not say. */
async function stillThere(reading: Reading, uids: readonly number[]): Promise<number[]> {
  const found: number[] = [];
  for (const { set, uids: named } of uidSets(uids)) {
    if (!reading.session().client.usable) await reading.again();
    found.push(...((await searchOf(reading.session(), { uid: set })) ?? named));
  }
  return found;
}

function split(uids: readonly number[], at: number): number[][] {
  return [uids.slice(0, at), uids.slice(at)].filter(({ length }) => length > 0);
}
