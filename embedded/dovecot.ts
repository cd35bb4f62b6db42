import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DovecotOptions, type DovecotRun, dovecotConfig, oauth2Config } from './dovecot-config';
import { checkReachable, mailOwner } from './dovecot-owner';
import { freePort } from './servers';

export interface RunningDovecot {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly pid: number;
  readonly dir: string;
  readonly logFile: string;
  /** Ends the server that was started here with the sessions at it, and no other. */
  stop(): Promise<void>;
}

const PLACES = ['/usr/sbin', '/usr/local/sbin', '/usr/bin', '/usr/local/bin'];
const START_MS = 20_000;
const STOP_MS = 10_000;
const LOOK_MS = 50;
const GREETING_MS = 1_000;
/** A free port may be somebody else's a moment later. */
const ATTEMPTS = 3;
/** The path of a UNIX socket has at most 107 bytes, and the longest name below the folder is `token-login/imap-urlauth`. */
const BASE_DIR_BYTES = 80;

/** The Dovecot of this machine; `null` where there is none. */
export function findDovecot(): string | null {
  return findProgram('dovecot');
}

function findProgram(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(':'), ...PLACES];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file)) ?? null;
}

/**
 * Starts a Dovecot of its own on a loopback port, with everything that it writes in one folder; resolves once it greets.
 * Any user name signs in with the password. It ends with the process that started it, however that ends. Throws with the
 * last lines of its log where it does not come up, and where its processes could not enter the folder.
 */
export async function startDovecot(options: DovecotOptions): Promise<RunningDovecot> {
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort(0));
    try {
      return await startOn(port, options);
    } catch (error) {
      const taken = String(error).includes('Address already in use');
      if (options.port !== undefined || !taken || attempt === ATTEMPTS) throw error;
    }
  }
}

async function startOn(port: number, options: DovecotOptions): Promise<RunningDovecot> {
  const binary = findDovecot();
  if (binary === null) throw new Error('Dovecot is needed: install dovecot-imapd (apt-get install dovecot-imapd)');
  const { dir } = options;
  const base = baseDirOf(dir);
  const run: DovecotRun = { port, owner: mailOwner(), baseDir: base.path, token: randomUUID() };
  const logFile = join(dir, 'log');
  const logged = existsSync(logFile) ? readFileSync(logFile).length : 0;
  const file = prepare(options, run);
  const child = spawnBound(binary, ['-F', '-c', file]);
  const failures: Error[] = [];
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      failures.push(error);
      resolve();
    });
  });
  const stop = async (): Promise<void> => {
    await end(child, ended);
    base.remove();
  };
  const isOver = (): boolean => failures.length > 0 || child.exitCode !== null || child.signalCode !== null;
  if (!(await comesUp(run, isOver))) {
    await stop();
    const why = failures[0]?.message ?? lastLines(logFile, logged);
    throw new Error(`Dovecot did not start on port ${port}, see ${logFile}: ${why}`);
  }
  return { host: '127.0.0.1', port, pid: child.pid ?? 0, dir, logFile, stop };
}

/** Writes its configuration, and answers where. */
function prepare(options: DovecotOptions, run: DovecotRun): string {
  const { dir, introspectionUrl, introspectionMode } = options;
  for (const folder of [dir, join(dir, 'mail')]) mkdirSync(folder, { recursive: true });
  chmodSync(dir, 0o755);
  if (process.getuid?.() === 0) checkReachable(dir, run.owner);
  chownSync(join(dir, 'mail'), run.owner.uid, run.owner.gid);
  const file = join(dir, 'dovecot.conf');
  writeFileSync(file, dovecotConfig(options, run), { mode: 0o644 });
  if (introspectionUrl !== undefined) {
    writeFileSync(join(dir, 'oauth2.conf'), oauth2Config(introspectionUrl, introspectionMode), { mode: 0o644 });
  }
  return file;
}

/** Its sockets are in its own folder, or in one with a short name where that has a long one. */
function baseDirOf(dir: string): { readonly path: string; remove(): void } {
  const own = join(dir, 'run');
  if (Buffer.byteLength(own) <= BASE_DIR_BYTES) return { path: own, remove: () => undefined };
  const path = mkdtempSync(join(tmpdir(), 'cb-dv-run-'));
  chmodSync(path, 0o755);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/**
 * Linux ends it with us, where `setpriv` (util-linux) is there to ask for that: a test that is killed leaves none. It
 * leads a process group of its own, by which {@link end} reaches its sessions.
 */
function spawnBound(binary: string, args: readonly string[]): ChildProcess {
  const options = { stdio: 'ignore', detached: true } as const;
  const setpriv = findProgram('setpriv');
  return setpriv === null
    ? spawn(binary, args, options)
    : spawn(setpriv, ['--pdeathsig', 'TERM', binary, ...args], options);
}

/** Who is signed in is cut off too: by itself Dovecot would serve such a session on, by its old configuration. */
async function end(child: ChildProcess, ended: Promise<void>): Promise<void> {
  const signal = (name: 'SIGTERM' | 'SIGKILL'): void => {
    const { pid, exitCode, signalCode } = child;
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, name);
  };
  signal('SIGTERM');
  const force = setTimeout(() => signal('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(force);
}

async function comesUp({ port, token }: DovecotRun, isOver: () => boolean): Promise<boolean> {
  for (const deadline = Date.now() + START_MS; !isOver() && Date.now() < deadline;) {
    if (await greets(port, token)) return true;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return false;
}

function greets(port: number, token: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const answer = (said: boolean): void => {
      socket.destroy();
      resolve(said);
    };
    let heard = '';
    socket.setTimeout(GREETING_MS, () => answer(false));
    socket.once('error', () => answer(false));
    socket.once('close', () => answer(false));
    socket.on('data', (data) => {
      heard += data.toString();
      // Before it is ready it may say that it waits.
      if (heard.includes(token)) answer(true);
    });
  });
}

/** Of this start: the log goes on over several. */
function lastLines(file: string, from: number): string {
  const text = existsSync(file) ? readFileSync(file).subarray(from).toString().trimEnd() : '';
  return text === '' ? 'it wrote no log' : text.split('\n').slice(-5).join(' | ');
}
