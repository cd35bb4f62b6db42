import { createHash } from 'node:crypto';
import { type Connection } from 'mongoose';
import { type Outbox } from '../domain/announce';
import { type Notice, type NoticeData, type NoticeEvent } from '../domain/notices';
import { type Collection, type CollectionDefinition, collectionOf, isDuplicateKey } from './collection';
import { type DeliveryDoc, type DeliveryStore } from './deliveries';
import { type Store } from './store';
import { type WebhookDoc, type WebhookStore } from './webhooks';

/** The outbox: a notice is here once, in the transaction that also wrote its deliveries. */
interface NoticeDoc {
  /** `<event>:<key>` */
  readonly _id: string;
  readonly event: NoticeEvent;
  readonly data: NoticeData;
  readonly at: Date;
}

/** Longer than an activity is retried and than an action can wait, so that no notice is forgotten and told again. */
const KEPT_SECONDS = 90 * 24 * 60 * 60;
/** Who announces has another job to do: what takes longer goes on behind its back. */
const ANNOUNCE_MS = 2_000;

const definition: CollectionDefinition = {
  name: 'notices',
  schema: { _id: String, event: String, data: {}, at: Date },
  indexes: [[{ at: 1 }, { expireAfterSeconds: KEPT_SECONDS }]],
};

export interface NoticeStore extends Outbox {
  readonly collection: Collection<NoticeDoc>;
}

interface Around {
  readonly webhooks: WebhookStore;
  readonly deliveries: DeliveryStore;
  readonly transaction: Store['transaction'];
}

export function createNoticeStore(connection: Connection, { webhooks, deliveries, transaction }: Around): NoticeStore {
  const collection = collectionOf<NoticeDoc>(connection, definition);
  return { collection, announce: (notice, now) => inTime(add(notice, now)) };

  async function add({ event, key, data, at }: Notice, now: Date): Promise<readonly string[]> {
    // Most notices are nobody's, or were stored by an earlier attempt: those cost a look, no transaction.
    if ((await webhooks.subscribers(event, at)).length === 0) return [];
    const _id = `${event}:${key}`;
    if ((await collection.countDocuments({ _id }, { limit: 1 })) > 0) return [];
    const notice = { _id, event, data, at };
    try {
      return await transaction(async (session) => {
        await collection.insertOne(notice, { session });
        const subscribed = await webhooks.subscribers(event, at, session);
        const made = subscribed.map((webhook) => deliveryOf(notice, webhook, now));
        if (made.length > 0) await deliveries.insert(made, session);
        return made.map((delivery) => delivery._id);
      });
    } catch (error) {
      if (isDuplicateKey(error)) return [];
      throw error;
    }
  }
}

function deliveryOf({ _id: noticeId, event, data, at }: NoticeDoc, webhook: WebhookDoc, now: Date): DeliveryDoc {
  return {
    _id: createHash('sha256').update(`${noticeId} ${webhook._id}`).digest('hex').slice(0, 24),
    webhookId: webhook._id,
    ...{ noticeId, event, data, at },
    status: 'pending',
    code: null,
    attempts: [],
    attemptCount: 0,
    replayOf: null,
    createdAt: now,
    lookedAt: now,
    endedAt: null,
  };
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('The outbox did not answer in time')), ANNOUNCE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
