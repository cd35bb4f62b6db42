import { type RestoreRef } from '../../mail/provider';
import { actAs, contentsOf, describeWithDovecot } from '../support/dovecot';
import { appendCampaign, indexAll } from '../support/imap-mailboxes';
import { ANN, RECOVERABLE, refsOf, type Setting, stamp, withSetting } from '../support/imap-setting';

/** A mail that was removed, and to which somebody then gives other flags where it lies. */
async function removed(at: Setting): Promise<{
  readonly jobId: string;
  readonly before: unknown;
  readonly refs: () => Promise<RestoreRef[]>;
}> {
  const { ids } = await appendCampaign(at, at.server.port, [[ANN, 'INBOX']], { flags: ['\\Flagged', 'Work'] });
  const before = await contentsOf(at.server.port, ANN);
  const { jobId, at: when } = stamp();
  expect(await at.provider.softDelete(await refsOf(at, ids), { jobId, at: when })).toMatchObject([{ moved: true }]);
  await indexAll(at);
  await actAs(at.server.port, ANN, async (client) => {
    await client.mailboxOpen(RECOVERABLE);
    expect(await client.messageFlagsSet('1', ['\\Seen'])).toBe(true);
  });
  return {
    ...{ jobId, before },
    refs: async () => (await refsOf(at, ids)).map((ref) => ({ ...ref, toFolder: 'inbox' })),
  };
}

describeWithDovecot('a mail that has got other flags while it was removed', () => {
  test('has those of then when it is back, also where the index has seen the others', () =>
    withSetting(async (at) => {
      const { jobId, before, refs } = await removed(at);
      await indexAll(at);
      expect(await at.provider.restore(await refs(), jobId, stamp())).toMatchObject([{ moved: true }]);
      expect(await contentsOf(at.server.port, ANN)).toEqual(before);
    }));
});
