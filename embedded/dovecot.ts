import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { type DovecotOptions, dovecotConfig, type MailOwner, oauth2Config } from './dovecot-config';

export interface RunningDovecot {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly pid: number;
  readonly logFile: string;
  /** Ends the server that was started here, and no other. */
  stop(): Promise<void>;
}

const PLACES = ['/usr/sbin', '/usr/local/sbin', '/usr/bin', '/usr/local/bin'];
const START_MS = 20_000;
const STOP_MS = 10_000;
const LOOK_MS = 50;
/** Whose the mail is where root starts the server: Dovecot gives no mail to root. */
const UNPRIVILEGED = ['mail', 'nobody'];

/** The Dovecot of this machine; `null` where there is none. */
export function findDovecot(): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(':'), ...PLACES];
  return folders.map((folder) => join(folder, 'dovecot')).find((file) => existsSync(file)) ?? null;
}

/**
 * Starts a Dovecot of its own on a loopback port, with everything that it writes in one folder; resolves once it greets.
 * Any user name signs in with the password. Throws with the last lines of its log where it does not come up.
 */
export async function startDovecot(options: DovecotOptions): Promise<RunningDovecot> {
  const binary = findDovecot();
  if (binary === null) throw new Error('Dovecot is needed: install dovecot-imapd (apt-get install dovecot-imapd)');
  const { dir } = options;
  const owner = mailOwner();
  for (const folder of [dir, join(dir, 'mail')]) mkdirSync(folder, { recursive: true });
  chmodSync(dir, 0o755);
  chownSync(join(dir, 'mail'), owner.uid, owner.gid);
  const logFile = join(dir, 'log');
  const file = join(dir, 'dovecot.conf');
  writeFileSync(file, dovecotConfig(options, owner), { mode: 0o644 });
  if (options.introspectionUrl !== undefined) {
    writeFileSync(join(dir, 'oauth2.conf'), oauth2Config(options.introspectionUrl), { mode: 0o644 });
  }
  const child = spawn(binary, ['-F', '-c', file], { stdio: 'ignore', detached: false });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  try {
    await until(
      () => greets(options.port),
      () => child.exitCode !== null,
    );
  } catch (error) {
    await stop(child, ended);
    throw new Error(`Dovecot did not start: ${lastLines(logFile)}`, { cause: error });
  }
  return {
    ...{ host: '127.0.0.1', port: options.port, pid: child.pid ?? 0, logFile },
    stop: () => stop(child, ended),
  };
}

function mailOwner(): MailOwner {
  const { uid, gid, username } = userInfo();
  if (uid !== 0) return { name: username, uid, gid };
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of UNPRIVILEGED) {
    const [, , otherUid, otherGid] = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (otherUid !== undefined && otherGid !== undefined) return { name, uid: Number(otherUid), gid: Number(otherGid) };
  }
  throw new Error(`Dovecot is started as root and needs one of the users ${UNPRIVILEGED.join(', ')} for the mail`);
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(force);
}

async function until(condition: () => Promise<boolean>, isOver: () => boolean): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (!(await condition())) {
    if (isOver() || Date.now() > deadline) throw new Error('No greeting');
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const answer = (said: boolean): void => {
      socket.destroy();
      resolve(said);
    };
    socket.setTimeout(1_000, () => answer(false));
    socket.once('error', () => answer(false));
    socket.once('data', (data) => answer(data.toString().startsWith('* OK')));
  });
}

function lastLines(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-5).join(' | ') : 'it wrote no log';
}
