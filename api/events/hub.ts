import { setTimeout as after } from 'node:timers/promises';
import { type Logger } from 'pino';
import { isDraft } from '../../domain/action';
import { type Change, type ChangeKind, HistoryLostError, type Step } from '../../store/changes';
import { type Store } from '../../store/store';
import { Problem } from '../problem';
import { createCoalescer } from './coalesce';
import { createDescriber } from './describe';
import { createHistory, type Frame } from './history';

/** Somebody who is told of changes: how to write to them, and what they may be told. */
export interface Client {
  write(text: string): void;
  /** Bytes that were written and have not left yet. */
  waiting(): number;
  end(): void;
  /** Which kinds they may be told of, asked again at each beat; `null` where they may not listen any more. */
  may(): Promise<ReadonlySet<ChangeKind> | null>;
}

export interface EventHub {
  /**
   * Tells a client of changes from now on, or of those after `lastEventId` too; where these are not known any more, says
   * `reset`. Throws {@link Problem} where there are too many clients, or MongoDB is away before the first one.
   */
  join(client: Client, kinds: ReadonlySet<ChangeKind>, lastEventId: string | undefined): Promise<void>;
  leave(client: Client): void;
  /** Ends every client and the stream. */
  close(): Promise<void>;
}

export interface HubOptions {
  readonly everyMs?: number;
  readonly beatMs?: number;
  /** How far back the stream begins, so that clients of a process that was started again can resume. */
  readonly keptMs?: number;
  readonly keptFrames?: number;
  readonly maxClients?: number;
  readonly maxWaitingBytes?: number;
}

const DEFAULTS = {
  everyMs: 500,
  beatMs: 15_000,
  keptMs: 60_000,
  keptFrames: 5_000,
  maxClients: 256,
  maxWaitingBytes: 256 * 1024,
} as const satisfies Required<HubOptions>;

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

interface Listening {
  kinds: ReadonlySet<ChangeKind>;
  /** What came before is not told. */
  readonly from: string;
}

/** One change stream for all clients of this process; it is opened with the first of them. */
export function createEventHub(
  { store, clock, logger }: { readonly store: Store; readonly clock: () => Date; readonly logger: Logger },
  options: HubOptions = {},
): EventHub {
  const { everyMs, beatMs, keptMs, keptFrames, maxClients, maxWaitingBytes } = { ...DEFAULTS, ...options };
  const clients = new Map<Client, Listening>();
  const history = createHistory(keptFrames);
  const closing = new AbortController();
  const describe = createDescriber(store, () => clients.size > 0);
  const coalescer = createCoalescer({
    ...{ everyMs, describe },
    tell({ kind, doc: { position } }, data) {
      const frame: Frame = { kind, position, data };
      history.add(frame);
      const text = textOf(frame, told());
      for (const [client, { kinds, from }] of clients) if (kinds.has(kind) && position > from) send(client, text);
    },
  });
  let latest = '';
  /** Where the stream was when it was first opened: older changes are for those who resume. */
  let opened = '';
  let started: Promise<void> | null = null;
  let running: Promise<void> = Promise.resolve();
  let beats: NodeJS.Timeout | undefined;
  const over = (): boolean => closing.signal.aborted;

  /** Everything up to there is told. */
  const told = (): string => coalescer.untoldAfter() ?? latest;

  function send(client: Client, text: string): void {
    client.write(text);
    if (client.waiting() <= maxWaitingBytes) return;
    // What it has not read is lost with the connection; it resumes where it was.
    logger.info('a client of the events reads too slowly: it is closed');
    drop(client);
  }

  function drop(client: Client): void {
    clients.delete(client);
    client.end();
  }

  async function start(): Promise<void> {
    opened = await store.changes.position();
    const kept = await store.changes.position(new Date(clock().getTime() - keptMs)).catch(lostMeans(opened));
    // Our clock may be ahead of MongoDB's: what happens from now on is told all the same.
    begin(kept < opened ? kept : opened);
    running = follow();
    beats = setInterval(() => void beat(), beatMs).unref();
  }

  function begin(position: string): void {
    coalescer.clear();
    history.begin(position);
    latest = position;
  }

  async function follow(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!over()) {
      const stream = store.changes.open(latest);
      const stop = (): void => void stream.close().catch(() => undefined);
      closing.signal.addEventListener('abort', stop);
      try {
        while (!over()) {
          take(await stream.next());
          if (pauseMs > FIRST_PAUSE_MS) logger.info('the stream of changes is back');
          pauseMs = FIRST_PAUSE_MS;
        }
      } catch (error) {
        closing.signal.removeEventListener('abort', stop);
        stop();
        if (over()) return;
        logger.warn({ err: error, againInMs: pauseMs }, 'the stream of changes failed: it is opened again');
        if (error instanceof HistoryLostError) await startOver();
        await after(pauseMs, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
    }
  }

  function take({ change, position }: Step): void {
    if (change !== null && !isHidden(change)) coalescer.take(change, latest);
    latest = position;
  }

  /** From now on: what came between is not known, and every client is told so. */
  async function startOver(): Promise<void> {
    const position = await store.changes.position().catch(() => null);
    if (position === null) return;
    begin(position);
    for (const client of clients.keys()) send(client, resetAt(position));
  }

  async function beat(): Promise<void> {
    for (const [client, listening] of clients) {
      send(client, `:\nid: ${told()}\n\n`);
      const kinds = await client.may().catch(() => listening.kinds);
      if (kinds === null) drop(client);
      else listening.kinds = kinds;
    }
  }

  return {
    async join(client, kinds, lastEventId) {
      started ??= start();
      try {
        await started;
      } catch (error) {
        started = null;
        throw error;
      }
      if (over()) throw new Problem('unavailable', 'The server is about to end');
      if (clients.size >= maxClients) {
        throw new Problem('too-many-requests', `There are ${maxClients} streams of events already`);
      }
      client.write('retry: 1000\n\n');
      if (lastEventId === undefined) {
        const from = latest > opened ? latest : opened;
        clients.set(client, { kinds, from });
        client.write(`id: ${told()}\n\n`);
        return;
      }
      const missed = history.since(lastEventId);
      clients.set(client, { kinds, from: missed === null ? latest : lastEventId });
      if (missed === null) {
        send(client, resetAt(told()));
        return;
      }
      for (const frame of missed) if (kinds.has(frame.kind)) send(client, textOf(frame, null));
      send(client, `id: ${told()}\n\n`);
    },
    leave(client) {
      clients.delete(client);
    },
    async close() {
      closing.abort();
      clearInterval(beats);
      coalescer.clear();
      for (const client of [...clients.keys()]) drop(client);
      await running;
    },
  };
}

/** An attempt's draft is nobody's yet; of all else is told what GET /actions shows. */
function isHidden({ kind, doc }: Change): boolean {
  return kind === 'action' && isDraft(doc);
}

/** An event without an id leaves the client's last one as it is. */
function textOf({ kind, data }: Frame, id: string | null): string {
  return `${id === null ? '' : `id: ${id}\n`}event: ${kind}\ndata: ${data}\n\n`;
}

function resetAt(position: string): string {
  return `id: ${position}\nevent: reset\ndata: {}\n\n`;
}

function lostMeans(position: string): (error: unknown) => string {
  return (error) => {
    if (error instanceof HistoryLostError) return position;
    throw error;
  };
}
