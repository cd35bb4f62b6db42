import { inTurns } from '../../domain/in-turns';
import { type ImapConfig } from '../../mail/config';
import { type Campaign, campaignOf, parts } from './cases';
import { actAs, MASTER } from './dovecot';
import { type Harness, until } from './harness';
import { mail, sha256 } from './mail';

/** The configuration of mailboxes at a server for tests. The master's password is in the environment, as it must be. */
export function imapConfig(port: number, mailboxes: readonly string[], changed: Partial<ImapConfig> = {}): ImapConfig {
  process.env['TEST_MASTER_PASSWORD'] = MASTER.password;
  return {
    ...{ name: 'dovecot', type: 'imap', host: '127.0.0.1', port, tls: 'none', ca: null },
    auth: { method: 'master', user: MASTER.user, password: { env: 'TEST_MASTER_PASSWORD' } },
    mailboxes,
    recoverable: { folder: ['Clawback Recoverable'], retentionDays: 14, expunge: false },
    junk: { movesConfirmed: true },
    index: { days: 30, intervalSeconds: 3600, idle: [] },
    limits: { connections: 8 },
    ...changed,
  };
}

let campaigns = 0;

/** Puts a campaign into mailboxes at a server, as mail comes in there, and indexes them: one mail for each `[mailbox, path]`. */
export async function appendCampaign(
  { store, imap }: Pick<Harness, 'store' | 'imap'>,
  port: number,
  places: readonly (readonly [mailbox: string, path: string])[],
  { raw, flags = ['\\Flagged', '\\Seen', '$Work'] }: { raw?: (at: number) => Buffer; flags?: readonly string[] } = {},
): Promise<Campaign> {
  const name = `imap-campaign-${campaigns++}`;
  const ids: string[] = [];
  const digests: [string, string][] = [];
  for (const [at, [mailbox, path]] of places.entries()) {
    const bytes = raw?.(at) ?? mail({ ...parts(name), id: `${name}-${at}`, to: mailbox });
    await actAs(port, mailbox, async (client) => {
      if (path !== 'INBOX') await client.mailboxCreate(path).catch(() => undefined);
      await client.append(path, bytes, [...flags], new Date(Date.now() - (at + 1) * 60_000));
    });
    digests.push([mailbox, sha256(bytes)]);
  }
  await indexAll({ imap });
  for (const [mailbox, digest] of digests) {
    const found = await store.messages.collection.find({ mailbox, sha256: digest }).sort({ _id: 1 }).toArray();
    ids.push(found.map(({ _id }) => _id).find((id) => !ids.includes(id)) ?? 'missing');
  }
  return campaignOf(name, ids);
}

/** Puts as many mails of one campaign into each mailbox, for cases where only the number counts. */
export async function appendCopies(
  port: number,
  mailboxes: readonly string[],
  inEach: number,
): Promise<Pick<Campaign, 'name' | 'file' | 'url'>> {
  const name = `imap-copies-${campaigns++}`;
  await inTurns(mailboxes, 8, (mailbox) =>
    actAs(port, mailbox, async (client) => {
      for (let at = 0; at < inEach; at++) {
        const raw = mail({ ...parts(name), id: `${name}-${mailbox}-${at}`, to: mailbox });
        await client.append('INBOX', raw, ['\\Seen'], new Date(Date.now() - 60_000));
      }
    }),
  );
  return campaignOf(name, []);
}

/** Waits for the round that a worker begins as soon as it starts. */
export async function firstRoundEnded({ client }: Pick<Harness, 'client'>): Promise<void> {
  const query = 'WorkflowType = "indexMailboxes" AND ExecutionStatus = "Completed"';
  await until(async () => (await client.workflow.count(query)).count > 0);
}

/** One round over all mailboxes, as the index has it every minute. */
export async function indexAll({ imap }: Pick<Harness, 'imap'>): Promise<void> {
  for (const provider of imap) {
    for (let batch = 0; batch < provider.batches; batch++) await provider.index(batch);
  }
}
