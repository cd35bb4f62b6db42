import { chmodSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { registerMailboxes } from '../../cli/providers';
import { actAs, append, describeWithDovecot, NO_PENALTY, PASSWORD } from '../support/dovecot';
import { appendCopies, indexAll } from '../support/imap-mailboxes';
import {
  ANN,
  anotherWorker,
  clock,
  folders,
  refsOf,
  type Setting,
  slowClock,
  withSetting,
} from '../support/imap-setting';
import { mail } from '../support/mail';

const BOB = 'bob@corp.example';
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Files of a Maildir folder, as another program delivered them: without their size in the name. */
function deliver(at: Setting, first: number, mails: number, date: Date): string[] {
  const dir = join(at.server.dir, 'mail', ANN, 'new');
  mkdirSync(dir, { recursive: true });
  return Array.from({ length: mails }, (_, nth) => {
    const number = first + nth;
    const path = join(dir, `${1_700_000_000 + number}.M${number}P1.host`);
    writeFileSync(path, mail({ id: `delivered-${number}` }));
    utimesSync(path, date, date);
    return `M${number}P1.`;
  });
}

/** The file of the inbox that has this in its name. */
function fileOf(at: Setting, part: string): string {
  const root = join(at.server.dir, 'mail', ANN);
  return (
    ['new', 'cur']
      .flatMap((sub) => readdirSync(join(root, sub)).map((name) => join(root, sub, name)))
      .find((path) => path.includes(part)) ?? ''
  );
}

describeWithDovecot('a round in which there is not time for all', () => {
  test('a mailbox with many small folders is left to the next round too', () =>
    withSetting(async (at) => {
      await actAs(at.server.port, ANN, async (client) => {
        for (let work = 0; work < 10; work++) {
          await client.mailboxCreate(`Work${work}`);
          for (let nth = 0; nth < 3; nth++) await client.append(`Work${work}`, mail({ id: `w-${work}-${nth}` }));
        }
      });
      const providers = anotherWorker(at, { limits: { connections: 1 } }, slowClock(120 * MINUTE));
      try {
        const { indexed } = (await providers.imap[0]?.index(0)) ?? { indexed: -1 };
        expect(indexed).toBeLessThan(30);
      } finally {
        await providers.close();
      }
    }));

  test('a small folder beside a large one that is read over many rounds is indexed soon', () =>
    withSetting(async (at) => {
      const { server, store } = at;
      await indexAll(at);
      await actAs(server.port, ANN, async (client) => {
        for (let nth = 0; nth < 550; nth++) await client.append('Archive', mail({ id: `a-${nth}` }));
        await client.append('Junk', mail({ id: 'in junk' }));
        await client.append('INBOX', mail({ id: 'in inbox' }));
      });
      const providers = anotherWorker(at, {}, slowClock(120 * MINUTE));
      const inJunk: number[] = [];
      try {
        for (let round = 0; round < 3; round++) {
          await providers.imap[0]?.index(0);
          inJunk.push(await store.messages.collection.countDocuments({ folder: 'junkemail' }));
        }
        expect(inJunk.at(-1)).toBe(1);
      } finally {
        await providers.close();
      }
    }));

  test(
    'cut rounds, with another worker, a rename, moves and a new UIDVALIDITY meanwhile, neither double nor lose mail',
    () =>
      withSetting(async (at) => {
        const { server, store, config } = at;
        await actAs(server.port, ANN, async (client) => {
          await client.mailboxCreate('Big');
          for (let nth = 0; nth < 450; nth++) await client.append('Big', mail({ id: `big-${nth}` }));
          for (let nth = 0; nth < 250; nth++) await client.append('INBOX', mail({ id: `inbox-${nth}` }));
        });
        // One clock for both workers, by which whatever is done takes a quarter of an hour: each round is cut.
        const slow = slowClock(15 * MINUTE);
        const often = { index: { ...config.index, intervalSeconds: 60 } };
        const cut = anotherWorker(at, often, slow);
        const two = anotherWorker(at, often, slow);
        const act = (what: (client: Parameters<Parameters<typeof actAs>[2]>[0]) => Promise<unknown>) =>
          actAs(server.port, ANN, what);
        try {
          await indexAll(at);
          await act((client) => client.mailboxRename('Big', 'Bigger'));
          await Promise.all([
            cut.imap[0]?.index(0),
            indexAll(two),
            act(async (client) => {
              await client.mailboxOpen('INBOX');
              await client.messageMove('1:50', 'Bigger');
            }),
          ]);
          await cut.imap[0]?.index(0);
          await act(async (client) => {
            await client.mailboxOpen('Bigger');
            await client.messageMove('1:120', 'INBOX');
            await client.messageDelete('1:10');
          });
          await Promise.all([cut.imap[0]?.index(0), indexAll(two)]);
          // No session has the folder open that is replaced now.
          await cut.close();
          await two.close();
          await act(async (client) => {
            // A new UIDVALIDITY of the same name.
            await client.mailboxCreate('Aside');
            await client.mailboxOpen('Bigger');
            await client.messageMove('1:*', 'Aside');
            await client.mailboxClose();
            await client.mailboxDelete('Bigger');
            await client.mailboxCreate('Bigger');
            await client.mailboxOpen('Aside');
            await client.messageMove('1:150', 'Bigger');
          });
          await Promise.all([cut.imap[0]?.index(0), indexAll(two)]);
          for (let round = 0; round < 20; round++) await cut.imap[0]?.index(0);
          for (let round = 0; round < 3; round++) await indexAll(two);
          const there = await folders(at);
          const found = await store.messages.collection.find({}).toArray();
          const known: Record<string, number> = {};
          for (const { place, purgedAt } of found) {
            const path = purgedAt !== null ? 'purged' : (place?.path ?? 'lost');
            known[path] = (known[path] ?? 0) + 1;
          }
          const { purged = 0, ...rest } = known;
          expect([rest, purged]).toEqual([there, 10]);
        } finally {
          await cut.close();
          await two.close();
        }
      }),
    300_000,
  );
});

describeWithDovecot('mail that cannot be read for a while', () => {
  test(
    'three mails that cannot be read, after many old ones, leave no others out of the index for good',
    () =>
      withSetting(async (at) => {
        await actAs(at.server.port, ANN, (client) => client.mailboxOpen('INBOX'));
        deliver(at, 1, 1500, new Date(Date.now() - 40 * DAY));
        const fresh = deliver(at, 1501, 1600, new Date());
        await actAs(at.server.port, ANN, (client) => client.mailboxOpen('INBOX'));
        const bad = fresh.slice(1, 4);
        for (const name of bad) chmodSync(fileOf(at, name), 0o000);
        await indexAll(at);
        for (const name of bad) chmodSync(fileOf(at, name), 0o644);
        for (let round = 0; round < 4; round++) await indexAll(at);
        const unreadable = (await at.store.mailboxes.byAddress(ANN))?.imap?.unreadable;
        expect([await at.store.messages.collection.countDocuments({}), unreadable]).toEqual([1600, 0]);
      }),
    300_000,
  );

  test('a moved mail that was skipped, and that a removal has found, does not end the index of its mailbox', () =>
    withSetting(async (at) => {
      await appendCopies(at.server.port, [ANN], 1);
      await indexAll(at);
      await actAs(at.server.port, ANN, async (client) => {
        await client.mailboxCreate('Work');
        await client.mailboxOpen('INBOX');
        await client.messageMove('1', 'Work');
        await client.mailboxOpen('Work');
      });
      const dir = join(at.server.dir, 'mail', ANN, '.Work', 'cur');
      const [name = ''] = readdirSync(dir);
      chmodSync(join(dir, name), 0o000);
      await indexAll(at);
      expect((await at.store.mailboxes.byAddress(ANN))?.imap?.unreadable).toBe(1);
      chmodSync(join(dir, name), 0o600);
      const ids = (await at.store.messages.collection.find({}).toArray()).map(({ _id }) => _id);
      const seen = await at.provider.locate(await refsOf(at, ids));
      expect(seen).toMatchObject([{ folder: 'Work' }]);
      await append(at.server.port, ANN, { raw: mail({ id: 'later' }) });
      await append(at.server.port, ANN, { folder: 'Work', raw: mail({ id: 'later in work' }) });
      await indexAll(at);
      await indexAll(at);
      expect(await at.store.messages.collection.countDocuments({})).toBe(3);
      expect((await at.store.mailboxes.byAddress(ANN))?.imap?.unreadable).toBe(0);
    }));
});

describeWithDovecot('a folder that is another one for a while', () => {
  const where = async ({ store }: Pick<Setting, 'store'>): Promise<string[]> =>
    (await store.messages.collection.find({}).sort({ _id: 1 }).toArray()).map(
      ({ folder, place }) => `${folder} ${place === null || place === undefined ? 'nowhere' : place.path}`,
    );

  test('a folder that is made anew, while another worker has the old one open, keeps its mail in the index', () =>
    withSetting(async (at) => {
      const { server } = at;
      await actAs(server.port, ANN, async (client) => {
        await client.mailboxCreate('Work');
        for (let nth = 0; nth < 3; nth++) await client.append('Work', mail({ id: `w-${nth}` }));
      });
      const other = anotherWorker(at);
      try {
        // The one that reads it keeps it open.
        await indexAll(other);
        await indexAll(at);
        await actAs(server.port, ANN, async (client) => {
          await client.mailboxCreate('Aside');
          await client.mailboxOpen('Work');
          await client.messageMove('1:*', 'Aside');
          await client.mailboxClose();
          await client.mailboxDelete('Work');
          await client.mailboxCreate('Work');
          await client.mailboxOpen('Aside');
          await client.messageMove('1:*', 'Work');
        });
        await indexAll(at);
        expect(await where(at)).toEqual(Array.from({ length: 3 }, () => 'Work Work'));
        await indexAll(other);
        const after = await where(at);
        for (let round = 0; round < 3; round++) await indexAll(at);
        expect([after, await where(at), await folders(at)]).toEqual([
          expect.anything(),
          Array.from({ length: 3 }, () => 'Work Work'),
          { Work: 3 },
        ]);
      } finally {
        await other.close();
      }
    }));

  test('a folder that is for something else for a while, in which a round is cut, keeps its mail in the index', () =>
    withSetting(async (at) => {
      const { server } = at;
      await actAs(server.port, ANN, async (client) => {
        await client.mailboxCreate('Work');
        for (let nth = 0; nth < 2; nth++) await client.append('Work', mail({ id: `s-${nth}` }));
      });
      await indexAll(at);
      await at.close();
      const inWork = async () => (await where(at)).filter((one) => !one.startsWith('inbox'));
      expect(await inWork()).toEqual(['Work Work', 'Work Work']);
      const cut = anotherWorker(at, {}, slowClock(120 * MINUTE));
      try {
        await actAs(server.port, ANN, async (client) => {
          for (let nth = 0; nth < 150; nth++) await client.append('INBOX', mail({ id: `i-${nth}` }));
        });
        // Somebody marks the folder as one for sent mail, by mistake.
        at.proxy.rewrite({
          down: (said) => said.replace(/^\* LIST \(([^)]*)\) "\." "?Work"?\r$/gm, '* LIST ($1 \\Archive) "." Work\r'),
        });
        await cut.imap[0]?.index(0);
        at.proxy.rewrite({});
        for (let round = 0; round < 5; round++) await cut.imap[0]?.index(0);
        expect([await inWork(), await folders(at)]).toEqual([['Work Work', 'Work Work'], { INBOX: 150, Work: 2 }]);
      } finally {
        await cut.close();
      }
    }));
});

