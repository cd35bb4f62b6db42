import { type Lease, type Leases } from '../../domain/imap';
import { type ImapConfig } from '../config';
import { MailboxError } from '../provider';
import { createGate } from './gate';
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
  /** The same, with something to be done first that needs the mailbox and no connection. */
  prepared<P, T>(
    mailbox: string,
    prepare: (lease: Lease) => Promise<P>,
    work: (box: Box, prepared: P) => Promise<T>,
  ): Promise<T>;
  close(): Promise<void>;
}

export interface PoolOptions {
  readonly config: ImapConfig;
  readonly leases: Leases;
  readonly open: (mailbox: string) => Promise<Session>;
}

/** Shorter than the silence after which a server is taken to be away. */
const IDLE_MS = 15_000;
/** With a connection, a lease is waited for so long. */
const PATIENCE_MS = 2_000;

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
  const gate = createGate(connections);
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

  /** Works over a connection that is free, with the lease that is given or one that is taken while we sign in. */
  async function work<T>(
    mailbox: string,
    queue: Waiting[],
    given: Lease | null,
    piece: (box: Box) => Promise<T>,
  ): Promise<T> {
    const kept = await place(mailbox, queue);
    let session: Session | null = null;
    let lease = given;
    try {
      // Both at once: who signs in changes nothing, and waits for nobody.
      const acquiring = given ?? leases.acquire(mailbox, PATIENCE_MS);
      const [held, opened] = await Promise.allSettled([acquiring, usable(kept, mailbox)]);
      if (held.status === 'fulfilled') lease = held.value;
      session = opened.status === 'fulfilled' ? opened.value : null;
      if (opened.status === 'rejected') throw opened.reason;
      if (held.status === 'rejected') throw held.reason;
      busy.add(opened.value);
      return await piece({ mailbox, session: opened.value, lease: held.value });
    } catch (error) {
      throw ended(error, session, mailbox);
    } finally {
      if (session !== null) busy.delete(session);
      giveBack(mailbox, session?.client.usable === true ? session : null);
      if (given === null) await lease?.release();
    }
  }

  /** The failure as the core knows it. Whatever state the connection is in after it, the next work starts on one of its own. */
  function ended(error: unknown, session: Session | null, mailbox: string): unknown {
    // Before it is closed: a connection that we end says nothing of the server.
    const failure = isOfServer(error, session) ? toMailboxError(error, mailbox, config) : error;
    session?.close();
    return failure;
  }

  /**
   * Works with a lease that is taken while we sign in. Where another worker has it for longer, that one may be waiting for
   * a connection, and those of it for mailboxes that wait for ours: so we go on waiting without one.
   */
  async function usedWork<T>(mailbox: string, queue: Waiting[], piece: (box: Box) => Promise<T>): Promise<T> {
    try {
      return await work(mailbox, queue, null, piece);
    } catch (error) {
      if (!isBusy(error)) throw error;
    }
    const lease = await leases.acquire(mailbox).catch((error: unknown) => {
      throw ended(error, null, mailbox);
    });
    try {
      return await work(mailbox, waiting.urgent, lease, piece);
    } finally {
      await lease.release();
    }
  }

  async function preparedWork<P, T>(
    mailbox: string,
    prepare: (lease: Lease) => Promise<P>,
    piece: (box: Box, prepared: P) => Promise<T>,
  ): Promise<T> {
    await gate.enter();
    try {
      const lease = await leases.acquire(mailbox);
      let intended: readonly string[] = [];
      try {
        const before = new Set(lease.begun);
        const prepared = await prepare(lease);
        intended = lease.begun.flatMap((one) => (before.has(one) ? [] : one.messages));
        return await work(mailbox, waiting.urgent, lease, (box) => {
          intended = [];
          return piece(box, prepared);
        });
      } finally {
        // The server was not asked for it: nobody need find out what became of it.
        lease.forget(intended);
        await lease.release();
      }
    } catch (error) {
      throw ended(error, null, mailbox);
    } finally {
      gate.leave();
    }
  }

  function inTurn<T>(mailbox: string, mine: () => Promise<T>): Promise<T> {
    const before = turns.get(mailbox) ?? Promise.resolve();
    const done = before.then(mine);
    const settled = done.catch(() => undefined);
    turns.set(mailbox, settled);
    void settled.then(() => {
      if (turns.get(mailbox) === settled) turns.delete(mailbox);
    });
    return done;
  }

  return {
    use: (mailbox, piece, { background = false } = {}) =>
      inTurn(mailbox, () => usedWork(mailbox, background ? waiting.background : waiting.urgent, piece)),
    prepared: (mailbox, prepare, piece) => inTurn(mailbox, () => preparedWork(mailbox, prepare, piece)),
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

/** Whether another worker has the mailbox: nothing was done with it, and nothing is known of its server. */
export function isBusy(error: unknown): boolean {
  return (
    error instanceof MailboxError && (error.cause as { readonly code?: unknown } | undefined)?.code === 'mailboxBusy'
  );
}
