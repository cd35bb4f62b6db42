import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The server said no; the message is one line for a person. */
export class ApiError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

export interface Client {
  readonly url: string;
  call<T>(method: string, path: string, options?: CallOptions): Promise<Reply<T>>;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly raw?: { readonly bytes: Uint8Array; readonly type: string };
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Reply<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly data: T;
  readonly bytes: Uint8Array;
}

const TIME_LIMIT_MS = 60_000;
const ATTEMPTS = 5;
const LONGEST_PAUSE_S = 10;

/** A client of the REST API: every call has a time limit, and 429 and 503 are repeated after the pause they ask for. */
export function createClient(url: string, token: string): Client {
  return {
    url,
    async call<T>(method: string, path: string, { body, raw, headers }: CallOptions = {}): Promise<Reply<T>> {
      for (let attempt = 1; ; attempt++) {
        const response = await send(`${url}/api/v1${path}`, {
          method,
          headers: {
            authorization: `Bearer ${token}`,
            ...(raw === undefined ? {} : { 'content-type': raw.type }),
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...headers,
          },
          ...(raw === undefined ? {} : { body: raw.bytes as Uint8Array<ArrayBuffer> }),
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          signal: AbortSignal.timeout(TIME_LIMIT_MS),
        });
        if ((response.status === 429 || response.status === 503) && attempt < ATTEMPTS) {
          const pause = Math.min(Number(response.headers.get('retry-after') ?? 1) || 1, LONGEST_PAUSE_S);
          await new Promise((resolve) => setTimeout(resolve, pause * 1000));
          continue;
        }
        const bytes = new Uint8Array(await response.arrayBuffer());
        const isJson = (response.headers.get('content-type') ?? '').includes('json');
        const data: unknown = isJson ? JSON.parse(Buffer.from(bytes).toString()) : undefined;
        if (!response.ok)
          throw new ApiError(response.status, (data as { detail?: string } | undefined)?.detail ?? response.statusText);
        return { status: response.status, headers: response.headers, data: data as T, bytes };
      }
    },
  };
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    throw new ApiError(
      0,
      `${new URL(url).origin} does not answer: is Clawback running? (npm start)${error instanceof Error && error.name === 'TimeoutError' ? ' It took too long' : ''}`,
    );
  }
}

/** The client that the environment names: `CLAWBACK_URL`, `CLAWBACK_TOKEN` or `_FILE`, else the local server's. */
export function clientFromEnvironment(env: NodeJS.ProcessEnv = process.env): Client {
  const url = (env['CLAWBACK_URL'] ?? `http://127.0.0.1:${env['CLAWBACK_PORT'] ?? '3000'}`).replace(/\/+$/, '');
  const file = env['CLAWBACK_TOKEN_FILE'] ?? join(env['CLAWBACK_DATA_DIR'] ?? '.clawback', 'admin-token');
  try {
    return createClient(url, env['CLAWBACK_TOKEN'] ?? readFileSync(file, 'utf8').trim());
  } catch {
    throw new ApiError(
      0,
      `No token: set CLAWBACK_TOKEN, or start the server on this machine first (${file} is not there)`,
    );
  }
}
