import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { answerJson, type FakeServer, serve } from '../cli/fake-server';

export const TOKEN = 'cb_a-detectors-token';

/** What an adapter sent. */
export interface Alert {
  readonly entities: readonly Readonly<Record<string, string>>[];
  readonly verdict?: string;
  readonly alert: Readonly<Record<string, string>>;
}

export interface Call {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly alert: Alert;
}

/** An answer of the API that is not the usual one: status, body, headers. */
export type Answer = readonly [status: number, body: unknown, headers?: Readonly<Record<string, string>>];

export interface FakeApi extends FakeServer {
  readonly calls: Call[];
  /** Taken before the usual answer, one for each call. */
  readonly answers: Answer[];
}

/** The API as an adapter sees it: takes every alert, and remembers it. */
export async function fakeApi(): Promise<FakeApi> {
  const calls: Call[] = [];
  const answers: Answer[] = [];
  const server = await serve((request, response, body) => {
    calls.push({ path: request.url ?? '', headers: request.headers, alert: JSON.parse(body.toString()) as Alert });
    const [status, data, headers] = answers.shift() ?? [202, { id: `id${calls.length}`, status: 'Starting' }];
    answerJson(response, status, data, headers);
  });
  return { ...server, calls, answers };
}

export interface AdapterRun {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs an adapter as a process of its own, with this on its standard input. */
export async function runAdapter(
  name: 'clamav' | 'misp' | 'rspamd',
  {
    args = [],
    input = '',
    env = {},
  }: { readonly args?: readonly string[]; readonly input?: string | Buffer; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<AdapterRun> {
  const script = join(__dirname, '..', '..', '..', 'examples', 'adapters', `${name}.mjs`);
  const child = spawn(process.execPath, [script, ...args], { env: { PATH: process.env['PATH'], ...env } });
  let out = '';
  let err = '';
  child.stdout.on('data', (piece: Buffer) => (out += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (err += piece.toString()));
  // An adapter that refuses need not have read everything.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}
