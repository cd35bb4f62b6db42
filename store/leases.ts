import { type Connection } from 'mongoose';
import { type Lease, type Leases } from '../domain/imap';
import { type Collection, type CollectionDefinition, collectionOf, isDuplicateKey, newId } from './collection';

interface LeaseDoc {
  /** The mailbox's address. */
  readonly _id: string;
  readonly holder: string | null;
  /** By the clock of MongoDB: those of workers may differ. */
  readonly until: Date;
}

const definition: CollectionDefinition = {
  name: 'leases',
  schema: { _id: String, holder: String, until: Date },
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

  /** Takes the lease where nobody has it, in one step; says whether it is ours now. */
  async function take(mailbox: string, holder: string): Promise<boolean> {
    const free = { $or: [{ $eq: [{ $ifNull: ['$holder', null] }, null] }, { $lt: ['$until', '$$NOW'] }] };
    try {
      const found = await collection.findOneAndUpdate(
        { _id: mailbox },
        [{ $set: { holder: { $cond: [free, holder, '$holder'] }, until: { $cond: [free, until, '$until'] } } }],
        { upsert: true, returnDocument: 'after' },
      );
      return found?.holder === holder;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  /** `asked` is taken before MongoDB answers: its own end of the lease is never sooner. */
  function hold(mailbox: string, holder: string, asked: number): Lease {
    let ends = asked + LEASE_MS - MARGIN_MS;
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
    return {
      check() {
        if (performance.now() >= ends) {
          throw new LeaseError('leaseLost', `The lease on ${mailbox} has ended: another worker may have the mailbox`);
        }
      },
      async release() {
        clearInterval(timer);
        // Lost in a failover, it only ends later: nobody needs to wait for the journal.
        await collection.updateOne({ _id: mailbox, holder }, { $set: { holder: null } }, { writeConcern: { w: 1 } });
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
        if (await take(mailbox, holder)) return hold(mailbox, holder, asked);
        if (asked - started > WAIT_MS) throw new LeaseError('mailboxBusy', `Another worker works on ${mailbox}`);
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    },
  };
}
