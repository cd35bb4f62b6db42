import { type Connection } from 'mongoose';
import { type Begun, type Lease, type Leases } from '../domain/imap';
import { type Collection, type CollectionDefinition, collectionOf, ignoreDuplicates, newId } from './collection';
import { gathered } from './gathered';

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

/** Who is to have a mailbox. */
interface Wanted {
  readonly mailbox: string;
  readonly holder: string;
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

  /** Takes leases where nobody has them, each in one step; gives what was begun before, or `null` where it is not ours. */
  const take = gathered(async (wanted: readonly Wanted[]) => {
    const free = { $or: [{ $eq: [{ $ifNull: ['$holder', null] }, null] }, { $lt: ['$until', '$$NOW'] }] };
    await ignoreDuplicates(
      collection.bulkWrite(
        wanted.map(({ mailbox, holder }) => ({
          updateOne: {
            filter: { _id: mailbox },
            update: [
              { $set: { holder: { $cond: [free, holder, '$holder'] }, until: { $cond: [free, until, '$until'] } } },
            ],
            upsert: true,
          },
        })),
        { ordered: false },
      ),
    );
    const found = await collection.find({ _id: { $in: wanted.map(({ mailbox }) => mailbox) } }).toArray();
    const byMailbox = new Map(found.map((lease) => [lease._id, lease]));
    return wanted.map(({ mailbox, holder }): readonly Begun[] | null => {
      const lease = byMailbox.get(mailbox);
      return lease?.holder === holder ? (lease.begun ?? []) : null;
    });
  });

  /** Writes down what is begun with mailboxes; says of each whether its lease is still ours. */
  const write = gathered(async (notes: readonly (Wanted & { readonly begun: readonly Begun[] })[]) => {
    const { matchedCount } = await collection.bulkWrite(
      notes.map(({ mailbox, holder, begun }) => ({
        updateOne: { filter: { _id: mailbox, holder }, update: { $set: { begun } } },
      })),
      { ordered: false },
    );
    if (matchedCount === notes.length) return notes.map(() => true);
    const ours = await collection
      .find({ _id: { $in: notes.map(({ mailbox }) => mailbox) } }, { projection: { holder: 1 } })
      .toArray();
    const holders = new Set(ours.map(({ holder }) => holder));
    return notes.map(({ holder }) => holders.has(holder));
  });

  const giveBack = gathered(async (given: readonly (Wanted & { readonly left: Partial<LeaseDoc> })[]) => {
    await collection.bulkWrite(
      given.map(({ mailbox, holder, left }) => ({
        updateOne: { filter: { _id: mailbox, holder }, update: { $set: { holder: null, ...left } } },
      })),
      // Lost in a failover, they only end later, and what is about to be done is found out: nobody needs to wait for the journal.
      { ordered: false, writeConcern: { w: 1 } },
    );
    return given.map(() => undefined);
  });

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
        if (!(await write({ mailbox, holder, begun: more }))) throw lost();
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
        await giveBack({ mailbox, holder, left: begun === written ? {} : { begun } });
      },
    };
  }

  return {
    collection,
    async acquire(mailbox, waitMs = WAIT_MS) {
      const holder = newId();
      const started = performance.now();
      for (let pause = FIRST_LOOK_MS; ; pause = Math.min(2 * pause, LAST_LOOK_MS)) {
        const asked = performance.now();
        const begun = await take({ mailbox, holder });
        if (begun !== null) return hold(mailbox, holder, asked, begun);
        if (asked - started > waitMs) throw new LeaseError('mailboxBusy', `Another worker works on ${mailbox}`);
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    },
  };
}