describeWithDovecot('a mailbox that was away', () => {
  test('a mailbox that is back is told again where telling it failed', () =>
    withSetting(async (at) => {
      await indexAll(at);
      await at.store.mailboxes.unreachable(ANN, clock());
      await expect(at.imap[0]?.index(0, () => Promise.reject(new Error('MongoDB is away')))).rejects.toThrow('away');
      const back: string[] = [];
      await at.imap[0]?.index(0, async (found) => void back.push(...found.map(({ mailbox }) => mailbox)));
      expect(back).toEqual([ANN]);
    }));

  test('a mailbox that was configured no more for a while was away since then', () =>
    withSetting(async (at) => {
      await indexAll(at);
      const t0 = new Date(Date.now() - 2 * DAY);
      await registerMailboxes([{ ...at.config, mailboxes: [BOB] }], { store: at.store, clock: () => t0 });
      expect((await at.store.mailboxes.byAddress(ANN))?.imap?.health).toBe('notConfigured');
      await registerMailboxes([{ ...at.config, mailboxes: [ANN, BOB] }], { store: at.store, clock });
      const since: Date[] = [];
      await at.imap[0]?.index(0, async (found) => void since.push(...found.map((one) => one.since)));
      expect(since).toEqual([t0]);
    }));

  test('a mailbox that is back is searched also for what could not be read at first', () =>
    withSetting(async (at) => {
      await indexAll(at);
      await at.store.mailboxes.unreachable(ANN, clock());
      await append(at.server.port, ANN, { raw: mail({ id: 'meanwhile' }) });
      await actAs(at.server.port, ANN, (client) => client.mailboxOpen('INBOX'));
      const dir = join(at.server.dir, 'mail', ANN, 'cur');
      const [name = ''] = readdirSync(dir);
      chmodSync(join(dir, name), 0o000);
      const told: unknown[] = [];
      for (let round = 0; round < 2; round++) {
        await at.imap[0]?.index(0, async (found) => void told.push([round, found.length]));
        chmodSync(join(dir, name), 0o600);
      }
      expect(await at.store.messages.collection.countDocuments({})).toBe(1);
      expect(told.at(-1)).toEqual([1, 1]);
    }));

  test('a mailbox that was away is back when all is caught up, since it was away', () =>
    withSetting(async (at) => {
      await indexAll(at);
      const t0 = new Date(Date.now() - 3 * DAY);
      await at.store.mailboxes.unreachable(ANN, t0);
      await appendCopies(at.server.port, [ANN], 250);
      const slow = anotherWorker(at, {}, slowClock(120 * MINUTE));
      const told: unknown[] = [];
      for (let round = 0; round < 4; round++) {
        await slow.imap[0]?.index(0, async (found) => void told.push([round, found.map(({ since }) => since)]));
      }
      await slow.close();
      expect(told).toEqual([[2, [t0]]]);
    }));

  test('a mailbox that lets us in, and is read over many rounds, is asked soon again after it refuses once more', () =>
    withSetting(async (at) => {
      const { server, store } = at;
      const secret = join(server.dir, 'secret');
      const auth = { method: 'password', password: { file: secret } } as const;
      let now = Date.now();
      let step = 0;
      const others = anotherWorker(at, { auth }, () => new Date((now += step)));
      try {
        await appendCopies(server.port, [ANN], 250);
        writeFileSync(secret, 'wrong');
        for (let time = 0; time < 5; time++) {
          await others.imap[0]?.index(0);
          now += 61 * MINUTE;
        }
        writeFileSync(secret, PASSWORD);
        step = 2 * 60 * MINUTE;
        await others.imap[0]?.index(0);
        expect(await store.messages.collection.countDocuments({})).toBe(100);
        await others.close();
        step = 0;
        writeFileSync(secret, 'wrong');
        await others.imap[0]?.index(0);
        const { refusals, health } = (await store.mailboxes.byAddress(ANN))?.imap ?? {};
        expect([health, refusals?.times]).toEqual(['loginRefused', 1]);
      } finally {
        await others.close();
      }
    }, NO_PENALTY));
});
