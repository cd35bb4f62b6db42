import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ImapFlow } from 'imapflow';
import { readConfig } from '../api/config';
import { startApi } from '../api/main';
import { SEARCH_ATTRIBUTES } from '../domain/ids';
import { inTurns } from '../domain/in-turns';
import { startDovecot } from '../embedded/dovecot';
import { asUserOf, mailsOf } from '../embedded/dovecot-user';
import { campaignMail, EICAR_SHA256 } from '../embedded/sample/eicar';
import { startServers } from '../embedded/servers';
import { type ImapConfig } from '../mail/config';
import { allPages } from './all-pages';
import { auditToFile } from './audit-copy';
import { type Client, createClient } from './client';
import { compose, createLogger, ensureAdminToken } from './compose';
import { runMainJob } from './main-job';

const MAILBOXES = 200;
const CONNECTIONS = 8;
const INDEXED_MS = 10 * 60 * 1000;
const LOOK_MS = 500;
const DAY_MS = 24 * 60 * 60 * 1000;
const MASTER = 'clawback';

/**
 * The main job on a real IMAP server: starts a Dovecot, MongoDB and Temporal of its own in a temporary folder, fills 200
 * mailboxes by APPEND, indexes them, removes a campaign and puts it back, and compares every mailbox with before, byte
 * for byte, flag for flag and date for date. Touches no other server, and leaves nothing behind.
 */
