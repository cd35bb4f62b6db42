import { type Connection } from 'mongoose';
import { type Collection, type CollectionDefinition, collectionOf } from './collection';

/** The secret that signs what a webhook is sent. Signing needs it as it is, so it is not hashed (docs/webhooks.md). */
export interface WebhookSecretDoc {
  /** The webhook's id. */
  readonly _id: string;
  readonly secret: string;
}

const definition: CollectionDefinition = {
  name: 'webhookSecrets',
  schema: { _id: String, secret: String },
  indexes: [],
};

export interface WebhookSecretStore {
  readonly collection: Collection<WebhookSecretDoc>;
  of(webhookId: string): Promise<string | null>;
}

export function createWebhookSecretStore(connection: Connection): WebhookSecretStore {
  const collection = collectionOf<WebhookSecretDoc>(connection, definition);
  return {
    collection,
    of: async (webhookId) => (await collection.findOne({ _id: webhookId }))?.secret ?? null,
  };
}
