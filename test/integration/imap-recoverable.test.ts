import { createProviders, registerMailboxes } from '../../cli/providers';
import { RECOVERABLE_FOLDER } from '../../domain/location';
import { actAs, contentsOf, describeWithDovecot } from '../support/dovecot';
import { appendCampaign, indexAll } from '../support/imap-mailboxes';
import {
  ANN,
  clock,
  findingsOf,
  folders,
  RECOVERABLE,
  refsBack,
  refsOf,
  type Setting,
  stamp,
  withSetting,
} from '../support/imap-setting';

const NAMESPACE = ['namespace clawback {', 'prefix = Clawback.', 'separator = .'];
const HIDDEN = [...NAMESPACE, 'hidden = yes', 'list = no', 'location = maildir:~/clawback', '}'];

describeWithDovecot('a recoverable folder in a hidden namespace', () => {
  test('is not seen by its user, and what lies in it is found and put back', () =>
    withSetting(
      async (at) => {
        expect(await findingsOf(at)).toEqual({});
        const { ids } = await appendCampaign(at, at.server.port, [[ANN, 'INBOX']]);
        const before = await contentsOf(at.server.port, ANN);
        const { jobId, at: when } = stamp();
        expect(await at.provider.softDelete(await refsOf(at, ids), { jobId, at: when })).toMatchObject([
          { moved: true },
        ]);
        expect(await folders(at)).toEqual({});
        await indexAll(at);
        await indexAll(at);
        // Also where nobody knows its number any more.
        await at.store.messages.collection.updateOne({ _id: ids[0] ?? '' }, { $set: { place: null, astray: true } });
        const [removed] = await refsOf(at, ids);
        const back = [
          { messageId: ids[0] ?? '', mailbox: ANN, folder: '', revision: 0, ...removed, toFolder: 'inbox' },
        ];
        expect(await at.provider.restore(back, jobId, stamp())).toMatchObject([{ moved: true }]);
        expect(await contentsOf(at.server.port, ANN)).toEqual(before);
      },
      { extra: HIDDEN },
      { recoverable: { folder: ['Clawback', 'Deletions'], retentionDays: 14, expunge: false } },
    ));
});

/** Puts back, to the inbox, what a removal took. */
async function putBack(
  { provider, store }: Pick<Setting, 'provider' | 'store'>,
  ids: readonly string[],
  actionId: string,
): Promise<boolean[]> {
  const back = await refsBack({ store }, ids);
  return (await provider.restore(back, actionId, stamp())).map(({ moved }) => moved);
}

async function removedCampaign(at: Setting): Promise<{ readonly ids: readonly string[]; readonly jobId: string }> {
  const { ids } = await appendCampaign(
    at,
    at.server.port,
    Array.from({ length: 2 }, () => [ANN, 'INBOX'] as const),
  );
  const { jobId, at: when } = stamp();
  const reports = await at.provider.softDelete(await refsOf(at, ids), { jobId, at: when });
  expect(reports.map(({ moved }) => moved)).toEqual([true, true]);
  return { ids, jobId };
}

/** What the index knows of each message. */
async function standings({ store }: Pick<Setting, 'store'>) {
  const found = await store.messages.collection.find({}).toArray();
  return found.map(({ folder, removedBy, purgedAt }) => ({ folder, removedBy, purged: purgedAt !== null }));
}

describeWithDovecot('a recoverable folder in another namespace than an inbox with a prefix', () => {
  test('is where the server has it, if it is counted from the root', () =>
    withSetting(
      async (at) => {
        expect(await findingsOf(at)).toEqual({});
        const { ids, jobId } = await removedCampaign(at);
        await indexAll(at);
        const messages = await at.store.messages.byIds(ids);
        expect(messages.map(({ place }) => place?.path)).toEqual(['Clawback.Deletions', 'Clawback.Deletions']);
        const listed = await actAs(at.server.port, ANN, (client) => client.list());
        expect(listed.filter(({ path }) => path.includes('Clawback'))).toEqual([]);
        expect(await putBack(at, ids, jobId)).toEqual([true, true]);
        expect(await folders(at)).toEqual({ INBOX: 2 });
      },
      { prefix: 'INBOX.', extra: HIDDEN },
      { recoverable: { folder: ['Clawback', 'Deletions'], fromRoot: true, retentionDays: 14, expunge: false } },
    ));

  test('is not safe where several mailboxes would share it', () =>
    withSetting(
      async (at) => {
        expect(await findingsOf(at)).toEqual({ recoverableShared: true });
        const listed = await actAs(at.server.port, ANN, (client) => client.list());
        expect(listed.filter(({ path }) => path.includes('Deletions'))).toEqual([]);
      },
      {
        prefix: 'INBOX.',
        extra: [
          'namespace public {',
          'type = public',
          'prefix = Public.',
          'separator = .',
          'location = maildir:~/public',
          '}',
        ],
      },
      { recoverable: { folder: ['Public', 'Deletions'], fromRoot: true, retentionDays: 14, expunge: false } },
    ));
});

