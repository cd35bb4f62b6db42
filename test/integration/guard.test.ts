import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServers } from '../../embedded/servers';
import { isAlive } from '../../embedded/processes';
import { type PidFile } from '../../embedded/pid-file';
import { until } from '../support/harness';
import { ANY_PORTS } from '../support/servers';

let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'clawback-guard-'));
});

afterEach(() => {
  rmSync(dataDir, { recursive: true, force: true });
});

function pids(): PidFile {
  return JSON.parse(readFileSync(join(dataDir, 'guard.json'), 'utf8')) as PidFile;
}

/** A process that starts the servers and does nothing more; ready when it says so. */
async function startParent(): Promise<ChildProcess> {
  const script = join(__dirname, '..', 'setup', 'parent.ts');
  const parent = spawn(process.execPath, ['--import', require.resolve('tsx'), script, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  await new Promise<void>((resolve, reject) => {
    parent.stdout.once('data', () => resolve());
    parent.once('exit', () => reject(new Error('The parent ended before its servers were up')));
  });
  return parent;
}

const TEN_SECONDS = 10_000;

test('ten seconds after a kill -9 of the main process none of its servers is left', async () => {
  const parent = await startParent();
  const { guard, servers } = pids();
  expect(servers).toHaveLength(2);
  parent.kill('SIGKILL');
  await until(() => [guard, ...servers].every((one) => !isAlive(one)), TEN_SECONDS);
  expect(existsSync(join(dataDir, 'guard.json'))).toBe(false);
});

test('servers that a killed guard left behind are ended by the next start; a living one is not disturbed', async () => {
  const parent = await startParent();
  const { guard, servers } = pids();
  const options = { ...ANY_PORTS, dataDir, log: () => undefined, searchAttributes: {} };
  await expect(startServers(options)).rejects.toThrow(/is in use by process \d+: stop that run first/);
  process.kill(guard.pid, 'SIGKILL');
  await until(() => !isAlive(guard));
  parent.kill('SIGKILL');
  expect(servers.every(isAlive)).toBe(true);
  const running = await startServers(options);
  expect(servers.some(isAlive)).toBe(false);
  await running.stop();
});
