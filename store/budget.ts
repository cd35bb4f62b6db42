import { type Connection } from 'mongoose';
import { type Collection, type CollectionDefinition, collectionOf, type Session } from './collection';

/** How many messages an action of automation may remove, from when it began; once it has ended, how many it did. */
interface BudgetDoc {
  /** The action's id. */
  readonly _id: string;
  readonly messages: number;
  /** When it began; once it has ended, when that was. */
  readonly at: Date;
  /** False while it works: until it has ended it counts, however long ago it began. */
  readonly settled: boolean;
}

/** Changed in every reservation: two at the same moment conflict, so that each sees what the other took. */
interface GuardDoc {
  readonly _id: string;
  readonly turn: number;
}

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
/** Rows are of no use after a day. */
const KEPT_SECONDS = 2 * 24 * 60 * 60;
const GUARD = 'automation';

const definition: CollectionDefinition = {
  name: 'budget',
  schema: { _id: String, messages: Number, at: Date, settled: Boolean },
  indexes: [
    [{ at: 1 }, { expireAfterSeconds: KEPT_SECONDS, partialFilterExpression: { settled: true }, name: 'ended' }],
    [{ settled: 1, at: 1 }],
  ],
};

const guardDefinition: CollectionDefinition = {
  name: 'budgetGuard',
  schema: { _id: String, turn: Number },
  indexes: [],
};

/** Messages within the last hour and the last day. */
export interface BudgetUse {
  readonly hour: number;
  readonly day: number;
}

export interface BudgetStore {
  readonly collection: Collection<BudgetDoc>;
  /** Makes what reservations conflict on: once, before the first of them. */
  prepare(): Promise<void>;
  used(now: Date, session?: Session): Promise<BudgetUse>;
  /**
   * Takes part of the budget for an action, within a transaction: `fits` is asked with what all others have taken, and
   * only its `true` takes anything. An action that has its part already keeps it.
   */
  reserve(
    part: { readonly actionId: string; readonly messages: number; readonly now: Date },
    fits: (used: BudgetUse) => boolean,
    session: Session,
  ): Promise<boolean>;
  /** Gives back what an action has not used. */
  settle(
    ended: { readonly actionId: string; readonly removed: number; readonly at: Date },
    session: Session,
  ): Promise<void>;
}

export function createBudgetStore(connection: Connection): BudgetStore {
  const collection = collectionOf<BudgetDoc>(connection, definition);
  const guard = collectionOf<GuardDoc>(connection, guardDefinition);

  async function used(now: Date, session?: Session): Promise<BudgetUse> {
    const since = (ms: number): Date => new Date(now.getTime() - ms);
    const within = (ms: number) => ({
      $sum: { $cond: [{ $or: [{ $not: ['$settled'] }, { $gt: ['$at', since(ms)] }] }, '$messages', 0] },
    });
    const [sums] = await collection
      .aggregate<BudgetUse>(
        [
          { $match: { $or: [{ settled: true, at: { $gt: since(DAY_MS) } }, { settled: false }] } },
          { $group: { _id: null, hour: within(HOUR_MS), day: within(DAY_MS) } },
        ],
        session === undefined ? {} : { session },
      )
      .toArray();
    return { hour: sums?.hour ?? 0, day: sums?.day ?? 0 };
  }

  return {
    collection,
    used,
    async prepare() {
      await guard.updateOne({ _id: GUARD }, { $setOnInsert: { turn: 0 } }, { upsert: true });
    },
    async reserve({ actionId, messages, now }, fits, session) {
      await guard.updateOne({ _id: GUARD }, { $inc: { turn: 1 } }, { session });
      if ((await collection.findOne({ _id: actionId }, { session })) !== null) return true;
      if (!fits(await used(now, session))) return false;
      await collection.insertOne({ _id: actionId, messages, at: now, settled: false }, { session });
      return true;
    },
    async settle({ actionId, removed, at }, session) {
      await collection.updateOne({ _id: actionId }, { $set: { messages: removed, at, settled: true } }, { session });
    },
  };
}
