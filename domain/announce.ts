import { type WorkflowGateway } from './gateway';
import { type Notice } from './notices';

/** Where notices wait to be delivered. */
export interface Outbox {
  /**
   * Stores a notice and a delivery for each webhook that subscribed before it; gives the ids of the deliveries that it
   * made, none where the notice was there already or nobody subscribed. Throws within a few seconds.
   */
  announce(notice: Notice, now: Date): Promise<readonly string[]>;
}

/** What announcing needs of its caller's dependencies. */
export interface Announcing {
  readonly store: { readonly notices: Outbox };
  readonly gateway: Pick<WorkflowGateway, 'startDelivery'>;
  readonly clock: () => Date;
}

/** A notice as its caller knows it; without `at` it tells of this moment. */
export type News = Omit<Notice, 'at'> & Partial<Pick<Notice, 'at'>>;

/**
 * Tells webhooks of something, beside the caller's main job: it never throws, takes a few seconds at most, and does not
 * wait for Temporal. A delivery that could not be started is started by the reconciler; `warn` hears of every error.
 */
export async function announce(
  { store, gateway, clock }: Announcing,
  news: News,
  warn: (error: unknown) => void,
): Promise<void> {
  try {
    const now = clock();
    const { event, key, data, at = now } = news;
    for (const deliveryId of await store.notices.announce({ event, key, data, at }, now)) {
      gateway.startDelivery(deliveryId).catch(warn);
    }
  } catch (error) {
    warn(error);
  }
}
