import { createProviders, type Providers, registerMailboxes } from '../../cli/providers';
import { type DovecotOptions } from '../../embedded/dovecot-config';
import { type ImapConfig } from '../../mail/config';
import { type ImapDeps } from '../../mail/imap/create';
import { type MessageRef, type RestoreRef } from '../../mail/provider';
import { newId } from '../../store/collection';
import { createImapIndex } from '../../store/imap-index';
import { type Store } from '../../store/store';
import { contentsOf, startTestDovecot, type TestDovecot } from './dovecot';
import { freshStore } from './harness';
import { imapConfig } from './imap-mailboxes';
import { type RewritingProxy, startRewritingProxy } from './rewriting-proxy';

export const ANN = 'ann@corp.example';
export const RECOVERABLE = 'Clawback Recoverable';
export const clock = (): Date => new Date();

/** A server, and mailboxes of it behind the port, by a way on which something else may be said than what was said. */
export interface Setting extends Providers {
  readonly server: TestDovecot;
  readonly proxy: RewritingProxy;
  readonly store: Store;
  readonly config: ImapConfig;
  end(): Promise<void>;
}

async function setting(options: Partial<DovecotOptions> = {}, changed: Partial<ImapConfig> = {}): Promise<Setting> {
  const server = await startTestDovecot(options);
  const proxy = await startRewritingProxy(server.port);
  const { store } = await freshStore();
  const config = imapConfig(proxy.port, [ANN], changed);
  const providers = createProviders([config], { store, env: process.env, clock });
  await registerMailboxes([config], { store, clock });
  return {
    ...{ ...providers, server, proxy, store, config },
    async end() {
      await providers.close();
      await proxy.close();
      await store.connection.dropDatabase();
      await store.close();
      await server.remove();
    },
  };
}

/** Runs a test against a server of its own with one mailbox, and ends all of it. */
export async function withSetting(
  test: (setting: Setting) => Promise<void>,
  options: Partial<DovecotOptions> = {},
  changed: Partial<ImapConfig> = {},
): Promise<void> {
  const made = await setting(options, changed);
  try {
    await test(made);
  } finally {
    await made.end();
  }
}

/** What messages are known by now. */
export async function refsOf({ store }: Pick<Setting, 'store'>, ids: readonly string[]): Promise<MessageRef[]> {
  const found = new Map((await store.messages.byIds(ids)).map((message) => [message._id, message]));
  return ids.map((messageId) => {
    const { folder = '', revision = -1 } = found.get(messageId) ?? {};
    return { messageId, mailbox: ANN, folder, revision };
  });
}

/** The same, to be put back into one folder. */
export async function refsBack(
  at: Pick<Setting, 'store'>,
  ids: readonly string[],
  toFolder = 'inbox',
): Promise<RestoreRef[]> {
  return (await refsOf(at, ids)).map((ref) => ({ ...ref, toFolder }));
}

/** What another worker of the setting's mailboxes works with. */
export function imapDeps({ store, config }: Pick<Setting, 'store' | 'config'>): ImapDeps {
  return {
    index: createImapIndex({ ...store, folders: store.imapFolders, provider: config.name }),
    ...{ folders: store.imapFolders, records: store.mailboxes, leases: store.leases, env: process.env, clock },
  };
}

/** Another worker of the setting's mailboxes, with connections of its own; it may be configured otherwise. */
export function anotherWorker(
  { store, config }: Pick<Setting, 'store' | 'config'>,
  changed: Partial<ImapConfig> = {},
  now: () => Date = clock,
): Providers {
  return createProviders([{ ...config, ...changed }], { store, env: process.env, clock: now });
}

/** A clock by which whatever is done takes so many milliseconds. */
export function slowClock(stepMs: number): () => Date {
  let now = Date.now();
  return () => new Date((now += stepMs));
}

/** How many mails each folder that has any holds at the server. */
export async function folders({ server }: Pick<Setting, 'server'>): Promise<Record<string, number>> {
  const contents = await contentsOf(server.port, ANN);
  return Object.fromEntries(Object.entries(contents).map(([path, found]) => [path, found.length]));
}

/** What the probe finds in the mailbox, by its code, and whether automation must not touch it for that. */
export async function findingsOf({ imap }: Pick<Setting, 'imap'>): Promise<Record<string, boolean>> {
  const report = await imap[0]?.check(ANN);
  return Object.fromEntries((report?.findings ?? []).map(({ code, unsafe }) => [code, unsafe]));
}

/** The act of a new job, now. */
export const stamp = () => ({ jobId: newId(), at: new Date() });
