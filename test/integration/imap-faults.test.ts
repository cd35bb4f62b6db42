import { actAs, describeWithDovecot } from '../support/dovecot';
import { parts } from '../support/cases';
import { appendCampaign, indexAll } from '../support/imap-mailboxes';
import { ANN, refsOf, withSetting } from '../support/imap-setting';
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
