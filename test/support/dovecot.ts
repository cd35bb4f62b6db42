import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type ImapFlow } from 'imapflow';
import { findDovecot, type RunningDovecot, startDovecot } from '../../embedded/dovecot';
import { type DovecotLayout, type DovecotOptions } from '../../embedded/dovecot-config';
import { asUserOf, mailsOf, signIn } from '../../embedded/dovecot-user';
import { describeWith } from './needed-program';

export const PASSWORD = 'every-user';
export const MASTER = { user: 'clawback', password: 'the-master' } as const;

/** A server for tests, on a folder of its own, that can be stopped and started again with the mail that it has. */
export interface TestDovecot {
  readonly port: number;
  readonly dir: string;
  readonly layout: DovecotLayout;
  stop(): Promise<void>;
  start(changed?: Partial<DovecotOptions>): Promise<void>;
  /** Ends it, and removes its mail. */
  remove(): Promise<void>;
}

/**
 * Tests that need Dovecot, or its Sieve plugins too: skipped where there is none, with a word on how to get it; in CI
 * that is a failure.
 */
export function describeWithDovecot(name: string, tests: () => void, { sieve = false } = {}): void {
  describeWith({ ...DOVECOT, isThere: sieve ? hasSieve : hasDovecot }, name, tests);
}

const SIEVE_PLUGIN = '/usr/lib/dovecot/modules/lib95_imap_sieve_plugin.so';
const DOVECOT = { name: 'Dovecot', packages: 'dovecot-imapd dovecot-sieve', file: SIEVE_PLUGIN } as const;

const hasDovecot = (): boolean => findDovecot() !== null;
const hasSieve = (): boolean => hasDovecot() && existsSync(SIEVE_PLUGIN);

/** Starts one for a test file, on a free port and in a temporary folder. */
export async function startTestDovecot(options: Partial<DovecotOptions> = {}): Promise<TestDovecot> {
  const dir = mkdtempSync(join(tmpdir(), 'cb-dv-'));
  const removeDir = (): void => rmSync(dir, { recursive: true, force: true });
  const all: DovecotOptions = { layout: 'maildir++', password: PASSWORD, master: MASTER, ...options, dir };
  let running: RunningDovecot | null = await startDovecot(all).catch((error: unknown) => {
    removeDir();
    throw error;
  });
  const { port } = running;
  const stop = async (): Promise<void> => {
    await running?.stop();
    running = null;
  };
  return {
    ...{ port, dir, layout: all.layout },
    stop,
    async start(changed = {}) {
      running = await startDovecot({ ...all, ...changed, dir, port });
    },
    async remove() {
      await stop();
      removeDir();
    },
  };
}

/** What happens where a server's own index of a mailbox is damaged: it is made anew, and counts changes from the start. */
export async function makeIndexAnew(server: TestDovecot, address: string): Promise<void> {
  await server.stop();
  const root = join(server.dir, 'mail', address);
  for (const name of readdirSync(root)) if (name.startsWith('dovecot.index')) rmSync(join(root, name));
  await server.start();
}

/** Folders have rights, and the master user has those of the mailbox's own user. */
export const WITH_RIGHTS: Partial<DovecotOptions> = {
  plugins: ['acl', 'imap_acl'],
  pluginLines: ['acl = vfile', 'acl_user = %u'],
};

/** Dovecot lets who fails to sign in wait longer and longer; here not at all. */
export const NO_PENALTY: Partial<DovecotOptions> = {
  extra: ['auth_failure_delay = 0', 'service anvil {', 'unix_listener anvil-auth-penalty {', 'mode = 0', '}', '}'],
};

/** A mailbox holds so much and no more, such as `storage=1K` or `messages=2`. */
export function withQuota(limit: string): Partial<DovecotOptions> {
  return {
    plugins: ['quota', 'imap_quota'],
    pluginLines: ['quota = count:User quota', 'quota_vsizes = yes', `quota_rule = *:${limit}`, 'quota_grace = 0%'],
  };
}

/** What is expunged is put into another folder; by default also at every move, and not only the last copy of a mail. */
export function withLazyExpunge(folder: string, { onlyLastInstance = false } = {}): Partial<DovecotOptions> {
  return {
    plugins: ['lazy_expunge'],
    pluginLines: [`lazy_expunge = ${folder}`, `lazy_expunge_only_last_instance = ${onlyLastInstance ? 'yes' : 'no'}`],
  };
}

