import { type DeliveryRef, type DeliveryResult } from '../domain/contracts';
import { type DeliveryDoc } from '../store/deliveries';
import { type ActivityDeps } from './deps';

/** The receiver did not take it; `retryable` where a later attempt may go better. */
class DeliveryError extends Error {
  readonly code: string;
  readonly retryable: boolean;
  constructor(code: string) {
    super('The receiver did not take it');
    this.name = 'DeliveryError';
    this.code = code;
    // Where a webhook points to an address that it may not reach, trying all day is no answer.
    this.retryable = code !== 'refusedAddress';
  }
}

/** The delivery of one notice to one webhook. A receiver may get it twice, always with the same id, never from two rows. */
export function createDeliverWebhook({ store, sender, clock }: ActivityDeps) {
  return { deliverOnce, giveUp };

  /** One attempt, logged in the delivery's row; throws where the receiver did not take it. */
  async function deliverOnce({ deliveryId }: DeliveryRef): Promise<DeliveryResult> {
    const delivery = await store.deliveries.byId(deliveryId);
    if (delivery?.status !== 'pending') return { status: delivery?.status ?? 'dropped' };
    const [webhook, secret] = await Promise.all([
      store.webhooks.byId(delivery.webhookId),
      store.webhookSecrets.of(delivery.webhookId),
    ]);
    if (webhook === null || secret === null) {
      await store.deliveries.end(deliveryId, { status: 'dropped', code: 'webhookDeleted', at: clock() });
      return { status: 'dropped' };
    }
    const at = clock();
    const { status, code } = await sender.send({
      url: webhook.url,
      secret,
      id: deliveryId,
      body: bodyOf(delivery),
      at,
    });
    const ms = clock().getTime() - at.getTime();
    await store.deliveries.attempted(deliveryId, { at, status, code, ms }, code === null);
    if (code !== null) throw new DeliveryError(code);
    return { status: 'delivered' };
  }

  /** Ends a delivery whose time is up, or which no attempt can bring through. */
  async function giveUp({ deliveryId }: DeliveryRef): Promise<DeliveryResult> {
    const code = (await store.deliveries.byId(deliveryId))?.attempts.at(-1)?.code ?? 'notTried';
    await store.deliveries.end(deliveryId, { status: 'failed', code, at: clock() });
    return { status: (await store.deliveries.byId(deliveryId))?.status ?? 'dropped' };
  }
}

function bodyOf({ _id, event, at, data }: DeliveryDoc): string {
  return JSON.stringify({ id: _id, event, at: at.toISOString(), data });
}
