import { type Connection } from 'mongoose';
import { type DeliveryStatus, type NoticeData, type NoticeEvent } from '../domain/notices';
import { type Collection, type CollectionDefinition, collectionOf, type Session } from './collection';

/** One try: what the receiver answered, or the code of what stood in the way. */
export interface Attempt {
  readonly at: Date;
  readonly status: number | null;
  readonly code: string | null;
  readonly ms: number;
}

/** One notice on its way to one webhook, with the log of its attempts. */
export interface DeliveryDoc {
  readonly _id: string;
  readonly webhookId: string;
  readonly noticeId: string;
  readonly event: NoticeEvent;
  readonly data: NoticeData;
  /** When it came about, whenever it is delivered. */
  readonly at: Date;
  readonly status: DeliveryStatus;
  /** Why it was given up or dropped. */
  readonly code: string | null;
  /** The last of them; `attemptCount` counts all. */
  readonly attempts: readonly Attempt[];
  readonly attemptCount: number;
  /** The delivery that this one repeats. */
  readonly replayOf: string | null;
  readonly createdAt: Date;
  /** When the reconciler last compared it with its workflow. */
  readonly lookedAt: Date;
  readonly endedAt: Date | null;
}

/** More than the retry times of a day make. */
const ATTEMPTS_KEPT = 50;
const KEPT_SECONDS = 30 * 24 * 60 * 60;

const definition: CollectionDefinition = {
  name: 'deliveries',
  schema: {
    _id: String,
    webhookId: String,
    noticeId: String,
    event: String,
    data: {},
    at: Date,
    status: String,
    code: String,
    attempts: [{}],
    attemptCount: Number,
    replayOf: String,
    createdAt: Date,
    lookedAt: Date,
    endedAt: Date,
  },
  indexes: [
    [{ webhookId: 1, createdAt: -1, _id: -1 }],
    [
      { status: 1, lookedAt: 1 },
      { partialFilterExpression: { status: 'pending' }, name: 'pending' },
    ],
    [{ createdAt: 1 }, { expireAfterSeconds: KEPT_SECONDS }],
  ],
};

export interface DeliveryStore {
  readonly collection: Collection<DeliveryDoc>;
  byId(id: string): Promise<DeliveryDoc | null>;
  insert(deliveries: readonly DeliveryDoc[], session?: Session): Promise<void>;
  /** The log of a webhook, newest first. */
  list(webhookId: string, after: { at: Date; id: string } | null, limit: number): Promise<DeliveryDoc[]>;
  count(webhookId: string): Promise<number>;
  /** Logs an attempt of a delivery that is still pending; ends it where it was taken. */
  attempted(id: string, attempt: Attempt, delivered: boolean): Promise<void>;
  /** Ends a pending delivery that was not taken. */
  end(
    id: string,
    end: { readonly status: 'failed' | 'dropped'; readonly code: string; readonly at: Date },
  ): Promise<void>;
  /** Ends what is still on its way to a webhook that is being deleted. */
  dropOf(webhookId: string, at: Date, session: Session): Promise<void>;
  /** Pending deliveries, those first that were not looked at for longest, and marks them as looked at. */
  look(limit: number, at: Date): Promise<DeliveryDoc[]>;
}

export function createDeliveryStore(connection: Connection): DeliveryStore {
  const collection = collectionOf<DeliveryDoc>(connection, definition);
  return {
    collection,
    byId: (id) => collection.findOne({ _id: id }),
    async insert(deliveries, session) {
      await collection.insertMany([...deliveries], session === undefined ? {} : { session });
    },
    list: (webhookId, after, limit) =>
      collection
        .find({
          webhookId,
          ...(after === null
            ? {}
            : { $or: [{ createdAt: { $lt: after.at } }, { createdAt: after.at, _id: { $lt: after.id } }] }),
        })
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit)
        .toArray(),
    count: (webhookId) => collection.countDocuments({ webhookId }, { limit: 10_001 }),
    async attempted(id, attempt, delivered) {
      await collection.updateOne(
        { _id: id, status: 'pending' },
        {
          $push: { attempts: { $each: [attempt], $slice: -ATTEMPTS_KEPT } },
          $inc: { attemptCount: 1 },
          ...(delivered ? { $set: { status: 'delivered', endedAt: attempt.at } } : {}),
        },
      );
    },
    async end(id, { status, code, at }) {
      await collection.updateOne({ _id: id, status: 'pending' }, { $set: { status, code, endedAt: at } });
    },
    async dropOf(webhookId, at, session) {
      await collection.updateMany(
        { webhookId, status: 'pending' },
        { $set: { status: 'dropped', code: 'webhookDeleted', endedAt: at } },
        { session },
      );
    },
    async look(limit, at) {
      const pending = await collection.find({ status: 'pending' }).sort({ lookedAt: 1 }).limit(limit).toArray();
      await collection.updateMany({ _id: { $in: pending.map(({ _id }) => _id) } }, { $set: { lookedAt: at } });
      return pending;
    },
  };
}
