import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import mongoose from 'mongoose';
import { MONGOD, type Pin, TEMPORAL } from '../../embedded/pins';
import { resolveBinary } from '../../embedded/resolve-binary';
import { until } from './harness';

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

const SHORT_MS = 1_000;

export async function ownMongod(): Promise<OwnServer> {
  return ownServer(
    MONGOD,
    (folder, port) => [
      ...['--replSet', 'rs0', '--bind_ip', '127.0.0.1', '--port', String(port), '--dbpath', folder],
      ...['--wiredTigerCacheSizeGB', '0.5', '--nounixsocket', '--quiet'],
    ],
    isPrimary,
  );
}

export async function ownTemporal(): Promise<OwnServer> {
  return ownServer(
    TEMPORAL,
    (folder, port) => [
      ...['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(port)],
      ...['--db-filename', join(folder, 'temporal.db'), '--log-level', 'error'],
      ...['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=normal'],
      ...['--search-attribute', 'ClawbackStatus=Keyword', '--search-attribute', 'ClawbackMessageCount=Int'],
    ],
    answers,
  );
}

async function ownServer(
  pin: Pin,
  args: (folder: string, port: number) => readonly string[],
  ready: (port: number) => Promise<boolean>,
): Promise<OwnServer> {
  const program = await resolveBinary(pin);
  const folder = mkdtempSync(join(tmpdir(), 'clawback-own-'));
  const port = await freePort();
  let child: ChildProcess | undefined;
  const server: OwnServer = {
    address: `127.0.0.1:${port}`,
    async start() {
      child = spawn(program, args(folder, port), { stdio: 'ignore' });
      await until(() => ready(port).catch(() => false));
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

async function isPrimary(port: number): Promise<boolean> {
  const client = new mongoose.mongo.MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, {
    serverSelectionTimeoutMS: SHORT_MS,
  });
  try {
    await client.connect();
    const admin = client.db('admin');
    const member = { _id: 0, host: `127.0.0.1:${port}` };
    await admin.command({ replSetInitiate: { _id: 'rs0', members: [member] } }).catch(() => undefined);
    return (await admin.command({ hello: 1 }))['isWritablePrimary'] === true;
  } finally {
    await client.close();
  }
}

async function answers(port: number): Promise<boolean> {
  const address = `127.0.0.1:${port}`;
  // Without the client's own retries: one that is still due when the connection closes ends the whole process.
  const connection = await Connection.connect({ address, connectTimeout: SHORT_MS, interceptors: [] });
  await connection.workflowService.listNamespaces({}).finally(() => connection.close());
  return true;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
