import { newId } from '../../store/collection';
import { type DovecotLayout } from '../../embedded/dovecot-config';
import { mailsOf } from '../../embedded/dovecot-user';
import { createProviders, registerMailboxes } from '../../cli/providers';
import { actAs, describeWithDovecot, startTestDovecot } from '../support/dovecot';
import { freshStore } from '../support/harness';
import { imapConfig } from '../support/imap-mailboxes';
import { sha256 } from '../support/mail';
import { mailboxProviderContract, type ProviderUnderTest } from './mailbox-provider';

const NAMES = ['ann', 'bob', 'free', 'held', 'days', 'changes'].map((name) => `${name}@corp.example`);

const YEAR = { days: 365, intervalSeconds: 3600, idle: [] } as const;

/** The folders of the contract, as a user's own program names them. */
const PATHS: Readonly<Record<string, string>> = { inbox: 'INBOX', junkemail: 'Junk', archive: 'Archive' };

async function create(layout: DovecotLayout, prefix: string): Promise<ProviderUnderTest> {
  const server = await startTestDovecot({ layout, prefix });
  const { store } = await freshStore();
  const clock = (): Date => new Date();
  const retention = (days: number) => ({ folder: ['Clawback Recoverable'], retentionDays: days, expunge: false });
  const configs = [
    imapConfig(
      server.port,
      NAMES.filter((name) => !name.startsWith('days')),
      { index: YEAR },
    ),
    imapConfig(server.port, ['days@corp.example'], { name: 'short', recoverable: retention(21), index: YEAR }),
  ];
  const providers = createProviders(configs, { store, env: process.env, clock });
  await registerMailboxes(configs, { store, clock });
  const index = async (): Promise<void> => {
    for (const upkeep of providers.imap) await upkeep.index(0);
  };
  const separator = layout === 'maildir++' ? '.' : '/';
  const pathOf = (folder: string): string =>
    folder === 'inbox' ? 'INBOX' : `${prefix}${(PATHS[folder] ?? folder).split('/').join(separator)}`;
  const known = async (messageId: string) => {
    const message = await store.messages.byId(messageId);
    if (message === null) throw new Error(`There is no message ${messageId}`);
    return message;
  };
  /** Where the message is for its user, whatever the index says: every folder is searched for its bytes. */
  const find = async (messageId: string) => {
    const message = await known(messageId);
    return actAs(server.port, message.mailbox, async (client) => {
      for await (const { source, ...found } of mailsOf(client)) {
        if (sha256(source) === message.sha256) return found;
      }
      return null;
    });
  };
  return {
    provider: providers.provider,
    async deliver({ mailbox, folder, flags, receivedAt, raw }) {
      await actAs(server.port, mailbox, async (client) => {
        const path = pathOf(folder);
        if (folder !== 'inbox') await client.mailboxCreate(path).catch(() => undefined);
        await client.append(path, Buffer.from(raw), [...flags], receivedAt);
      });
      await index();
      const found = await store.messages.collection.findOne({ mailbox, sha256: sha256(raw) });
      if (found === null) throw new Error('The mail was not indexed');
      return found._id;
    },
    async userMove(messageId, folder) {
      const at = await find(messageId);
      await actAs(server.port, (await known(messageId)).mailbox, async (client) => {
        await client.mailboxOpen(at?.path ?? '');
        await client.messageMove(String(at?.uid ?? 0), pathOf(folder), { uid: true });
      });
    },
    async show(messageId) {
      const at = await find(messageId);
      if (at === null) return { folder: 'recoverableitemspurges', flags: [], receivedAt: new Date(0) };
      const own = at.path.startsWith(prefix) ? at.path.slice(prefix.length) : at.path;
      const named = Object.keys(PATHS).find((folder) => pathOf(folder) === at.path);
      const folder =
        own === 'Clawback Recoverable' ? 'recoverableitemsdeletions' : (named ?? own.split(separator).join('/'));
      return { folder, flags: at.flags, receivedAt: at.receivedAt };
    },
    // In the configuration: no mailbox of a server says how long it keeps mail.
    setRetention: () => Promise.resolve(),
    async setHold(mailbox, on) {
      const hold = on ? { reason: 'litigation', reference: 'case 1' } : null;
      await store.mailboxes.collection.updateOne({ _id: mailbox }, { $set: { hold } });
    },
    newAction: () => Promise.resolve(newId()),
    async close() {
      await providers.close();
      await store.connection.dropDatabase();
      await store.close();
      await server.remove();
    },
  };
}

describeWithDovecot('on Dovecot', () => {
  mailboxProviderContract('Maildir++', () => create('maildir++', ''));
  mailboxProviderContract('Maildir++ under INBOX', () => create('maildir++', 'INBOX.'));
  mailboxProviderContract('Maildir with the layout of the file system', () => create('maildir-fs', ''));
  mailboxProviderContract('sdbox', () => create('sdbox', ''));
});
