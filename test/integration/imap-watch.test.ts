import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { createProviders, type Providers, registerMailboxes } from '../../cli/providers';
import { type ImapConfig } from '../../mail/config';
import { type Watched } from '../../mail/imap/watch';
import { type Store } from '../../store/store';
import { ensureSchedules } from '../../worker/schedules';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy';
import {
  actAs,
  append,
  contentsOf,
  describeWithDovecot,
  NO_PENALTY,
  PASSWORD,
  startTestDovecot,
  type TestDovecot,
} from '../support/dovecot';
import { contentIn, payloads } from '../support/histories';
import { createHarness, freshStore, type Harness, until } from '../support/harness';
import { imapConfig, indexAll } from '../support/imap-mailboxes';
import { mail } from '../support/mail';

const NAMES = Array.from({ length: 6 }, (_, at) => `user${at}@corp.example`);
const ANN = 'ann@corp.example';
const BOB = 'bob@corp.example';
/** No round comes by itself within a test. */
const INDEX = { days: 30, intervalSeconds: 3600 } as const;
const clock = (): Date => new Date();

/** A watch, and what it has told so far. */
interface Watching {
  /** How often a mailbox was indexed. */
  passes(): number;
  /** How many mailboxes cannot be watched. */
  unable(): number;
  faults(): readonly unknown[];
  endWatch(): Promise<Watched>;
}

function startWatch({ imap }: Pick<Providers, 'imap'>): Watching {
  const over = new AbortController();
  const told = { passes: 0, unable: 0, faults: [] as unknown[] };
  const ended = imap[0]?.watch({
    signal: over.signal,
    async indexed() {
      told.passes++;
    },
    failed: (error) => told.faults.push(error),
    unable: () => told.unable++,
  });
  return {
    passes: () => told.passes,
    unable: () => told.unable,
    faults: () => told.faults,
    async endWatch() {
      over.abort();
      return (await ended) ?? { mailboxes: 0, indexed: 0, away: 0 };
    },
  };
}

/** Mailboxes of a server that are watched. */
interface Setting extends Providers, Watching {
  readonly store: Store;
  end(): Promise<Watched>;
}

async function startSetting(config: ImapConfig): Promise<Setting> {
  const { store } = await freshStore();
  const providers = createProviders([config], { store, env: process.env, clock });
  await registerMailboxes([config], { store, clock });
  const watching = startWatch(providers);
  return {
    ...{ ...providers, ...watching, store },
    async end() {
      const watched = await watching.endWatch();
      await providers.close();
      await store.connection.dropDatabase();
      await store.close();
      return watched;
    },
  };
}

async function withSetting(config: ImapConfig, test: (setting: Setting) => Promise<void>): Promise<Watched> {
  const setting = await startSetting(config);
  let watched: Watched = { mailboxes: 0, indexed: 0, away: 0 };
  try {
    await test(setting);
    expect(setting.faults()).toEqual([]);
  } finally {
    watched = await setting.end();
  }
  return watched;
}

function countOf({ store }: Pick<Setting, 'store'>, mailbox: string): Promise<number> {
  return store.messages.collection.countDocuments({ mailbox });
}