export async function demoImap({ json = false, mailboxes = MAILBOXES }: DemoImapOptions): Promise<number> {
  const say = (line: string): void => {
    if (!json) process.stdout.write(`${line}\n`);
  };
  const dir = mkdtempSync(join(tmpdir(), 'clawback-demo-'));
  const stops: (() => Promise<void>)[] = [];
  try {
    const password = randomBytes(16).toString('hex');
    const mailDir = join(dir, 'dovecot');
    mkdirSync(mailDir);
    // Started by root, Dovecot's processes are other users: they have to come to their folder, and see no other.
    chmodSync(dir, 0o711);
    const dovecot = await startDovecot({
      ...{ layout: 'maildir++', dir: mailDir, password },
      master: { user: MASTER, password: `${password}-master` },
    });
    stops.push(() => dovecot.stop());
    const { port } = dovecot;
    const addresses = Array.from({ length: mailboxes }, (_, at) => `user${at + 1}@corp.example`);
    const own: Account = { port, password };
    await inTurns(addresses, CONNECTIONS, (address) => fill(own, address));
    const before = await fingerprints(own, addresses);
    say(`Dovecot on port ${port}: ${mailboxes} mailboxes with ${countOf(before)} mails, put there by APPEND`);

    const servers = await startServers({
      ...{ dataDir: join(dir, 'data'), log: () => undefined, searchAttributes: SEARCH_ATTRIBUTES },
      ...{ mongoPort: 0, temporalPort: 0, uiPort: 0 },
    });
    stops.push(() => servers.stop());
    const secret = join(dir, 'master-password');
    writeFileSync(secret, `${password}-master\n`, { mode: 0o600 });
    const environment = { CLAWBACK_DATA_DIR: join(dir, 'data'), CLAWBACK_PORT: '0' };
    const level = process.env['LOG_LEVEL'] ?? 'error';
    const config = { ...readConfig({ ...environment, LOG_LEVEL: level }), mail: [imapOf(port, secret, addresses)] };
    const logger = createLogger(config.logLevel);
    const composition = await compose(config, servers, logger, auditToFile(join(dir, 'data', 'audit.jsonl'), logger));
    stops.push(() => composition.close());
    const admin = await ensureAdminToken(composition.deps, config);
    const api = await startApi(composition.deps, config);
    stops.push(() => api.close());
    const worker = await composition.startWorker((error) => logger.error({ err: error }, 'The worker ended'));
    stops.push(() => worker.stop());
    const client = createClient(api.url, admin.secret);
    const started = Date.now();
    await indexed(client, mailboxes);
    say(`Every mailbox was probed with a test message and indexed, in ${Math.round((Date.now() - started) / 1000)} s`);

    const result = await runMainJob(client, { type: 'file', sha256: EICAR_SHA256 }, say);
    const after = await fingerprints(own, addresses);
    const same = addresses.filter((address) => before.get(address)?.print === after.get(address)?.print).length;
    say(`  ${same} of ${mailboxes} mailboxes are as before, byte for byte, flag for flag, date for date`);
    const ok = same === mailboxes && result.removed === mailboxes && result.restored === mailboxes;
    if (json) {
      const { investigation, removed, restored } = result;
      process.stdout.write(`${JSON.stringify({ ok, status: investigation.status, removed, restored, same })}\n`);
    }
    return ok ? 0 : 1;
  } finally {
    for (const stop of stops.reverse()) await stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

export interface DemoImapOptions {
  readonly json?: boolean;
  /** How many mailboxes; 200 by default. */
  readonly mailboxes?: number;
}

interface Account {
  readonly port: number;
  readonly password: string;
}

interface Mailbox {
  readonly mails: number;
  /** A digest of everything that is in it. */
  readonly print: string;
}

function imapOf(port: number, secret: string, mailboxes: readonly string[]): ImapConfig {
  return {
    ...{ name: 'dovecot', type: 'imap', host: '127.0.0.1', port, tls: 'none', ca: null, mailboxes },
    auth: { method: 'master', user: MASTER, password: { file: secret } },
    recoverable: { folder: ['Clawback Recoverable'], retentionDays: 14, expunge: false },
    junk: { movesConfirmed: true },
    index: { days: 30, intervalSeconds: 60, idle: [] },
    limits: { connections: CONNECTIONS },
  };
}

/** As the mailbox's own user. */
function actAs<T>({ port, password }: Account, address: string, act: (client: ImapFlow) => Promise<T>): Promise<T> {
  return asUserOf(port, { user: address, pass: password }, act);
}

/** One mail of the campaign, and two that are nobody's business. */
async function fill(account: Account, address: string): Promise<void> {
  const at = Number(/\d+/.exec(address)?.[0] ?? '0');
  await actAs(account, address, async (client) => {
    await client.mailboxCreate('Projects');
    const received = new Date(Date.now() - DAY_MS - at * 60_000);
    await client.append(at % 5 === 0 ? 'Junk' : 'INBOX', campaignMail(at, address), ['\\Seen', '$Work'], received);
    await client.append('INBOX', harmless(address, 'Lunch'), ['\\Answered', '\\Seen'], received);
    await client.append('Projects', harmless(address, 'Plan'), ['\\Flagged'], received);
  });
}

function harmless(address: string, subject: string): string {
  return [
    'From: Colleague <colleague@corp.example>',
    `To: <${address}>`,
    `Subject: ${subject}`,
    `Message-ID: <${subject}-${address}>`,
    '',
    'See you there.',
    '',
  ].join('\r\n');
}

async function fingerprints(account: Account, addresses: readonly string[]): Promise<ReadonlyMap<string, Mailbox>> {
  const found = await inTurns(
    addresses,
    CONNECTIONS,
    async (address) => [address, await look(account, address)] as const,
  );
  return new Map(found);
}

/** Reads a whole mailbox; a folder with nothing in it does not count: the recoverable one stays. */
function look(account: Account, address: string): Promise<Mailbox> {
  return actAs(account, address, async (client) => {
    const lines: string[] = [];
    for await (const { path, flags, receivedAt, source } of mailsOf(client)) {
      lines.push(JSON.stringify([path, flags, receivedAt, createHash('sha256').update(source).digest('hex')]));
    }
    return { mails: lines.length, print: createHash('sha256').update(lines.sort().join('\n')).digest('hex') };
  });
}

function countOf(mailboxes: ReadonlyMap<string, Mailbox>): number {
  return [...mailboxes.values()].reduce((total, { mails }) => total + mails, 0);
}

async function indexed(client: Client, mailboxes: number): Promise<void> {
  const deadline = Date.now() + INDEXED_MS;
  for (;;) {
    const items = await allPages<{ health: string; indexedAt: string | null }>(client, '/mailboxes');
    if (items.length === mailboxes && items.every(({ health, indexedAt }) => health === 'ok' && indexedAt !== null))
      return;
    if (Date.now() > deadline) throw new Error('The mailboxes were not indexed within ten minutes: see the log');
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
