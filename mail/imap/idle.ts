import { MailboxError } from '../provider';
import { openFolder } from './looking';
import { pauseAfter } from './pause';
import { isOfServer, type Session } from './session';

/** What listening to one mailbox takes. */
export interface Listening {
  /** Signs in, on a connection of its own. Throws {@link MailboxError}. */
  readonly open: () => Promise<Session>;
  /** Something has come to the inbox, gone from it or changed in it, or may have while nobody listened. */
  readonly news: () => void;
  /** Something failed for no reason of the server's: it is tried again as after any other failure. */
  readonly failed: (error: unknown) => void;
  readonly signal: AbortSignal;
}

/** Why nobody listens any more: told to stop, refused to sign in, or the server has no IDLE. */
export type ListenEnd = 'stopped' | 'refused' | 'unable';

const NEWS = ['exists', 'expunge', 'flags'] as const;
const PAUSES = { firstMs: 1_000, mostMs: 60_000 } as const;
/** A connection that held for so long was a good one: the next failure is a first one. */
const STEADY_MS = 60_000;
/** An IDLE that ends sooner is none: asked again at once, such a server would be asked without end. */
const HASTE_MS = 1_000;

/**
 * Listens to the inbox of a mailbox by IDLE, over a connection of its own, until it is told to stop. The inbox is opened
 * read-only, so that no other client sees a difference, and no lease is taken, since nothing is changed. A connection
 * that breaks or cannot be had is tried again after growing pauses. A refused sign-in is not: that would lock accounts.
 */
export async function listen(listening: Listening): Promise<ListenEnd> {
  const { failed, signal } = listening;
  const isOver = (): boolean => signal.aborted;
  for (let failures = 0; !isOver();) {
    const began = performance.now();
    const end = await hold(listening).catch((error: unknown) => {
      failed(error);
      return 'broken' as const;
    });
    if (isOver()) break;
    if (end !== 'broken') return end;
    failures = performance.now() - began > STEADY_MS ? 1 : failures + 1;
    await pauseAfter(failures, PAUSES, signal);
  }
  return 'stopped';
}

type HoldEnd = Exclude<ListenEnd, 'stopped'> | 'broken';

/** One connection, from the sign-in to its end; it is closed where it is told to stop, also while it signs in. */
async function hold({ open, news, signal }: Listening): Promise<HoldEnd> {
  const over = new AbortController();
  const stopped = new Promise<null>((resolve) => {
    signal.addEventListener('abort', () => resolve(null), { signal: over.signal });
  });
  const opening = open();
  const close = (): void => void opening.then((session) => session.close()).catch(() => undefined);
  try {
    const session = await Promise.race([opening, stopped]);
    if (session === null) return 'broken';
    void stopped.then(close);
    return await idleIn(session, news);
  } catch (error) {
    if (!(error instanceof MailboxError)) throw error;
    return error.code === 'loginRefused' ? 'refused' : 'broken';
  } finally {
    over.abort();
    close();
  }
}

async function idleIn(session: Session, news: () => void): Promise<HoldEnd> {
  const { client } = session;
  const isOpen = (): boolean => client.usable && client.mailbox !== false;
  if (!client.capabilities.has('IDLE') && !client.capabilities.has('IMAP4REV2')) return 'unable';
  for (const event of NEWS) client.on(event, news);
  try {
    if ((await openFolder(session, 'INBOX')) === null) return 'broken';
    // What came before is told by nobody.
    news();
    // After SILENCE_MS without a word the library ends the IDLE by a NOOP: a connection that is dead does not answer.
    while (isOpen()) {
      const began = performance.now();
      const refused = (await client.idle()) === false;
      if (refused && isOpen()) return 'unable';
      if (performance.now() - began < HASTE_MS) break;
    }
    return 'broken';
  } catch (error) {
    if (isOfServer(error, session)) return 'broken';
    throw error;
  }
}
