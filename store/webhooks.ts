import { type Connection } from 'mongoose';
import { type NoticeEvent } from '../domain/notices';
import { type Collection, type CollectionDefinition, collectionOf, type Session } from './collection';

/** A receiver of notices. Its secret is in a collection of its own, so that no list of webhooks can show it. */
export interface WebhookDoc {
  readonly _id: string;
  readonly url: string;
  readonly events: readonly NoticeEvent[];
  readonly createdBy: string;
  readonly createdAt: Date;
}

const definition: CollectionDefinition = {
  name: 'webhooks',
  schema: { _id: String, url: String, events: [String], createdBy: String, createdAt: Date },
  indexes: [[{ events: 1, createdAt: 1 }]],
};

export interface WebhookStore {
  readonly collection: Collection<WebhookDoc>;
  byId(id: string): Promise<WebhookDoc | null>;
  /** All of them, oldest first: the API keeps them few. */
  all(): Promise<WebhookDoc[]>;
  /** The webhooks that had subscribed to an event when it came about. */
  subscribers(event: NoticeEvent, at: Date, session?: Session): Promise<WebhookDoc[]>;
}

export function createWebhookStore(connection: Connection): WebhookStore {
  const collection = collectionOf<WebhookDoc>(connection, definition);
  return {
    collection,
    byId: (id) => collection.findOne({ _id: id }),
    all: () => collection.find({}).sort({ _id: 1 }).toArray(),
    subscribers: (event, at, session) =>
      collection.find({ events: event, createdAt: { $lte: at } }, session === undefined ? {} : { session }).toArray(),
  };
}
