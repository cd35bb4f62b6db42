import { type Lease, type Leases } from '../../domain/imap';
import { type ImapConfig } from '../config';
import { closeSession, isOfServer, type Session, toMailboxError } from './session';

/** A mailbox that is being worked with: signed in, and nobody else's for as long. */
export interface Box {
  readonly mailbox: string;
  readonly session: Session;
  readonly lease: Lease;
}

export interface Pool {
  /**
   * Works with a mailbox: one piece of work at a time, over at most as many connections as are allowed. What a person
   * or automation waits for goes before what runs in the background. Throws {@link MailboxError}.
   */
  use<T>(mailbox: string, work: (box: Box) => Promise<T>, options?: { readonly background?: boolean }): Promise<T>;
  close(): Promise<void>;
}

export interface PoolOptions {
  readonly config: ImapConfig;
  readonly leases: Leases;
  readonly open: (mailbox: string) => Promise<Session>;
}

/** Shorter than the silence after which a server is taken to be away. */
const IDLE_MS = 15_000;

interface Waiting {
  readonly mailbox: string;
  readonly go: (session: Session | null) => void;
}

/** Connections are kept for a while, since a mailbox is often worked with several times in a row. */
export function createPool({ config, leases, open }: PoolOptions): Pool {
  const { connections } = config.limits;
  /** Least recently used first. */
  const idle = new Map<string, { readonly session: Session; readonly timer: NodeJS.Timeout }>();
  const turns = new Map<string, Promise<unknown>>();
  const waiting: Record<'urgent' | 'background', Waiting[]> = { urgent: [], background: [] };
  const busy = new Set<Session>();
  let taken = 0;

  /** An idle session of the mailbox, or `null` and a free place for one. */
  async function place(mailbox: string, queue: Waiting[]): Promise<Session | null> {
    const own = takeIdle(mailbox);
    if (own !== null) return own;
    if (taken < connections) {
      taken++;
      return null;
    }
    const [oldest] = idle.keys();
    if (oldest !== undefined) {
      takeIdle(oldest)?.close();
      return null;
    }
    return new Promise((go) => queue.push({ mailbox, go }));
  }

  function takeIdle(mailbox: string): Session | null {
    const found = idle.get(mailbox);
    if (found === undefined) return null;
    clearTimeout(found.timer);
    idle.delete(mailbox);
    return found.session;
  }

  /** Gives the place on to who waits longest; the session too, where it is of the same mailbox. */
  function giveBack(mailbox: string, session: Session | null): void {
    const next = waiting.urgent.shift() ?? waiting.background.shift();
    if (next !== undefined) {
      if (next.mailbox === mailbox) next.go(session);
      else {
        session?.close();
        next.go(null);
      }
      return;
    }
    if (session === null) {
      taken--;
      return;
    }
    const timer = setTimeout(() => {
      idle.delete(mailbox);
      taken--;
      void closeSession(session);
    }, IDLE_MS);
    timer.unref();
    idle.set(mailbox, { session, timer });
  }

  /** The session, or a new one where it broke while it was idle. */
  async function usable(session: Session | null, mailbox: string): Promise<Session> {
    if (session?.client.usable === true) return session;
    session?.close();
    return open(mailbox);
  }

  async function work<T>(mailbox: string, queue: Waiting[], piece: (box: Box) => Promise<T>): Promise<T> {
    let session = await place(mailbox, queue);
    let lease: Lease | null = null;
    try {
      // Both at once: who signs in changes nothing, and waits for nobody.
      const [held, opened] = await Promise.allSettled([leases.acquire(mailbox), usable(session, mailbox)]);
      if (held.status === 'fulfilled') lease = held.value;
      session = opened.status === 'fulfilled' ? opened.value : null;
      if (opened.status === 'rejected') throw opened.reason;
      if (held.status === 'rejected') throw held.reason;
      busy.add(opened.value);
      return await piece({ mailbox, session: opened.value, lease: held.value });
    } catch (error) {
      // Before it is closed: a connection that we end says nothing of the server.
      const failure = isOfServer(error, session) ? toMailboxError(error, mailbox, config) : error;
      // Whatever state the connection is in after a failure, the next work starts on one of its own.
      session?.close();
      throw failure;
    } finally {
      if (session !== null) busy.delete(session);
      giveBack(mailbox, session?.client.usable === true ? session : null);
      await lease?.release();
    }
  }

  return {
    use(mailbox, piece, { background = false } = {}) {
      const queue = background ? waiting.background : waiting.urgent;
      const before = turns.get(mailbox) ?? Promise.resolve();
      const mine = before.then(() => work(mailbox, queue, piece));
      const settled = mine.catch(() => undefined);
      turns.set(mailbox, settled);
      void settled.then(() => {
        if (turns.get(mailbox) === settled) turns.delete(mailbox);
      });
      return mine;
    },
    async close() {
      for (const { session, timer } of idle.values()) {
        clearTimeout(timer);
        await closeSession(session);
      }
      idle.clear();
      for (const session of busy) session.close();
    },
  };
}
