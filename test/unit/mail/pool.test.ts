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
