import { ActivityFailure, isCancellation } from '@temporalio/workflow';
import { type DeliveryInput, type DeliveryResult } from '../domain/contracts';
import { DELIVERY_RETRY } from '../domain/notices';
import { deliveryActivitiesOf } from './proxies';

/** Brings one notice to one webhook: tries until the receiver takes it, for a day, then gives up. */
export async function deliverWebhook({ deliveryId, retry = DELIVERY_RETRY }: DeliveryInput): Promise<DeliveryResult> {
  const { deliverOnce, giveUpDelivery } = deliveryActivitiesOf(retry);
  try {
    return await deliverOnce({ deliveryId });
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    return giveUpDelivery({ deliveryId });
  }
}
