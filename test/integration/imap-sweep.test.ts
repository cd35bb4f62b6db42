import { chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../activities/index';
import { createUpkeep } from '../../activities/upkeep';
import { createProviders, registerMailboxes } from '../../cli/providers';
import { type WorkflowGateway } from '../../domain/gateway';
import { startCuttingProxy } from '../support/cutting-proxy';
import { actAs, describeWithDovecot } from '../support/dovecot';
import { activityDeps, until } from '../support/harness';
import { appendCampaign, appendCopies, indexAll } from '../support/imap-mailboxes';
import { ANN, clock, RECOVERABLE, refsOf, type Setting, stamp, withSetting } from '../support/imap-setting';
import { mail } from '../support/mail';

const BOB = 'bob@corp.example';
const CAROL = 'carol@corp.example';
const MINUTE = 60_000;
const later = new Date(Date.now() + 15 * 24 * 60 * MINUTE);
const yes = (): Promise<boolean> => Promise.resolve(true);
const expunging = { recoverable: { folder: [RECOVERABLE], retentionDays: 14, expunge: true } } as const;

describeWithDovecot('the sweep of what retention has outlived', () => {
  async function removed(at: Setting, mails: number): Promise<readonly string[]> {
    const { ids } = await appendCampaign(
      at,
      at.server.port,
      Array.from({ length: mails }, () => [ANN, 'INBOX'] as const),
    );
    await at.provider.softDelete(await refsOf(at, ids), stamp());
    return ids;
  }

  test('a mail whose file cannot be read keeps no other waiting', () =>
    withSetting(
      async (at) => {
        await removed(at, 3);
        await actAs(at.server.port, ANN, (client) => client.mailboxOpen(RECOVERABLE));
        const dir = join(at.server.dir, 'mail', ANN, `.${RECOVERABLE}`, 'cur');
        const [, second = ''] = readdirSync(dir).sort();
        chmodSync(join(dir, second), 0o000);
        expect(await at.imap[0]?.sweep(later, yes)).toEqual({ purged: 2 });
      },
      {},
      expunging,
    ));

  test('a mail that was moved where nobody can look keeps no other waiting', () =>
    withSetting(
      async (at) => {
        await removed(at, 3);
        await actAs(at.server.port, ANN, async (client) => {
          await client.mailboxCreate('Shut');
          await client.mailboxOpen(RECOVERABLE);
          await client.messageMove('2', 'Shut');
        });
        const dir = join(at.server.dir, 'mail', ANN, '.Shut');
        chmodSync(dir, 0o000);
        try {
          await indexAll(at);
          expect(await at.imap[0]?.sweep(later, yes)).toEqual({ purged: 2 });
        } finally {
          chmodSync(dir, 0o700);
        }
      },
      {},
      expunging,
    ));

  test('an earlier recoverable folder that is shut keeps what is in the one of now from nothing', () =>
    withSetting(
      async (at) => {
        await appendCopies(at.server.port, [ANN], 3);
        await indexAll(at);
        const config = { ...at.config, recoverable: { ...expunging.recoverable, folder: ['Elsewhere'] } };
        const ids = (await at.store.messages.collection.find({}).sort({ _id: 1 }).toArray()).map(({ _id }) => _id);
        await at.provider.softDelete(await refsOf(at, ids.slice(0, 1)), stamp());
        const others = createProviders([config], { store: at.store, env: process.env, clock });
        const dir = join(at.server.dir, 'mail', ANN, `.${RECOVERABLE}`);
        try {
          await others.provider.softDelete(await refsOf(at, ids.slice(1)), stamp());
          await at.close();
          chmodSync(dir, 0o000);
          expect(await others.imap[0]?.sweep(later, yes)).toEqual({ purged: 2 });
        } finally {
          chmodSync(dir, 0o700);
          await others.close();
        }
      },
      {},
      expunging,
    ));

  test('a mailbox of which much cannot be deleted does not keep the next one waiting for ever', () =>
    withSetting(
      async (at) => {
        const config = { ...at.config, mailboxes: [ANN, BOB], limits: { connections: 1 } };
        await appendCopies(at.server.port, [ANN], 250);
        await appendCopies(at.server.port, [BOB], 1);
        await registerMailboxes([config], { store: at.store, clock });
        const providers = createProviders([config], { store: at.store, env: process.env, clock });
        try {
          await indexAll(providers);
          for (const mailbox of [ANN, BOB]) {
            const found = await at.store.messages.collection.find({ mailbox }).toArray();
            const refs = found.map(({ _id, folder, revision }) => ({ messageId: _id, mailbox, folder, revision }));
            await providers.provider.softDelete(refs, stamp());
          }
          await at.store.messages.collection.updateMany({ mailbox: ANN }, { $set: { sha256: 'another mail' } });
          // Every step takes two minutes.
          let now = later.getTime();
          const slow = (): Date => new Date((now += 2 * MINUTE));
          const upkeep = createUpkeep({
            ...activityDeps({ ...at, ...providers, gateway: {} as WorkflowGateway }),
            clock: slow,
          });
          const purged: number[] = [];
          for (let hour = 0; hour < 4; hour++) {
            now += 60 * MINUTE;
            purged.push((await upkeep.sweep(now, new AbortController().signal)).purged);
          }
          expect(purged.reduce((one, other) => one + other)).toBe(1);
        } finally {
          await providers.close();
        }
      },
      {},
      expunging,
    ));

  test('what several mailboxes at once have had deleted is all counted', () =>
    withSetting(
      async (at) => {
        const config = { ...at.config, mailboxes: [ANN, BOB] };
        await appendCopies(at.server.port, [ANN, BOB], 3);
        await registerMailboxes([config], { store: at.store, clock });
        const providers = createProviders([config], { store: at.store, env: process.env, clock });
        try {
          await indexAll(providers);
          for (const mailbox of [ANN, BOB]) {
            const found = await at.store.messages.collection.find({ mailbox }).toArray();
            const refs = found.map(({ _id, folder, revision }) => ({ messageId: _id, mailbox, folder, revision }));
            await providers.provider.softDelete(refs, stamp());
          }
          const result = await providers.imap[0]?.sweep(later, yes);
          const gone = await at.store.messages.collection.countDocuments({ purgedAt: { $ne: null } });
          expect([result, gone]).toEqual([{ purged: 6 }, 6]);
        } finally {
          await providers.close();
        }
      },
      {},
      expunging,
    ));

  test(
    'a removal does not wait for mailboxes that are swept',
    () =>
      withSetting(
        async (at) => {
          const proxy = await startCuttingProxy(at.server.port);
          const config = { ...at.config, mailboxes: [ANN, BOB, CAROL] };
          await registerMailboxes([config], { store: at.store, clock });
          const fast = createProviders([config], { store: at.store, env: process.env, clock });
          const slow = createProviders([{ ...config, port: proxy.port, limits: { connections: 2 } }], {
            ...{ store: at.store, env: process.env, clock },
          });
          try {
            for (const mailbox of [ANN, BOB]) {
              await actAs(at.server.port, mailbox, async (client) => {
                for (let nth = 0; nth < 4; nth++) {
                  await client.append('INBOX', mail({ id: `large-${nth}`, attachment: 'x'.repeat(700_000) }));
                }
              });
            }
            await appendCopies(at.server.port, [CAROL], 1);
            await indexAll(fast);
            const refs = async (mailbox: string) =>
              (await at.store.messages.collection.find({ mailbox }).toArray()).map(({ _id, folder, revision }) => ({
                ...{ messageId: _id, mailbox, folder, revision },
              }));
            for (const mailbox of [ANN, BOB]) await fast.provider.softDelete(await refs(mailbox), stamp());
            const ended: string[] = [];
            proxy.slow(true);
            const sweeping = slow.imap[0]?.sweep(later, yes).then(() => ended.push('sweep'));
            // It works with a mailbox by now.
            await until(async () => (await at.store.leases.collection.countDocuments({ holder: { $ne: null } })) > 0);
            await slow.provider.softDelete(await refs(CAROL), stamp()).then(() => ended.push('removal'));
            await sweeping;
            expect(ended).toEqual(['removal', 'sweep']);
          } finally {
            await slow.close();
            await fast.close();
            await proxy.close();
          }
        },
        {},
        expunging,
      ),
    120_000,
  );

  test('ends where its activity is cancelled, and before the time of its activity is over', () =>
    withSetting(
      async (at) => {
        let now = Date.now();
        const scheduled = now;
        const environment = new MockActivityEnvironment({ scheduledTimestampMs: scheduled });
        const mayGoOn: boolean[] = [];
        const sweep = async (_: Date, may: () => Promise<boolean>) => {
          // The activity is the second attempt: the first has used up eight of the ten minutes that both have.
          now = scheduled + 8 * MINUTE;
          mayGoOn.push(await may());
          now = scheduled + 9 * MINUTE;
          mayGoOn.push(await may());
          now = scheduled + 8 * MINUTE;
          environment.cancel();
          mayGoOn.push(await may());
          return { purged: 0 };
        };
        const [upkeep] = at.imap;
        if (upkeep === undefined) throw new Error('There is one provider');
        const activities = createActivities({
          ...activityDeps({ ...at, imap: [{ ...upkeep, sweep }], gateway: {} as WorkflowGateway }),
          clock: () => new Date(now),
        });
        await expect(environment.run(activities.sweepRetention)).rejects.toThrow();
        await until(() => mayGoOn.length === 3);
        expect(mayGoOn).toEqual([true, false, false]);
      },
      {},
      expunging,
    ));
});
