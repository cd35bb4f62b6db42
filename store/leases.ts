import { type Connection } from 'mongoose';
import { type Begun, type Lease, type Leases } from '../domain/imap';
import { type Collection, type CollectionDefinition, collectionOf, isDuplicateKey, newId } from './collection';

interface LeaseDoc {
  /** The mailbox's address. */
  readonly _id: string;
  readonly holder: string | null;
  /** By the clock of MongoDB: those of workers may differ. */
  readonly until: Date;
  /** What holders wrote down before they did it; here, so that it costs no commands of its own. */
  readonly begun?: readonly Begun[];
}

const definition: CollectionDefinition = {
  name: 'leases',
  schema: { _id: String, holder: String, until: Date, begun: [{}] },
  indexes: [],
};

/** A worker that died is waited for this long. */
const LEASE_MS = 30_000;
const RENEW_MS = 8_000;
/** Before the lease ends by MongoDB's clock, its holder takes it as ended: what it asked last has reached the server by then. */
const MARGIN_MS = 5_000;
const WAIT_MS = 2 * LEASE_MS;
const FIRST_LOOK_MS = 20;
const LAST_LOOK_MS = 500;

/** Somebody else works on the mailbox, or this worker was away for too long while it did. */
class LeaseError extends Error {
  readonly code: 'mailboxBusy' | 'leaseLost';
  readonly retryable = true;
  constructor(code: LeaseError['code'], message: string) {
    super(message);
    this.code = code;
    this.name = 'LeaseError';
  }
}

export interface LeaseStore extends Leases {
  readonly collection: Collection<LeaseDoc>;
}

/**
 * One lease a mailbox, so that two workers never work on one (law 5). It is renewed while it is held, and its holder is
 * asked to look at it before every command that changes something: a worker that was frozen finds it ended.
 */
export function createLeaseStore(connection: Connection): LeaseStore {
  const collection = collectionOf<LeaseDoc>(connection, definition);
  const until = { $add: ['$$NOW', LEASE_MS] };

  /** Takes the lease where nobody has it, in one step; gives what was begun before, or `null` where it is not ours. */
  async function take(mailbox: string, holder: string): Promise<readonly Begun[] | null> {
    const free = { $or: [{ $eq: [{ $ifNull: ['$holder', null] }, null] }, { $lt: ['$until', '$$NOW'] }] };
    try {
      const found = await collection.findOneAndUpdate(
        { _id: mailbox },
        [{ $set: { holder: { $cond: [free, holder, '$holder'] }, until: { $cond: [free, until, '$until'] } } }],
        { upsert: true, returnDocument: 'after' },
      );
      return found?.holder === holder ? (found.begun ?? []) : null;
    } catch (error) {
      if (isDuplicateKey(error)) return null;
      throw error;
    }
  }

  /** `asked` is taken before MongoDB answers: its own end of the lease is never sooner. */
  function hold(mailbox: string, holder: string, asked: number, found: readonly Begun[]): Lease {
    let ends = asked + LEASE_MS - MARGIN_MS;
    let begun = found;
    let written = found;
    const timer = setInterval(() => {
      const now = performance.now();
      collection
        .updateOne({ _id: mailbox, holder, $expr: { $gt: ['$until', '$$NOW'] } }, [{ $set: { until } }])
        .then(({ matchedCount }) => {
          ends = matchedCount === 1 ? now + LEASE_MS - MARGIN_MS : 0;
        })
        .catch(() => undefined);
    }, RENEW_MS);
    timer.unref();
    const lost = (): LeaseError =>
      new LeaseError('leaseLost', `The lease on ${mailbox} has ended: another worker may have the mailbox`);
    return {
      check() {
        if (performance.now() >= ends) throw lost();
      },
      get begun() {
        return begun;
      },
      async intend(messages, intent) {
        const more = [...begun, { intent, messages }];
        const { matchedCount } = await collection.updateOne({ _id: mailbox, holder }, { $set: { begun: more } });
        if (matchedCount === 0) throw lost();
        begun = written = more;
      },
      forget(messageIds) {
        const over = new Set(messageIds);
        if (!begun.some(({ messages }) => messages.some((id) => over.has(id)))) return;
        begun = begun
          .map(({ intent, messages }) => ({ intent, messages: messages.filter((id) => !over.has(id)) }))
          .filter(({ messages }) => messages.length > 0);
      },
      async release() {
        clearInterval(timer);
        const left = begun === written ? {} : { begun };
        // Lost in a failover, it only ends later, and what is about to be done is found out: nobody needs to wait for the journal.
        const soon = { writeConcern: { w: 1 } } as const;
        await collection.updateOne({ _id: mailbox, holder }, { $set: { holder: null, ...left } }, soon);
      },
    };
  }

  return {
    collection,
    async acquire(mailbox) {
      const holder = newId();
      const started = performance.now();
      for (let pause = FIRST_LOOK_MS; ; pause = Math.min(2 * pause, LAST_LOOK_MS)) {
        const asked = performance.now();
        const begun = await take(mailbox, holder);
        if (begun !== null) return hold(mailbox, holder, asked, begun);
        if (asked - started > WAIT_MS) throw new LeaseError('mailboxBusy', `Another worker works on ${mailbox}`);
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    },
  };
}
