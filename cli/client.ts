import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** As long as the longest list takes as CSV, in milliseconds. */
export const EXPORT_MS = 10 * 60 * 1000;

/** The server said no (`status`), or did not answer (0); the message is one line for a person. */
export class ApiError extends Error {
  readonly status: number;
  constructor(status: number, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'ApiError';
    this.status = status;
  }
}

export interface Client {
  readonly url: string;
  /** One call, answered or {@link ApiError}. */
  call<T>(method: Method, path: string, options?: CallOptions): Promise<Reply<T>>;
  /** The same server with another token. */
  as(token: string): Client;
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface CallOptions {
  readonly body?: unknown;
  readonly raw?: { readonly bytes: Uint8Array; readonly type: string };
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the call, and the pauses between its attempts. */
  readonly signal?: AbortSignal | undefined;
  /** For a call that takes longer than others. */
  readonly timeLimitMs?: number;
  /** Asks once, whatever the answer: what is asked for has been tried by then. */
  readonly once?: boolean;
}

export interface Reply<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly data: T;
  readonly bytes: Uint8Array;
}

export interface ClientOptions {
  readonly timeLimitMs?: number;
  readonly attempts?: number;
  readonly pause?: (ms: number) => Promise<void>;
}

const TIME_LIMIT_MS = 60_000;
const ATTEMPTS = 5;
const LONGEST_PAUSE_S = 10;
/** The server is busy or its database away: the same call may succeed a little later. */
const PASSING = [429, 503];

/**
 * A client of the REST API: every call has a time limit, and 429 and 503 are repeated, a few times, after the pause
 * that they ask for. A POST that is repeated carries the same `Idempotency-Key`, so that it happens once.
 */
export function createClient(url: string, token: string, options: ClientOptions = {}): Client {
  const { timeLimitMs = TIME_LIMIT_MS, attempts = ATTEMPTS, pause = sleep } = options;
  return {
    url,
    as: (other) => createClient(url, other, options),
    async call<T>(method: Method, path: string, given: CallOptions = {}): Promise<Reply<T>> {
      const { body, raw, headers, signal, once = false } = given;
      const init = {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(method === 'POST' ? { 'idempotency-key': randomUUID() } : {}),
          ...(raw === undefined ? {} : { 'content-type': raw.type }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(raw === undefined ? {} : { body: raw.bytes as Uint8Array<ArrayBuffer> }),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      };
      for (let attempt = 1; ; attempt++) {
        const limit = AbortSignal.timeout(given.timeLimitMs ?? timeLimitMs);
        const reply = await send(`${url}/api/v1${path}`, {
          ...init,
          signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
        });
        if (!once && PASSING.includes(reply.status) && attempt < attempts) {
          await pause(pauseOf(reply.headers) * 1000);
          signal?.throwIfAborted();
          continue;
        }
        return answerOf<T>(reply);
      }
    },
  };
}

interface RawReply {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
}

async function send(url: string, init: RequestInit): Promise<RawReply> {
  try {
    const response = await fetch(url, init);
    return {
      status: response.status,
      headers: response.headers,
      bytes: new Uint8Array(await response.arrayBuffer()),
    };
  } catch (error) {
    const { origin } = new URL(url);
    const { name } = error as Error;
    if (name === 'TimeoutError') throw new ApiError(0, `${origin} did not answer in time`, { cause: error });
    if (name === 'TypeError')
      throw new ApiError(0, `${origin} does not answer: is Clawback running there? (npm start)`, { cause: error });
    throw error;
  }
}

/** What the server asks to wait, in seconds, within bounds; one where it names none. */
function pauseOf(headers: Headers): number {
  const asked = Number(headers.get('retry-after') ?? '1');
  return Number.isFinite(asked) && asked >= 0 ? Math.min(asked, LONGEST_PAUSE_S) : 1;
}

function answerOf<T>({ status, headers, bytes }: RawReply): Reply<T> {
  const isJson = (headers.get('content-type') ?? '').includes('json');
  const data: unknown = isJson ? jsonOf(bytes) : undefined;
  if (status >= 400) throw new ApiError(status, problemLine(status, data));
  return { status, headers, data: data as T, bytes };
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as unknown;
  } catch (error) {
    throw new ApiError(0, 'The server answered with JSON that is broken', { cause: error });
  }
}

interface ProblemDocument {
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

/** An `application/problem+json` answer as one line: what is wrong, then each field. */
export function problemLine(status: number, data: unknown): string {
  const { title, detail, errors = [] } = (data ?? {}) as ProblemDocument;
  const line = detail ?? title ?? `The server answered ${status}`;
  // The detail of a bad request names the fields already.
  const fields = errors.flatMap(({ path, message }) => (line.includes(message) ? [] : `${path} ${message}`)).join('; ');
  return `${line}${fields === '' ? '' : ` (${fields})`}`;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The client that the environment names: `CLAWBACK_URL`, `CLAWBACK_TOKEN` or `_FILE`, else the local server's. */
export function clientFromEnvironment(env: NodeJS.ProcessEnv = process.env): Client {
  const given = (name: string): string | undefined => env[name] || undefined;
  const scheme = given('CLAWBACK_TLS_CERT') === undefined ? 'http' : 'https';
  const local = `${scheme}://127.0.0.1:${given('CLAWBACK_PORT') ?? '3000'}`;
  const url = (given('CLAWBACK_URL') ?? local).replace(/\/+$/, '');
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw new ApiError(0, `CLAWBACK_URL: ${url} is not an http or https address`);
  }
  const file = given('CLAWBACK_TOKEN_FILE') ?? join(given('CLAWBACK_DATA_DIR') ?? '.clawback', 'admin-token');
  return createClient(url, given('CLAWBACK_TOKEN') ?? tokenIn(file));
}

function tokenIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new ApiError(
      0,
      `No token: set CLAWBACK_TOKEN or CLAWBACK_TOKEN_FILE, or start the server on this machine (${file} cannot be read)`,
      { cause: error },
    );
  }
}