describeWithDovecot('a recoverable folder that is not to be seen for a while', () => {
  const SEEN = [...NAMESPACE, 'location = maildir:~/clawback', '}'];
  const IN_NAMESPACE = { recoverable: { folder: ['Clawback', 'Deletions'], retentionDays: 14, expunge: false } };
  const owned = (jobId: string) => ({ folder: RECOVERABLE_FOLDER, removedBy: jobId, purged: false });

  /** The server is started again with something else at the end of its configuration. */
  async function startedWith(at: Setting, extra: readonly string[]): Promise<void> {
    await at.close();
    await at.server.stop();
    await at.server.start({ extra });
  }

  /** After three rounds, what was removed is as it was known, and comes back. */
  async function comesBack(at: Setting, ids: readonly string[], jobId: string): Promise<void> {
    for (let round = 0; round < 3; round++) await indexAll(at);
    expect(await standings(at)).toEqual([owned(jobId), owned(jobId)]);
    expect(await putBack(at, ids, jobId)).toEqual([true, true]);
    expect(await folders(at)).toEqual({ INBOX: 2 });
  }

  test('since it was hidden later: what lies in it can be put back', () =>
    withSetting(
      async (at) => {
        const { ids, jobId } = await removedCampaign(at);
        await indexAll(at);
        await startedWith(at, HIDDEN);
        await comesBack(at, ids, jobId);
      },
      { extra: SEEN },
      IN_NAMESPACE,
    ));

  test('since it was hidden later: what its owner deletes there counts as gone', () =>
    withSetting(
      async (at) => {
        const { jobId } = await removedCampaign(at);
        await indexAll(at);
        await startedWith(at, HIDDEN);
        await indexAll(at);
        await actAs(at.server.port, ANN, async (client) => {
          await client.mailboxOpen('Clawback.Deletions');
          await client.messageDelete('1', { uid: false });
        });
        await indexAll(at);
        await indexAll(at);
        const now = await standings(at);
        expect(now).toContainEqual(owned(jobId));
        expect(now.filter(({ purged }) => purged)).toHaveLength(1);
      },
      { extra: SEEN },
      IN_NAMESPACE,
    ));

  test('since the server has lost it for a while: nothing counts as gone, and nothing is doubled', () =>
    withSetting(
      async (at) => {
        const { ids, jobId } = await removedCampaign(at);
        await indexAll(at);
        await startedWith(at, []);
        // A folder of the same name is another one: it has to be made before anything counts as gone.
        for (let round = 0; round < 3; round++) await indexAll(at);
        expect(await putBack(at, ids, jobId)).toEqual([false, false]);
        expect(await at.provider.locate(await refsOf(at, ids))).toMatchObject([owned(jobId), owned(jobId)]);
        for (let round = 0; round < 3; round++) await indexAll(at);
        expect(await standings(at)).toEqual([owned(jobId), owned(jobId)]);

        await startedWith(at, SEEN);
        await comesBack(at, ids, jobId);
      },
      { extra: SEEN },
      IN_NAMESPACE,
    ));
});

describeWithDovecot('a recoverable folder that its user', () => {
  test('renames is a personal one from then on, and nothing in it is doubled', () =>
    withSetting(async (at) => {
      await removedCampaign(at);
      await indexAll(at);
      await actAs(at.server.port, ANN, (client) => client.mailboxRename(RECOVERABLE, 'Mine'));
      for (let round = 0; round < 3; round++) await indexAll(at);
      const personal = { folder: 'Mine', removedBy: null, purged: false };
      expect(await standings(at)).toEqual([personal, personal]);
    }));

  test('deletes takes what was in it along, as soon as there is one again', () =>
    withSetting(async (at) => {
      const { ids, jobId } = await removedCampaign(at);
      await indexAll(at);
      await actAs(at.server.port, ANN, (client) => client.mailboxDelete(RECOVERABLE));
      await indexAll(at);
      expect((await standings(at)).map(({ purged }) => purged)).toEqual([false, false]);
      expect(await putBack(at, ids, jobId)).toEqual([false, false]);
      await at.imap[0]?.check(ANN);
      for (let round = 0; round < 2; round++) await indexAll(at);
      expect((await standings(at)).map(({ purged }) => purged)).toEqual([true, true]);
    }));
});

describeWithDovecot('another recoverable folder in the configuration', () => {
  test('leaves the one of before a recoverable one: automation takes nothing from it, and a revert puts back what is in it', () =>
    withSetting(async (at) => {
      const { ids, jobId } = await removedCampaign(at);
      await at.close();
      const config = { ...at.config, recoverable: { ...at.config.recoverable, folder: ['Put away'] } };
      const again = createProviders([config], { store: at.store, env: process.env, clock });
      try {
        await registerMailboxes([config], { store: at.store, clock });
        for (let round = 0; round < 3; round++) await indexAll(again);
        const standing = { folder: RECOVERABLE_FOLDER, removedBy: jobId, purged: false };
        expect(await standings(at)).toEqual([standing, standing]);
        expect(await again.provider.locate(await refsOf(at, ids))).toMatchObject([standing, standing]);
        expect(await putBack({ ...again, store: at.store }, ids, jobId)).toEqual([true, true]);
        expect(await folders(at)).toEqual({ INBOX: 2 });
        const { jobId: next, at: when } = stamp();
        await again.provider.softDelete(await refsOf(at, ids), { jobId: next, at: when });
        expect(await folders(at)).toEqual({ 'Put away': 2 });
      } finally {
        await again.close();
      }
    }));
});
