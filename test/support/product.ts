import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { type PidFile } from '../../embedded/pid-file';
import { type ProcessIdentity } from '../../embedded/processes';
import { type Client, createClient } from '../../cli/client';
import { until } from './harness';

const root = join(__dirname, '..', '..');
const main = join(root, 'dist', 'cli', 'main.js');

/** How a process ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
}

/** The built product as a user runs it: `clawback up` in a process of its own. */
export interface Product {
  readonly url: string;
  readonly docs: string;
  /** Calls with the first token, which has every role. */
  readonly client: Client;
  readonly tokenFile: string;
  /** The guard and the servers that this run owns. */
  readonly owned: readonly ProcessIdentity[];
  readonly mongoUri: string;
  readonly temporalAddress: string;
  /** Runs one command of the command line against it. */
  clawback(words: readonly string[], token?: string): Promise<Ended>;
  /** Runs a line of a shell as in a terminal in the project's folder. */
  shell(line: string): Promise<Ended>;
  /** Sends a signal to the main process alone, and waits for its end. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<Ended>;
}

/** The caller's environment without what belongs to Jest or names the servers of other tests. */
function plainEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const ours = Object.entries(process.env).filter(
    ([name]) => !/^(CLAWBACK_(?!CACHE_DIR)|MONGODB_URI|TEMPORAL_|NODE_OPTIONS|NODE_ENV|JEST_|npm_)/.test(name),
  );
  return { ...Object.fromEntries(ours), ...more };
}

/** Starts it on a data folder and any free port; answers when it says that it is up. `more` goes to its environment. */
export async function startProduct(dataDir: string, more: NodeJS.ProcessEnv = {}): Promise<Product> {
  const endTurn = await takeTurn();
  const child = spawn(process.execPath, [main, 'up', '--json', '--data', dataDir, '--port', '0'], {
    cwd: root,
    env: plainEnvironment(more),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = collect(child);
  const first = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended]).finally(endTurn);
  if (!Array.isArray(first)) throw new Error(`It ended before it was up: ${first.err}`);
  const said = JSON.parse(first[0] as string) as { api: string; docs: string; adminTokenFile: string };
  const { guard, servers } = JSON.parse(readFileSync(join(dataDir, 'guard.json'), 'utf8')) as PidFile;
  const token = readFileSync(said.adminTokenFile, 'utf8').trim();
  const environment = plainEnvironment({ CLAWBACK_URL: said.api, CLAWBACK_TOKEN: token });
  return {
    url: said.api,
    docs: said.docs,
    client: createClient(said.api, token),
    tokenFile: said.adminTokenFile,
    owned: [guard, ...servers],
    mongoUri: `mongodb://127.0.0.1:${portOf(servers, '--replSet')}/`,
    temporalAddress: `127.0.0.1:${portOf(servers, 'start-dev')}`,
    clawback: (words, other = token) =>
      collect(spawn(process.execPath, [main, ...words], { cwd: root, env: { ...environment, CLAWBACK_TOKEN: other } })),
    shell: (line) => collect(spawn('sh', ['-c', line], { cwd: root, env: environment })),
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

/** A socket that has no file: who has it is the only one on this machine, and when it dies nobody has it. */
const TURN = '\0clawback-tests-start-the-product';

/** One start at a time: two that look at the same moment both find the usual ports free, and only one gets them. */
async function takeTurn(): Promise<() => Promise<void>> {
  const turn = createServer();
  await until(
    () =>
      new Promise<boolean>((resolve) => {
        const refused = (): void => resolve(false);
        turn.once('error', refused).listen(TURN, () => {
          turn.off('error', refused);
          resolve(true);
        });
      }),
  );
  return () => new Promise((resolve) => turn.close(() => resolve()));
}

/** Runs one command of the command line that needs no server, or is not to come up. */
export function runClawback(words: readonly string[], environment: NodeJS.ProcessEnv): Promise<Ended> {
  return collect(spawn(process.execPath, [main, ...words], { cwd: root, env: plainEnvironment(environment) }));
}

/** Runs a few lines of code against the built product, as a program of its own. */
export function runCode(code: string, environment: NodeJS.ProcessEnv): Promise<Ended> {
  const child = spawn(process.execPath, ['-e', code], { cwd: join(root, 'dist'), env: plainEnvironment(environment) });
  return collect(child);
}

async function collect(child: ChildProcess): Promise<Ended> {
  let out = '';
  let err = '';
  child.stdout?.on('data', (piece: Buffer) => (out += piece.toString()));
  child.stderr?.on('data', (piece: Buffer) => (err += piece.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal, out, err };
}

/** Where the server listens that has such a word on its command line. */
function portOf(servers: readonly ProcessIdentity[], mark: string): string {
  for (const { pid } of servers) {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    if (words.includes(mark)) return words[words.indexOf('--port') + 1] ?? '';
  }
  throw new Error(`None of its servers was started with ${mark}`);
}