describeWithDovecot('a mailbox that is watched', () => {
  let server: TestDovecot;
  let proxy: CuttingProxy;
  let setting: Setting;
  let next = 0;
  /** A mailbox that no other test uses. */
  const fresh = (): string => NAMES[next++] ?? 'none';

  beforeAll(async () => {
    server = await startTestDovecot();
    proxy = await startCuttingProxy(server.port);
    setting = await startSetting(imapConfig(proxy.port, NAMES, { index: { ...INDEX, idle: NAMES } }));
    await until(() => setting.passes() >= NAMES.length);
  });

  afterAll(async () => {
    expect(await setting.end()).toMatchObject({ mailboxes: NAMES.length, away: 0 });
    expect(setting.faults()).toEqual([]);
    await proxy.close();
    await server.remove();
  });

  const isIndexed = (mailbox: string, count = 1) => until(async () => (await countOf(setting, mailbox)) === count);

  test('has its mail in the index without any round, and without a trace: flags, and what is recent to others', async () => {
    const mailbox = fresh();
    const look = () => actAs(server.port, mailbox, (client) => client.status('INBOX', { recent: true, unseen: true }));
    await append(server.port, mailbox, { raw: mail({ id: 'watched' }), flags: ['$Own'] });
    const before = [await look(), await contentsOf(server.port, mailbox)];
    await isIndexed(mailbox);
    expect(before[0]).toMatchObject({ recent: 1, unseen: 1 });
    expect([await look(), await contentsOf(server.port, mailbox)]).toEqual(before);
  });

  test('has what its user does there in the index: a flag, a deletion', async () => {
    const mailbox = fresh();
    await append(server.port, mailbox, { raw: mail({ id: 'to-be-deleted' }) });
    await isIndexed(mailbox);
    const row = () => setting.store.messages.collection.findOne({ mailbox });
    await actAs(server.port, mailbox, async (client) => {
      await client.mailboxOpen('INBOX');
      await client.messageFlagsAdd('1', ['\\Flagged']);
    });
    await until(async () => (await row())?.flags.includes('\\Flagged') === true);
    await actAs(server.port, mailbox, async (client) => {
      await client.mailboxOpen('INBOX');
      await client.messageDelete('1');
    });
    await until(async () => (await row())?.folder === 'recoverableitemspurges');
  });

  test('has a burst of mail in the index in a few passes, each mail once', async () => {
    const mailbox = fresh();
    const passes = setting.passes();
    const began = performance.now();
    await actAs(server.port, mailbox, async (client) => {
      for (let at = 0; at < 50; at++) await client.append('INBOX', mail({ id: `burst-${at}`, to: mailbox }), []);
    });
    await isIndexed(mailbox, 50);
    await until(() => setting.passes() > passes);
    // Half a second of rest is after each: where the mails themselves take long, there is time for more.
    const halfSeconds = (performance.now() - began) / 500;
    expect(setting.passes() - passes).toBeLessThanOrEqual(Math.max(10, 5 + halfSeconds));
    const places = await setting.store.messages.collection.distinct('place.uid', { mailbox });
    expect(places).toHaveLength(50);
  });

  test('is watched again after its server has restarted', async () => {
    const mailbox = fresh();
    await server.stop();
    await server.start();
    await append(server.port, mailbox, { raw: mail({ id: 'after-restart' }) });
    await isIndexed(mailbox);
    // Not by what came meanwhile alone: the new connection listens too.
    await append(server.port, mailbox, { raw: mail({ id: 'later' }) });
    await isIndexed(mailbox, 2);
  });

  test('is watched again after its connection was cut, and has what came meanwhile', async () => {
    const mailbox = fresh();
    proxy.refuse(true);
    await append(server.port, mailbox, { raw: mail({ id: 'meanwhile' }) });
    proxy.refuse(false);
    await isIndexed(mailbox);
  });
});

describeWithDovecot('a connection that watches', () => {
  let server: TestDovecot;
  let proxy: CuttingProxy;

  beforeAll(async () => {
    server = await startTestDovecot(NO_PENALTY);
    proxy = await startCuttingProxy(server.port);
  });

  afterAll(async () => {
    await proxy.close();
    await server.remove();
  });

  test('on which nothing is heard any more is left for another', async () => {
    const held = proxy.holdAfter(/ IDLE$/);
    await withSetting(imapConfig(proxy.port, [ANN], { index: { ...INDEX, idle: [ANN] } }), async (setting) => {
      await held;
      await until(() => setting.passes() >= 1);
      await append(server.port, ANN, { raw: mail({ id: 'unheard' }) });
      await until(async () => (await countOf(setting, ANN)) === 1);
    });
  });

  test('that is refused to sign in is not asked for again in this watch, nor soon in the next; the others are', async () => {
    const secrets = join(server.dir, 'secrets');
    writeFileSync(secrets, `${ANN}: wrong\n${BOB}: ${PASSWORD}\n`);
    const config = imapConfig(proxy.port, [ANN, BOB], {
      auth: { method: 'password', password: { file: secrets } },
      index: { ...INDEX, idle: [ANN, BOB] },
    });
    const refusals = (): number =>
      readFileSync(join(server.dir, 'log'), 'utf8')
        .split('\n')
        .filter((line) => line.includes('auth failed') && line.includes(ANN)).length;
    const watched = await withSetting(config, async (setting) => {
      await until(() => refusals() === 1);
      for (const count of [1, 2]) {
        await append(server.port, BOB, { raw: mail({ id: `other-${count}` }) });
        await until(async () => (await countOf(setting, BOB)) === count);
        proxy.refuse(true);
        proxy.refuse(false);
      }
      expect(refusals()).toBe(1);
      await indexAll(setting);
      expect((await setting.store.mailboxes.byAddress(ANN))?.imap?.health).toBe('loginRefused');

      const next = startWatch(setting);
      await until(() => next.passes() >= 1);
      expect(await next.endWatch()).toMatchObject({ mailboxes: 2, away: 1 });
      expect(refusals()).toBe(1);
    });
    expect(watched).toEqual({ mailboxes: 2, indexed: 2, away: 1 });
  });

  test('is closed at once when the watch ends, also while it signs in', async () => {
    const config = imapConfig(proxy.port, [ANN], { index: { ...INDEX, idle: [ANN] } });
    const held = proxy.holdAfter(/ AUTHENTICATE| LOGIN/);
    const watched = await withSetting(config, async (setting) => {
      await held;
      const began = performance.now();
      await setting.endWatch();
      // Not when a server that says nothing is given up, after thirty seconds.
      expect(performance.now() - began).toBeLessThan(5_000);
      expect(setting.passes()).toBe(0);
    });
    expect(watched).toEqual({ mailboxes: 1, indexed: 0, away: 0 });
  });
});

