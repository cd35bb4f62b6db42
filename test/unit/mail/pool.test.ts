import { type Begun, type Intent, type Lease, type Leases } from '../../../domain/imap';
import { type ImapConfig } from '../../../mail/config';
import { createPool, type Pool } from '../../../mail/imap/pool';
import { type Session } from '../../../mail/imap/session';
import { MailboxError } from '../../../mail/provider';
import { nextTurn } from '../../support/next-turn';

const CONFIG = {
  name: 'mail',
  host: 'mail.example',
  port: 143,
  auth: { method: 'password' },
  limits: { connections: 2 },
};
const INTENT: Intent = { jobId: 'job', kind: 'remove', to: 'there', at: new Date(0), actionId: null };

/** Leases that are kept in memory: who holds one, and what is written down as begun when it is given back. */
function leasesInMemory({ release = () => Promise.resolve() }: { release?: () => Promise<void> } = {}) {
  const held = new Set<string>();
  const left = new Map<string, readonly Begun[]>();
  const acquire = (mailbox: string): Promise<Lease> => {
    held.add(mailbox);
    let begun: Begun[] = [];
    return Promise.resolve({
      check: () => undefined,
      get begun() {
        return begun;
      },
      intend(messages, intent) {
        begun = [...begun, { messages, intent }];
        return Promise.resolve();
      },
      forget(ids) {
        begun = begun.filter(({ messages }) => !messages.every((id) => ids.includes(id)));
      },
      release() {
        held.delete(mailbox);
        left.set(mailbox, begun);
        return release();
      },
    });
  };
  const leases: Leases = { acquire };
  return { leases, held, left };
}

function poolWith(leases: Leases, open?: (mailbox: string) => Promise<Session>): Pool {
  const client = { usable: true, logout: () => Promise.resolve() };
  const session = (mailbox: string): Promise<Session> =>
    Promise.resolve({ mailbox, client, close: () => undefined, refusal: () => 'NO' } as unknown as Session);
  return createPool({ config: CONFIG as ImapConfig, leases, open: open ?? session });
}

const nothing = (): Promise<void> => Promise.resolve();

test('leases that cannot be given back for a while keep no later mailbox out', async () => {
  let isAway = true;
  const { leases } = leasesInMemory({
    release: () => (isAway ? Promise.reject(new Error('away')) : Promise.resolve()),
  });
  const pool = poolWith(leases);
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const work = (name: string): Promise<string> => pool.prepared(name, nothing, () => Promise.resolve(name));
  const first = await Promise.allSettled(names.map(work));
  expect(first.map(({ status }) => status)).toEqual(names.map(() => 'rejected'));
  isAway = false;
  expect(await Promise.all(names.map(work))).toEqual(names);
});

test('what runs in the background takes no lease before it has a connection', async () => {
  const { leases, held } = leasesInMemory();
  const pool = poolWith(leases);
  let end: () => void = () => undefined;
  const long = new Promise<void>((resolve) => {
    end = resolve;
  });
  const all = ['a', 'b', 'c', 'd'].map((name) => pool.use(name, () => long, { background: true }));
  await nextTurn();
  expect([...held]).toEqual(['a', 'b']);
  end();
  await Promise.all(all);
  expect([...held]).toEqual([]);
});

/** Leases of two workers, each of one holder at a time. Who asks for one that is taken, and will not wait for long, is refused. */
function sharedLeases() {
  const { leases, held } = leasesInMemory();
  const waiting: (() => void)[] = [];
  const acquire = async (mailbox: string, waitMs?: number): Promise<Lease> => {
    while (held.has(mailbox)) {
      if (waitMs !== undefined) throw Object.assign(new Error('busy'), { code: 'mailboxBusy' });
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    const lease = await leases.acquire(mailbox);
    const release = async (): Promise<void> => {
      await lease.release();
      for (const next of waiting.splice(0)) next();
    };
    return Object.assign(Object.create(lease) as Lease, { release });
  };
  return { leases: { acquire }, held };
}

test('two workers that each want the mailboxes of the other do not wait for one another', async () => {
  const { leases, held } = sharedLeases();
  const [one, two] = [poolWith(leases), poolWith(leases)];
  let end: () => void = () => undefined;
  const long = new Promise<void>((resolve) => {
    end = resolve;
  });
  const first = ['a', 'b'].map((name) => one.use(name, () => long));
  const second = ['c', 'd'].map((name) => two.use(name, () => long));
  const done: string[] = [];
  const work = (name: string) => () => Promise.resolve(done.push(name));
  // Next for a connection is who looks, with the other worker having the mailbox already and waiting for one.
  const looks = [
    ...['e', 'f'].map((name) => one.use(name, work(name))),
    ...['g', 'h'].map((name) => two.use(name, work(name))),
  ];
  await nextTurn();
  const moves = [
    ...['g', 'h'].map((name) => one.prepared(name, nothing, work(name))),
    ...['e', 'f'].map((name) => two.prepared(name, nothing, work(name))),
  ];
  await nextTurn();
  expect([...held].sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
  end();
  await Promise.all([...first, ...second, ...looks, ...moves]);
  expect(done.sort()).toEqual(['e', 'e', 'f', 'f', 'g', 'g', 'h', 'h']);
  expect([...held]).toEqual([]);
});

test('what is written down before there is a connection is struck out where none comes about', async () => {
  const { leases, left } = leasesInMemory();
  const away = new MailboxError('unreachable', 'It is away', { retryable: true });
  const pool = poolWith(leases, () => Promise.reject(away));
  const prepare = (lease: Lease): Promise<void> => lease.intend(['one', 'two'], INTENT);
  await expect(pool.prepared('a', prepare, nothing)).rejects.toMatchObject({ code: 'unreachable' });
  expect(left.get('a')).toEqual([]);
});

test('what is written down stays where the connection breaks while it is worked', async () => {
  const { leases, left } = leasesInMemory();
  const pool = poolWith(leases);
  const prepare = (lease: Lease): Promise<void> => lease.intend(['one'], INTENT);
  const broken = (): Promise<void> => Promise.reject(Object.assign(new Error('cut'), { code: 'EConnectionClosed' }));
  await expect(pool.prepared('a', prepare, broken)).rejects.toMatchObject({ code: 'unreachable' });
  expect(left.get('a')).toEqual([{ messages: ['one'], intent: INTENT }]);
});
