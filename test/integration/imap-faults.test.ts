import { createImap } from '../../mail/imap/create';
import { type MailboxProvider } from '../../mail/provider';
import { createImapIndex } from '../../store/imap-index';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy';
import { actAs, describeWithDovecot } from '../support/dovecot';
import { parts } from '../support/cases';
import { appendCampaign, indexAll } from '../support/imap-mailboxes';
import { ANN, clock, folders, RECOVERABLE, refsOf, type Setting, stamp, withSetting } from '../support/imap-setting';
import { mail } from '../support/mail';

describeWithDovecot('a fault of ours', () => {
  test('is told as it is, and makes no mailbox unreachable', () =>
    withSetting(async (at) => {
      const { ids } = await appendCampaign(at, at.server.port, [[ANN, 'INBOX']]);
      await actAs(at.server.port, ANN, async (client) => {
        await client.mailboxCreate('Mine');
        await client.mailboxOpen('INBOX');
        await client.messageMove('1', 'Mine', { uid: true });
      });
      const fault = new TypeError('a fault of ours');
      const writing = jest.spyOn(at.store.messages.collection, 'bulkWrite').mockRejectedValue(fault);
      const refs = await refsOf(at, ids);
      await expect(at.provider.locate(refs)).rejects.toBe(fault);
      await expect(indexAll(at)).rejects.toBe(fault);
      expect((await at.store.mailboxes.byAddress(ANN))?.imap?.health).toBe('ok');
      writing.mockRestore();
      expect(await at.provider.locate(refs)).toMatchObject([{ folder: 'Mine' }]);
    }));
});

describeWithDovecot('two equal mails in one folder', () => {
  test('of which one is moved and the other deleted: one is found, the other is gone', () =>
    withSetting(async (at) => {
      const raw = mail({ ...parts('equal'), id: 'equal' });
      const places = [ANN, ANN].map((mailbox) => [mailbox, 'INBOX'] as const);
      const { ids } = await appendCampaign(at, at.server.port, places, { raw: () => raw });
      await actAs(at.server.port, ANN, async (client) => {
        await client.mailboxCreate('Mine');
        await client.mailboxOpen('INBOX');
        await client.messageMove('1', 'Mine', { uid: true });
        await client.messageDelete('2', { uid: true });
      });
      const seen = await at.provider.locate(await refsOf(at, ids));
      expect(seen.map(({ folder, unreachable }) => [folder, unreachable]).sort()).toEqual([
        ['Mine', undefined],
        ['recoverableitemspurges', undefined],
      ]);
    }));
});

describeWithDovecot('a command that takes too long', () => {
  /** Works over a proxy, where a command has 400 milliseconds. */
  async function inHaste(
    { server, store, config }: Setting,
    work: (provider: MailboxProvider, proxy: CuttingProxy) => Promise<void>,
  ): Promise<void> {
    const proxy = await startCuttingProxy(server.port);
    const hasty = createImap(
      { ...config, port: proxy.port },
      {
        index: createImapIndex({ ...store, folders: store.imapFolders, provider: config.name }),
        ...{ folders: store.imapFolders, records: store.mailboxes, leases: store.leases },
        ...{ env: process.env, clock, commandMs: 400 },
      },
    );
    try {
      await work(hasty.provider, proxy);
    } finally {
      await hasty.close();
      await proxy.close();
    }
  }

  test('is given up also where the server goes on saying that it is there, and the mailbox is free again', () =>
    withSetting(async (at) => {
      const { ids } = await appendCampaign(at, at.server.port, [[ANN, 'INBOX']]);
      const refs = await refsOf(at, ids);
      await inHaste(at, async (provider, proxy) => {
        proxy.talkAfter(/UID MOVE/);
        expect(await provider.softDelete(refs, stamp())).toMatchObject([
          { moved: false, error: 'unreachable', retryable: true },
        ]);
      });
      expect(await at.provider.softDelete(refs, stamp())).toMatchObject([{ moved: true }]);
      expect(await folders(at)).toEqual({ [RECOVERABLE]: 1 });
    }));

  test('is none where it brings a large mail over a slow line', () =>
    withSetting(async (at) => {
      const epilogue = 'as large as that\r\n'.repeat(30_000);
      const raw = Buffer.concat([mail({ ...parts('large'), id: 'large' }), Buffer.from(epilogue)]);
      const { ids } = await appendCampaign(at, at.server.port, [[ANN, 'INBOX']], { raw: () => raw });
      const [messageId = ''] = ids;
      await inHaste(at, async (provider, proxy) => {
        proxy.slow(true);
        const began = performance.now();
        expect(raw.equals((await provider.read({ messageId, mailbox: ANN })) ?? Buffer.of())).toBe(true);
        expect(performance.now() - began).toBeGreaterThan(800);
      });
    }));
});
