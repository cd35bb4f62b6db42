import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import mongoose from 'mongoose';
import { type GuardOrder, type GuardReport } from './guard';
import { cleanUpAfter, inUse } from './pid-file';
import { MONGOD, TEMPORAL } from './pins';
import { resolveBinary } from './resolve-binary';

const run = promisify(execFile);

export interface ServerOptions {
  readonly dataDir: string;
  readonly log: (line: string) => void;
  /** Ports that are wanted; a free one is taken where the port is in use. */
  readonly mongoPort?: number;
  readonly temporalPort?: number;
  readonly uiPort?: number;
  readonly searchAttributes: Readonly<Record<string, string>>;
  /** Parameters of mongod beside those that Clawback needs. */
  readonly mongodParameters?: Readonly<Record<string, string>>;
  /** Called when a server, or the guard itself, ends without having been asked to. */
  readonly onServerExit?: (name: string) => void;
}

export interface RunningServers {
  readonly mongoUri: string;
  readonly temporalAddress: string;
  readonly temporalUiUrl: string;
  readonly stop: () => Promise<void>;
}

const READY_MS = 60_000;
const LOOK_EVERY_MS = 100;
const COMMAND_MS = 10_000;
const RETENTION = '720h';

/**
 * Starts MongoDB (a replica set of one) and Temporal's dev server on loopback, owned by a guard process that ends them
 * when this process ends, however it does. Throws one clear line where a piece is missing or the folder is in use.
 */
export async function startServers(options: ServerOptions): Promise<RunningServers> {
  const dataDir = resolve(options.dataDir);
  for (const folder of [dataDir, join(dataDir, 'mongodb'), join(dataDir, 'logs')])
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(dataDir, 0o700);
  await cleanUpAfter(dataDir);
  options.log('Looking for MongoDB and Temporal (the first time they are downloaded)');
  const mongod = await resolveBinary(MONGOD);
  const temporal = await resolveBinary(TEMPORAL);
  const ports = {
    mongo: await freePort(options.mongoPort ?? 27117),
    temporal: await freePort(options.temporalPort ?? 7233),
    ui: await freePort(options.uiPort ?? 8233),
  };
  const guard = spawnGuard(dataDir);
  let phase: 'starting' | 'up' | 'stopping' = 'starting';
  const failed = new Promise<never>((_, reject) => {
    // Not `exit`: its last line may still be on the way then.
    guard.once('close', () => {
      if (phase === 'up') options.onServerExit?.('guard');
      reject(new Error(`The guard process ended: see ${join(dataDir, 'logs')}`));
    });
    listen(guard, (report) => {
      if (report.kind === 'refused') reject(new Error(inUse(dataDir, null)));
      if (report.kind !== 'exited') return;
      if (phase === 'up') options.onServerExit?.(report.name);
      reject(new Error(`${report.name} ended while starting: see ${join(dataDir, 'logs', `${report.name}.log`)}`));
    });
  });
  // Nobody waits for it once the servers are up.
  failed.catch(() => undefined);
  const order = orderOf(dataDir, { mongod, temporal }, ports, options);
  guard.stdin?.write(`${JSON.stringify(order)}\n`);
  const stop = (): Promise<void> => {
    phase = 'stopping';
    return stopGuard(guard);
  };
  try {
    await Promise.race([failed, Promise.all([readyMongo(ports.mongo), readyTemporal(temporal, ports.temporal)])]);
  } catch (error) {
    await stop();
    throw error;
  }
  phase = 'up';
  return {
    mongoUri: `mongodb://127.0.0.1:${ports.mongo}/?replicaSet=rs0`,
    temporalAddress: `127.0.0.1:${ports.temporal}`,
    temporalUiUrl: `http://127.0.0.1:${ports.ui}`,
    stop,
  };
}

