import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImapFlow } from 'imapflow';
import { findDovecot, type RunningDovecot, startDovecot } from '../../embedded/dovecot';
import { type DovecotOptions } from '../../embedded/dovecot-config';

export const PASSWORD = 'every-user';
export const MASTER = { user: 'clawback', password: 'the-master' } as const;

/** A server for tests, on a folder of its own, that can be stopped and started again with the mail that it has. */
export interface TestDovecot {
  readonly port: number;
  readonly dir: string;
  stop(): Promise<void>;
  start(changed?: Partial<DovecotOptions>): Promise<void>;
  /** Ends it, and removes its mail. */
  remove(): Promise<void>;
}

/** Tests that need Dovecot: skipped where there is none, with a word on how to get it; in CI that is a failure. */
export function describeWithDovecot(name: string, tests: () => void): void {
  if (hasDovecot()) {
    describe(name, tests);
    return;
  }
  if (process.env['CI'] === 'true')
    throw new Error('Dovecot is needed and could not be installed: apt-get install dovecot-imapd');
  process.stderr.write(
    `Skipped, since Dovecot is missing: ${name}. Install dovecot-imapd, or set CLAWBACK_TEST_INSTALL=1\n`,
  );
  describe.skip(name, tests);
}

/** Only where it is asked for, or in CI, does a test change the machine. */
function hasDovecot(): boolean {
  if (findDovecot() !== null) return true;
  if (process.env['CI'] !== 'true' && process.env['CLAWBACK_TEST_INSTALL'] !== '1') return false;
  const run = (file: string, args: readonly string[]): void => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    execFileSync(file, args, { stdio: 'ignore', timeout: 300_000, env });
  };
  try {
    run('apt-get', ['update']);
    // Several test files may come to this at the same time: apt waits for its lock.
    run('apt-get', ['install', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=240', 'dovecot-imapd']);
  } catch {
    return findDovecot() !== null;
  }
  return findDovecot() !== null;
}

export async function startTestDovecot(options: Partial<DovecotOptions> = {}): Promise<TestDovecot> {
  const dir = mkdtempSync(join(tmpdir(), 'cb-dv-'));
  const port = await freePort();
  const all: DovecotOptions = { layout: 'maildir++', password: PASSWORD, master: MASTER, ...options, dir, port };
  let running: RunningDovecot | null = await startDovecot(all);
  const stop = async (): Promise<void> => {
    await running?.stop();
    running = null;
  };
  return {
    port,
    dir,
    stop,
    async start(changed = {}) {
      running = await startDovecot({ ...all, ...changed, dir, port });
    },
    async remove() {
      await stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Signed in as the mailbox's own user, as any mail program does. */
export async function asUser(port: number, address: string): Promise<ImapFlow> {
  const client = new ImapFlow({
    ...{ host: '127.0.0.1', port, secure: false, doSTARTTLS: false },
    ...{ auth: { user: address, pass: PASSWORD }, logger: false, disableAutoIdle: true },
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Does something as a mailbox's own user, and signs out. */
export async function actAs<T>(port: number, address: string, act: (client: ImapFlow) => Promise<T>): Promise<T> {
  const client = await asUser(port, address);
  try {
    return await act(client);
  } finally {
    await client.logout().catch(() => client.close());
  }
}

/** Everything that a mailbox holds: each folder with its messages in order, as another program would compare them. */
export async function contentsOf(port: number, address: string): Promise<Record<string, string[]>> {
  return actAs(port, address, async (client) => {
    const contents: Record<string, string[]> = {};
    for (const { path, flags: folder } of await client.list()) {
      if (folder.has('\\Noselect')) continue;
      const { exists } = await client.mailboxOpen(path, { readOnly: true });
      const found: string[] = [];
      if (exists > 0) {
        const query = { uid: true, flags: true, internalDate: true, source: true };
        for await (const { flags, internalDate, source } of client.fetch('1:*', query)) {
          const shown = [...(flags ?? [])].filter((flag) => flag !== '\\Recent').sort();
          found.push(JSON.stringify([shown, new Date(internalDate ?? 0), source?.toString('base64')]));
        }
      }
      if (found.length > 0) contents[path] = found.sort();
    }
    return contents;
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