describeWithDovecot('a server without IDLE', () => {
  const CAPABILITY = 'IMAP4rev1 SASL-IR ID ENABLE LITERAL+ NAMESPACE UIDPLUS LIST-EXTENDED CONDSTORE QRESYNC ESEARCH';
  const extra = ['protocol imap {', `imap_capability = ${CAPABILITY} LIST-STATUS MOVE SPECIAL-USE`, '}'];

  test('is left to the rounds, and the watch lasts all the same', async () => {
    const server = await startTestDovecot({ extra });
    try {
      const watched = await withSetting(
        imapConfig(server.port, [ANN], { index: { ...INDEX, idle: [ANN] } }),
        async (setting) => {
          await until(() => setting.unable() === 1);
          await append(server.port, ANN, { raw: mail({ id: 'polled' }) });
          await indexAll(setting);
          expect(await countOf(setting, ANN)).toBe(1);
          expect(setting.passes()).toBe(0);
        },
      );
      expect(watched).toEqual({ mailboxes: 1, indexed: 0, away: 0 });
    } finally {
      await server.remove();
    }
  });
});

describeWithDovecot('the watch of a worker', () => {
  let server: TestDovecot;

  beforeAll(async () => {
    server = await startTestDovecot();
  });

  afterAll(() => server.remove());

  const config = (): ImapConfig => imapConfig(server.port, [ANN, BOB], { index: { ...INDEX, idle: [ANN] } });

  /** What a schedule of ours has begun: rounds, or watches. */
  async function begun({ client }: Harness, what: 'index' | 'watch') {
    const found: { readonly workflowId: string; readonly runId: string; readonly status: string }[] = [];
    for await (const { workflowId, runId, status } of client.workflow.list({
      query: "WorkflowType = 'indexMailboxes'",
    })) {
      if (workflowId.startsWith(`clawback-${what}-`)) found.push({ workflowId, runId, status: status.name });
    }
    return found;
  }

  async function completed(harness: Harness, what: 'index' | 'watch', count: number): Promise<void> {
    await until(
      async () => (await begun(harness, what)).filter(({ status }) => status === 'COMPLETED').length >= count,
    );
  }

  async function schedules({ client }: Harness): Promise<string[]> {
    const ids: string[] = [];
    for await (const { scheduleId } of client.schedule.list()) ids.push(scheduleId);
    return ids.filter((id) => id.startsWith('clawback-watch-'));
  }

  test('is handed to another at once when the worker stops, and is not begun where nothing is to be watched', async () => {
    const harness = await createHarness({ mail: [config()] });
    try {
      const worker = await harness.startWorker();
      await completed(harness, 'index', 1);
      await append(server.port, ANN, { raw: mail({ id: 'first' }) });
      await until(async () => (await countOf(harness, ANN)) === 1);
      const began = performance.now();
      await worker.stop();
      // Not when its grace is over, after thirty seconds.
      expect(performance.now() - began).toBeLessThan(20_000);

      await harness.startWorker();
      await completed(harness, 'index', 2);
      await append(server.port, ANN, { raw: mail({ id: 'second' }) });
      await until(async () => (await countOf(harness, ANN)) === 2);
      const running = await begun(harness, 'watch');
      expect(running).toMatchObject([{ status: 'RUNNING' }]);
      const [{ workflowId, runId } = { workflowId: '', runId: '' }] = running;
      const history = historyToJSON(await harness.client.workflow.getHandle(workflowId, runId).fetchHistory());
      expect(contentIn(`${history}\n${payloads(JSON.parse(history))}`)).toEqual([]);

      await until(async () => (await schedules(harness)).length === 1);
      await ensureSchedules(harness.client, [{ name: 'dovecot', intervalMs: 3_600_000, idle: 0 }]);
      await until(async () => (await schedules(harness)).length === 0);
    } finally {
      await harness.close();
    }
  });

  test('ends by itself, and is followed by another', async () => {
    const harness = await createHarness({ mail: [config()], deps: { watchMs: 1_000 } });
    try {
      await harness.startWorker();
      await completed(harness, 'watch', 2);
    } finally {
      await harness.close();
    }
  });
});
