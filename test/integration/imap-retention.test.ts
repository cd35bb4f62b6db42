import { actAs, describeWithDovecot } from '../support/dovecot';
import { until } from '../support/harness';
import { appendCampaign, appendCopies, indexAll } from '../support/imap-mailboxes';
import { ANN, folders, RECOVERABLE, refsOf, type Setting, stamp, withSetting } from '../support/imap-setting';
import { EXPUNGING, LATER, removed, yes } from '../support/imap-retention';

describeWithDovecot('retention', () => {
  test('is off unless the operator has turned it on', () =>
    withSetting(async (at) => {
      await removed(at, 2);
      expect(await at.imap[0]?.sweep(LATER, yes)).toEqual({ purged: 0 });
      expect(await folders(at)).toEqual({ [RECOVERABLE]: 2 });
    }));

  test('deletes what we removed when its time is over, and nothing else', () =>
    withSetting(
      async (at) => {
        const ids = await removed(at, 2);
        // The user's own mail there, one marked as deleted, and one of ours that is too young.
        await actAs(at.server.port, ANN, (client) =>
          client.append(RECOVERABLE, 'Subject: own\r\n\r\nmine\r\n', ['\\Deleted']),
        );
        await at.store.messages.collection.updateOne({ _id: ids[1] ?? '' }, { $set: { removedAt: LATER } });
        expect(await at.imap[0]?.sweep(LATER, yes)).toEqual({ purged: 1 });
        expect(await folders(at)).toEqual({ [RECOVERABLE]: 2 });
        expect(await at.provider.locate(await refsOf(at, ids))).toMatchObject([{ purged: true }, { purged: false }]);
      },
      {},
      EXPUNGING,
    ));

  test('deletes all of it, whatever of it cannot be deleted', () =>
    withSetting(
      async (at) => {
        await appendCopies(at.server.port, [ANN], 450);
        await indexAll(at);
        const found = await at.store.messages.collection.find({ mailbox: ANN }).sort({ _id: 1 }).toArray();
        const ids = found.map(({ _id }) => _id);
        await at.provider.softDelete(await refsOf(at, ids), stamp());
        // The newest, more than are looked at at a time, are not what the index knows any more: those stay.
        await at.store.messages.collection.updateMany(
          { _id: { $in: ids.slice(200) } },
          { $set: { sha256: 'another mail' } },
        );
        expect(await at.imap[0]?.sweep(LATER, yes)).toEqual({ purged: 200 });
        expect(await folders(at)).toEqual({ [RECOVERABLE]: 250 });
      },
      {},
      EXPUNGING,
    ));

  test('stops for a hold, and while automation is paused', () =>
    withSetting(
      async (at) => {
        await removed(at, 2);
        expect(await at.imap[0]?.sweep(LATER, () => Promise.resolve(false))).toEqual({ purged: 0 });
        await at.store.mailboxes.collection.updateOne(
          { _id: ANN },
          { $set: { hold: { reason: 'case', reference: '1' } } },
        );
        expect(await at.imap[0]?.sweep(LATER, yes)).toEqual({ purged: 0 });
        expect(await folders(at)).toEqual({ [RECOVERABLE]: 2 });
      },
      {},
      EXPUNGING,
    ));

  /** Begins it while another worker has the mailbox, and changes something before that one ends. */
  async function whileItWaits<T>(at: Setting, begin: () => Promise<T>, change: () => Promise<void>): Promise<T> {
    const { collection } = at.store.leases;
    const other = await at.store.leases.acquire(ANN);
    const looking = jest.spyOn(collection, 'bulkWrite');
    const begun = begin();
    await until(() => Promise.resolve(looking.mock.calls.length > 1));
    looking.mockRestore();
    await change();
    await other.release();
    return begun;
  }

  const putOnHold = async ({ store }: Setting): Promise<void> => {
    await store.mailboxes.collection.updateOne({ _id: ANN }, { $set: { hold: { reason: 'case', reference: '1' } } });
  };

  test('deletes nothing where automation is paused, or a hold set, while it waits for the mailbox', () =>
    withSetting(
      async (at) => {
        await removed(at, 2);
        let paused = false;
        const sweep = (): Promise<unknown> =>
          at.imap[0]?.sweep(LATER, () => Promise.resolve(!paused)) ?? Promise.reject(new Error('no upkeep'));
        const pause = (): Promise<void> => {
          paused = true;
          return Promise.resolve();
        };
        expect(await whileItWaits(at, sweep, pause)).toEqual({ purged: 0 });
        paused = false;
        expect(await whileItWaits(at, sweep, () => putOnHold(at))).toEqual({ purged: 0 });
        expect(await folders(at)).toEqual({ [RECOVERABLE]: 2 });
      },
      {},
      EXPUNGING,
    ));

  test('a hold that is set while a hard delete waits for the mailbox stops it', () =>
    withSetting(async (at) => {
      const { ids } = await appendCampaign(at, at.server.port, [[ANN, 'INBOX']]);
      const refs = await refsOf(at, ids);
      const reports = await whileItWaits(
        at,
        () => at.provider.hardDelete(refs, stamp()),
        () => putOnHold(at),
      );
      expect(reports).toMatchObject([{ moved: false, error: 'onHold', seen: { folder: 'inbox', removedBy: null } }]);
      expect(await folders(at)).toEqual({ INBOX: 1 });
    }));

  test('a hold that is set while a hard delete compares the content stops it', () =>
    withSetting(async (at) => {
      const { ids } = await appendCampaign(at, at.server.port, [[ANN, 'INBOX']]);
      const refs = await refsOf(at, ids);
      const { leases } = at.store;
      const acquire = leases.acquire.bind(leases);
      jest.spyOn(leases, 'acquire').mockImplementation(async (mailbox) => {
        const lease = await acquire(mailbox);
        return Object.assign(Object.create(lease) as typeof lease, {
          // Written when all are compared, and before anything is deleted.
          async intend(...args: Parameters<typeof lease.intend>) {
            await lease.intend(...args);
            await putOnHold(at);
          },
        });
      });
      expect(await at.provider.hardDelete(refs, stamp())).toMatchObject([{ moved: false, error: 'onHold' }]);
      expect(await folders(at)).toEqual({ INBOX: 1 });
      // Nothing is about to be done with it any more.
      await until(async () => (await leases.collection.findOne({ _id: ANN }))?.begun?.length === 0);
    }));
});
