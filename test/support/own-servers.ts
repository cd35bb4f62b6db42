import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MONGOD, type Pin, TEMPORAL } from '../../embedded/pins';
import { freePort, readyMongo, readyTemporal } from '../../embedded/servers';
import { resolveBinary } from '../../embedded/resolve-binary';

/** A server of one test's own, which it may kill and start again on the same port and data. */
export interface OwnServer {
  readonly address: string;
  /** `kill -9`: nothing is written out that is not on disk. */
  kill(): Promise<void>;
  /** Starts it, also again; answers when it can be used. */
  start(): Promise<void>;
  /** Kills it for good and deletes its data. */
  remove(): Promise<void>;
}

export async function ownMongod(): Promise<OwnServer> {
  return ownServer(
    MONGOD,
    (folder, port) => [
      ...['--replSet', 'rs0', '--bind_ip', '127.0.0.1', '--port', String(port), '--dbpath', folder],
      ...['--wiredTigerCacheSizeGB', '0.5', '--nounixsocket', '--quiet'],
    ],
    (_, port) => readyMongo(port),
  );
}

/** `settings` are dynamic configuration, `key=value`. */
export async function ownTemporal(settings: readonly string[] = []): Promise<OwnServer> {
  return ownServer(
    TEMPORAL,
    (folder, port) => [
      ...['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(port)],
      ...['--db-filename', join(folder, 'temporal.db'), '--log-level', 'error'],
      ...['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=normal'],
      ...settings.flatMap((setting) => ['--dynamic-config-value', setting]),
    ],
    readyTemporal,
  );
}

async function ownServer(
  pin: Pin,
  args: (folder: string, port: number) => readonly string[],
  ready: (program: string, port: number) => Promise<void>,
): Promise<OwnServer> {
  const program = await resolveBinary(pin);
  const folder = mkdtempSync(join(tmpdir(), 'clawback-own-'));
  const port = await freePort(0);
  let child: ChildProcess | undefined;
  const server: OwnServer = {
    address: `127.0.0.1:${port}`,
    async start() {
      child = spawn(program, args(folder, port), { stdio: 'ignore' });
      await ready(program, port);
    },
    async kill() {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
    async remove() {
      await server.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return server;
}
