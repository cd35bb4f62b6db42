import { createImap } from '../../mail/imap/create';
import { type RestoreRef, type Stamp } from '../../mail/provider';
import { startCuttingProxy } from '../support/cutting-proxy';
import { actAs, contentsOf, describeWithDovecot } from '../support/dovecot';
import { appendCampaign, indexAll } from '../support/imap-mailboxes';
import {
  ANN,
  imapDeps,
  RECOVERABLE,
  refsBack,
  refsOf,
  type Setting,
  stamp,
  withSetting,
} from '../support/imap-setting';

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
    refs: () => refsBack(at, ids),
  };
}

/** An undo that is cut off after its move, before it looks at the flags. */
async function cutUndo(at: Setting, refs: readonly RestoreRef[], jobId: string, back: Stamp): Promise<void> {
  const proxy = await startCuttingProxy(at.server.port);
  const { provider, close } = createImap({ ...at.config, port: proxy.port }, imapDeps(at));
  try {
    proxy.cutAfter(/UID MOVE/);
    expect(await provider.restore(refs, jobId, back)).toMatchObject([{ moved: false, retryable: true }]);
  } finally {
    await close();
    await proxy.close();
  }
}

describeWithDovecot('a mail that has got other flags while it was removed', () => {
  test('has those of then when it is back, also where the index has seen the others', () =>
    withSetting(async (at) => {
      const { jobId, before, refs } = await removed(at);
      await indexAll(at);
      expect(await at.provider.restore(await refs(), jobId, stamp())).toMatchObject([{ moved: true }]);
      expect(await contentsOf(at.server.port, ANN)).toEqual(before);
    }));

  test('has those of then also where the connection is cut before they are looked at, and it is asked again', () =>
    withSetting(async (at) => {
      const { jobId, before, refs } = await removed(at);
      const back = stamp();
      const known = await refs();
      await cutUndo(at, known, jobId, back);
      expect(await at.provider.restore(known, jobId, back)).toMatchObject([{ moved: true }]);
      expect(await contentsOf(at.server.port, ANN)).toEqual(before);
    }));

  test('has those of then also where the connection is cut before they are looked at, and the index finds it', () =>
    withSetting(async (at) => {
      const { jobId, before, refs } = await removed(at);
      const back = stamp();
      const known = await refs();
      await cutUndo(at, known, jobId, back);
      await indexAll(at);
      expect(await at.provider.restore(known, jobId, back)).toMatchObject([{ moved: true }]);
      expect(await contentsOf(at.server.port, ANN)).toEqual(before);
    }));
});
