import { chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../activities/index';
import { createUpkeep } from '../../activities/upkeep';
import { type Providers, registerMailboxes } from '../../cli/providers';
import { type WorkflowGateway } from '../../domain/gateway';
import { type ImapConfig } from '../../mail/config';
import { startCuttingProxy } from '../support/cutting-proxy';
import { actAs, describeWithDovecot } from '../support/dovecot';
import { activityDeps, until } from '../support/harness';
import { appendCopies, indexAll } from '../support/imap-mailboxes';
import {
  ANN,
  anotherWorker,
  clock,
  RECOVERABLE,
  refsOf,
  type Setting,
  stamp,
  withSetting,
} from '../support/imap-setting';
import { EXPUNGING, LATER, refsIn, removed, yes } from '../support/imap-retention';
import { mail } from '../support/mail';

const BOB = 'bob@corp.example';
const CAROL = 'carol@corp.example';
const MINUTE = 60_000;
describeWithDovecot('the sweep of what retention has outlived', () => {
  /** Another worker, of these mailboxes too, that has removed all mail of some. */
  async function workerThatRemoved(
    at: Setting,
    mailboxes: readonly string[],
    changed: Partial<ImapConfig> = {},
  ): Promise<Providers> {
    const worker = anotherWorker(at, { mailboxes, ...changed });
    await registerMailboxes([{ ...at.config, mailboxes, ...changed }], { store: at.store, clock });
    await indexAll(worker);
    for (const mailbox of mailboxes) await worker.provider.softDelete(await refsIn(at.store, mailbox), stamp());
    return worker;
  }

  test('a mail whose file cannot be read keeps no other waiting', () =>
    withSetting(
      async (at) => {
        await removed(at, 3);
        await actAs(at.server.port, ANN, (client) => client.mailboxOpen(RECOVERABLE));
        const dir = join(at.server.dir, 'mail', ANN, `.${RECOVERABLE}`, 'cur');
        const [, second = ''] = readdirSync(dir).sort();
        chmodSync(join(dir, second), 0o000);
        expect(await at.imap[0]?.sweep(LATER, yes)).toEqual({ purged: 2 });
      },
      {},
      EXPUNGING,
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
          expect(await at.imap[0]?.sweep(LATER, yes)).toEqual({ purged: 2 });
        } finally {
          chmodSync(dir, 0o700);
        }
      },
      {},
      EXPUNGING,
    ));

  test('an earlier recoverable folder that is shut keeps what is in the one of now from nothing', () =>
    withSetting(
      async (at) => {
        await appendCopies(at.server.port, [ANN], 3);
        await indexAll(at);
        const ids = (await at.store.messages.collection.find({}).sort({ _id: 1 }).toArray()).map(({ _id }) => _id);
        await at.provider.softDelete(await refsOf(at, ids.slice(0, 1)), stamp());
        const others = anotherWorker(at, { recoverable: { ...EXPUNGING.recoverable, folder: ['Elsewhere'] } });
        const dir = join(at.server.dir, 'mail', ANN, `.${RECOVERABLE}`);
        try {
          await others.provider.softDelete(await refsOf(at, ids.slice(1)), stamp());
          await at.close();
          chmodSync(dir, 0o000);
          expect(await others.imap[0]?.sweep(LATER, yes)).toEqual({ purged: 2 });
        } finally {
          chmodSync(dir, 0o700);
          await others.close();
        }
      },
      {},
      EXPUNGING,
    ));

  test('a mailbox of which much cannot be deleted does not keep the next one waiting for ever', () =>
    withSetting(
      async (at) => {
        await appendCopies(at.server.port, [ANN], 250);
        await appendCopies(at.server.port, [BOB], 1);
        const providers = await workerThatRemoved(at, [ANN, BOB], { limits: { connections: 1 } });
        try {
          await at.store.messages.collection.updateMany({ mailbox: ANN }, { $set: { sha256: 'another mail' } });
          // Every step takes two minutes.
          let now = LATER.getTime();
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
      EXPUNGING,
    ));

  test('what several mailboxes at once have had deleted is all counted', () =>
    withSetting(
      async (at) => {
        await appendCopies(at.server.port, [ANN, BOB], 3);
        const providers = await workerThatRemoved(at, [ANN, BOB]);
        try {
          const result = await providers.imap[0]?.sweep(LATER, yes);
          const gone = await at.store.messages.collection.countDocuments({ purgedAt: { $ne: null } });
          expect([result, gone]).toEqual([{ purged: 6 }, 6]);
        } finally {
          await providers.close();
        }
      },
      {},
      EXPUNGING,
    ));

  test(
    'a removal does not wait for mailboxes that are swept',
    () =>
      withSetting(
        async (at) => {
          const proxy = await startCuttingProxy(at.server.port);
          const config = { ...at.config, mailboxes: [ANN, BOB, CAROL] };
          await registerMailboxes([config], { store: at.store, clock });
          const fast = anotherWorker(at, { mailboxes: config.mailboxes });
          const slow = anotherWorker(at, { mailboxes: config.mailboxes, port: proxy.port, limits: { connections: 2 } });
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
            for (const mailbox of [ANN, BOB]) await fast.provider.softDelete(await refsIn(at.store, mailbox), stamp());
            const ended: string[] = [];
            proxy.slow(true);
            const sweeping = slow.imap[0]?.sweep(LATER, yes).then(() => ended.push('sweep'));
            // It works with a mailbox by now.
            await until(async () => (await at.store.leases.collection.countDocuments({ holder: { $ne: null } })) > 0);
            await slow.provider.softDelete(await refsIn(at.store, CAROL), stamp()).then(() => ended.push('removal'));
            await sweeping;
            expect(ended).toEqual(['removal', 'sweep']);
          } finally {
            await slow.close();
            await fast.close();
            await proxy.close();
          }
        },
        {},
        EXPUNGING,
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
      EXPUNGING,
    ));
});
