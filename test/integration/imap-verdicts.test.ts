import { registerMailboxes } from '../../cli/providers';
import { actAs, contentsOf, describeWithDovecot, setRights, withLazyExpunge, WITH_RIGHTS } from '../support/dovecot';
import { indexAll } from '../support/imap-mailboxes';
import { ANN, anotherWorker, clock, RECOVERABLE, type Setting, withSetting } from '../support/imap-setting';

const MINUTE = 60_000;

describeWithDovecot('a verdict of the probe', () => {
  const other = 'Elsewhere';

  /** On Maildir++ a folder of this name cannot be made. */
  const impossible = { retentionDays: 14, expunge: false, folder: ['.Recoverable/Deletions'] };
  const unsafeOf = async ({ store }: Setting) => (await store.mailboxes.unsafe([ANN])).get(ANN)?.whole;

  test('what a process of another configuration has found is no verdict on this one', () =>
    withSetting(
      async (at) => {
        await indexAll(at);
        expect(await unsafeOf(at)).toContain('cannot be made');
        // The API was started with the new configuration already, and an operator checks the mailbox.
        const api = anotherWorker(at, { recoverable: { ...impossible, folder: [other] } });
        await api.imap[0]?.check(ANN);
        await api.close();
        expect(await unsafeOf(at)).not.toBeNull();
      },
      {},
      { recoverable: impossible },
    ));

  test('a worker that ends soon gives no verdict on the configuration of the one that has begun', () =>
    withSetting(async (at) => {
      await indexAll(at);
      expect(await unsafeOf(at)).toBeNull();
      await registerMailboxes([{ ...at.config, recoverable: impossible }], { store: at.store, clock });
      expect(await unsafeOf(at)).toContain('not probed yet as it is configured now');
      // A round of the worker of before.
      await indexAll(at);
      expect(await unsafeOf(at)).not.toBeNull();
    }));
});

describeWithDovecot('a mailbox that stays unsafe', () => {
  async function rounds(at: Setting, times: number, every: number): Promise<void> {
    let now = Date.now();
    const providers = anotherWorker(at, {}, () => new Date(now));
    try {
      for (let round = 0; round < times; round++) {
        await indexAll(providers);
        now += every;
      }
    } finally {
      await providers.close();
    }
  }

  test('for its copies is not filled with copies of the probe', () =>
    withSetting(async (at) => {
      await rounds(at, 1, 0);
      const once = Object.values(await contentsOf(at.server.port, ANN)).flat().length;
      await rounds(at, 25, 61 * MINUTE);
      expect([once, Object.values(await contentsOf(at.server.port, ANN)).flat().length]).toEqual([once, once]);
    }, withLazyExpunge('EXPUNGED')));

  test('in which nothing can be deleted is not filled with messages of the probe', () =>
    withSetting(async (at) => {
      await actAs(at.server.port, ANN, (client) => client.mailboxCreate(RECOVERABLE));
      setRights(at.server, ANN, [RECOVERABLE], 'lrwsti');
      await rounds(at, 10, 3 * MINUTE);
      const found = await contentsOf(at.server.port, ANN);
      const openProbes = (await at.store.mailboxes.byAddress(ANN))?.imap?.openProbes?.length;
      expect([(found[RECOVERABLE] ?? []).length, openProbes]).toEqual([1, 1]);
    }, WITH_RIGHTS));
});