/** Where the rights of a folder lie; its name in ASCII, its parts apart. */
function rightsFile({ dir, layout }: Pick<TestDovecot, 'dir' | 'layout'>, address: string, folder: readonly string[]) {
  const root = join(dir, 'mail', address);
  const inbox = folder.join('/') === 'INBOX';
  if (layout === 'sdbox') return join(root, 'mailboxes', ...folder, 'dbox-Mails', 'dovecot-acl');
  if (inbox) return join(root, 'dovecot-acl');
  return layout === 'maildir++'
    ? join(root, `.${folder.join('.')}`, 'dovecot-acl')
    : join(root, ...folder, 'dovecot-acl');
}

/**
 * Gives the owner of an existing folder these rights and no others, such as `lrwtsi`: all but taking away. A connection
 * that has looked at the folder before may know the rights of then for half a minute.
 */
export function setRights(
  server: Pick<TestDovecot, 'dir' | 'layout'>,
  address: string,
  folder: readonly string[],
  rights: string,
): void {
  writeFileSync(rightsFile(server, address, folder), `owner ${rights}\n`);
}

/** Signed in as the mailbox's own user, as any mail program does. */
export function asUser(port: number, user: string, pass = PASSWORD): Promise<ImapFlow> {
  return signIn(port, { user, pass });
}

/** Does something as a mailbox's own user, and signs out. */
export function actAs<T>(port: number, user: string, act: (client: ImapFlow) => Promise<T>): Promise<T> {
  return asUserOf(port, { user, pass: PASSWORD }, act);
}

export interface Appended {
  readonly uid: number;
  readonly uidValidity: bigint;
}

/** Puts a mail into a folder, as its user; answers where the server says that it is. */
export async function append(
  port: number,
  address: string,
  { folder = 'INBOX', raw, flags = [], date = new Date() }: AppendOptions,
): Promise<Appended> {
  const { uid, uidValidity } =
    (await actAs(port, address, (client) => client.append(folder, raw, [...flags], date))) || {};
  if (uid === undefined || uidValidity === undefined)
    throw new Error(`${folder} of ${address}: the server did not say where it put the mail`);
  return { uid, uidValidity };
}

export interface AppendOptions {
  readonly folder?: string;
  readonly raw: string | Buffer;
  readonly flags?: readonly string[];
  readonly date?: Date;
}

/**
 * Says commands to the server as they are, signed in as the mailbox's own user, and answers what it says to each, line by
 * line and without the tags: for what a library makes something else of.
 */
export async function converse(port: number, address: string, commands: readonly string[]): Promise<string[][]> {
  const socket = connect({ host: '127.0.0.1', port });
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  const lines: AsyncIterator<string, undefined> = createInterface({ input: socket })[Symbol.asyncIterator]();
  const until = async (isLast: (line: string) => boolean): Promise<string[]> => {
    const heard: string[] = [];
    for (;;) {
      const { value: line } = await lines.next();
      if (line === undefined) throw new Error(`The server ended the connection after ${heard.join(' | ')}`);
      heard.push(line);
      if (isLast(line)) return heard;
    }
  };
  try {
    await until((line) => line.endsWith('ready.'));
    const answers: string[][] = [];
    for (const command of [`LOGIN "${address}" "${PASSWORD}"`, ...commands]) {
      socket.write(`a ${command}\r\n`);
      answers.push((await until((line) => line.startsWith('a '))).map((line) => line.replace(/^(a|\*) /, '')));
    }
    return answers.slice(1);
  } finally {
    socket.destroy();
  }
}

/** Everything that a mailbox holds: each folder with its messages in order, as another program would compare them. */
export async function contentsOf(port: number, address: string): Promise<Record<string, string[]>> {
  return actAs(port, address, async (client) => {
    const contents: Record<string, string[]> = {};
    for await (const { path, flags, receivedAt, source } of mailsOf(client)) {
      (contents[path] ??= []).push(JSON.stringify([flags, receivedAt, source.toString('base64')]));
    }
    for (const found of Object.values(contents)) found.sort();
    return contents;
  });
}