function orderOf(
  dataDir: string,
  programs: { readonly mongod: string; readonly temporal: string },
  ports: { readonly mongo: number; readonly temporal: number; readonly ui: number },
  { searchAttributes, mongodParameters = {} }: Pick<ServerOptions, 'searchAttributes' | 'mongodParameters'>,
): GuardOrder {
  const logs = join(dataDir, 'logs');
  return {
    dataDir,
    servers: [
      {
        name: 'mongod',
        path: programs.mongod,
        logFile: join(logs, 'mongod.log'),
        args: [
          ...['--replSet', 'rs0', '--bind_ip', '127.0.0.1', '--port', String(ports.mongo)],
          ...['--dbpath', join(dataDir, 'mongodb'), '--wiredTigerCacheSizeGB', '1', '--nounixsocket', '--quiet'],
          // What a killed worker had locked in a transaction is free again after this time, not after a minute.
          ...['--setParameter', 'transactionLifetimeLimitSeconds=15'],
          ...Object.entries(mongodParameters).flatMap(([name, value]) => ['--setParameter', `${name}=${value}`]),
        ],
      },
      {
        name: 'temporal',
        path: programs.temporal,
        logFile: join(logs, 'temporal.log'),
        args: [
          ...[
            'server',
            'start-dev',
            '--ip',
            '127.0.0.1',
            '--port',
            String(ports.temporal),
            '--ui-port',
            String(ports.ui),
          ],
          ...['--db-filename', join(dataDir, 'temporal.db'), '--log-level', 'warn', '--ui-disable-news-fetch'],
          ...['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=normal'],
          ...[
            'history.transferProcessorMaxPollRPS=2000',
            'history.timerProcessorMaxPollRPS=2000',
            'frontend.namespaceRPS.visibility=100',
          ].flatMap((value) => ['--dynamic-config-value', value]),
          ...Object.entries(searchAttributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
        ],
      },
    ],
  };
}

/**
 * The guard as this program runs: compiled under `dist`, or from source by tsx in tests and benches. The data folder is
 * on its command line for whoever checks, a person or the next start, whose guard it is.
 */
function spawnGuard(dataDir: string): ChildProcess {
  const compiled = __filename.endsWith('.js');
  const script = join(__dirname, compiled ? 'guard.js' : 'guard.ts');
  const loader = compiled ? [] : ['--import', require.resolve('tsx')];
  return spawn(process.execPath, [...loader, script, dataDir], { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
}

function listen(guard: ChildProcess, onReport: (report: GuardReport) => void): void {
  if (guard.stdout === null) return;
  createInterface({ input: guard.stdout }).on('line', (line) => onReport(JSON.parse(line) as GuardReport));
}

/** Closing the pipe is the order to stop; the guard ends when its servers have. */
async function stopGuard(guard: ChildProcess): Promise<void> {
  if (guard.exitCode !== null || guard.signalCode !== null) return;
  const exited = new Promise((resolveExit) => guard.once('exit', resolveExit));
  guard.stdin?.end();
  await exited;
}

/** Answers when the mongod on this port is the primary of a replica set of its own. */
export async function readyMongo(port: number): Promise<void> {
  const client = new mongoose.mongo.MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, {
    serverSelectionTimeoutMS: READY_MS,
  });
  try {
    await client.connect();
    const admin = client.db('admin');
    try {
      await admin.command({
        replSetInitiate: { _id: 'rs0', members: [{ _id: 0, host: `127.0.0.1:${port}` }] },
      });
    } catch (error) {
      if ((error as { codeName?: string }).codeName !== 'AlreadyInitialized') throw error;
      await moveReplicaSet(admin, port);
    }
    await eventually(async () => (await admin.command({ hello: 1 }))['isWritablePrimary'] === true);
  } finally {
    await client.close();
  }
}

/** A data folder that was started on another port before still names that port in its replica set. */
async function moveReplicaSet(admin: mongoose.mongo.Db, port: number): Promise<void> {
  const { config } = (await admin.command({ replSetGetConfig: 1 })) as {
    config: { version: number; members: { host: string }[] };
  };
  const [member] = config.members;
  const host = `127.0.0.1:${port}`;
  if (member === undefined || member.host === host) return;
  member.host = host;
  config.version++;
  await admin.command({ replSetReconfig: config, force: true });
}

/** Answers when the Temporal server on this port takes calls and its default namespace is as it must be. */
export async function readyTemporal(temporal: string, port: number): Promise<void> {
  const at = ['--address', `127.0.0.1:${port}`];
  await eventually(async () => {
    const { stdout } = await run(temporal, ['operator', 'cluster', 'health', ...at], { timeout: COMMAND_MS });
    return stdout.includes('SERVING');
  });
  await eventually(async () => {
    await run(temporal, ['operator', 'namespace', 'update', '--retention', RETENTION, '-n', 'default', ...at], {
      timeout: COMMAND_MS,
    });
    return true;
  });
}

async function eventually(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + READY_MS;
  for (;;) {
    try {
      if (await condition()) return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    if (Date.now() > deadline) throw new Error('A server did not become ready within a minute');
    await new Promise((resolveWait) => setTimeout(resolveWait, LOOK_EVERY_MS));
  }
}

/** The wanted port where it is free, else any free one. */
/** The wanted port, else any that is free; 0 wants any. */
export async function freePort(wanted: number): Promise<number> {
  return (await tryPort(wanted)) ?? (await tryPort(0)) ?? wanted;
}

function tryPort(port: number): Promise<number | null> {
  return new Promise((resolvePort) => {
    const server = createServer();
    server.once('error', () => resolvePort(null));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolvePort(typeof address === 'object' && address !== null ? address.port : null));
    });
  });
}
