import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index';
import { type WorkflowInput } from '../domain/contracts';
import { INDEX_TASK_QUEUE, MAIL_TASK_QUEUE, WATCH_TASK_QUEUE, WEBHOOK_TASK_QUEUE } from '../domain/ids';
import { type DeliveryRetry } from '../domain/notices';

const HEARTBEAT_MS = 10_000;

type Upkeep = 'reconcileOnce' | 'sweepRetention' | 'planIndex' | 'indexBatch' | 'watchMailboxes';

type Work = Omit<Activities, Upkeep>;

/** Longer than the sender's own limit. */
const ATTEMPT = '30 seconds';

/**
 * The activities of one run. No attempt limit: a removal that cannot go on waits for its servers. A day at most, then
 * what is left is `failed`. A dead worker is noticed after the heartbeat timeout, since an activity beats for as long
 * as it works.
 */
export function activitiesOf({ heartbeatMs = HEARTBEAT_MS }: WorkflowInput) {
  const patient = {
    scheduleToCloseTimeout: '24 hours',
    heartbeatTimeout: heartbeatMs,
    retry: { initialInterval: '500 milliseconds', backoffCoefficient: 2, maximumInterval: '15 seconds' },
  } as const;
  const store = proxyActivities<Work>(patient);
  const mail = proxyActivities<Work>({ ...patient, taskQueue: MAIL_TASK_QUEUE });
  const { prepare, close, recordDecision, lookAgain, recount, finishAction, planRevert, closeRevert } = store;
  const { freezeSelection, tendWaiting, openReverts, followReverts } = store;
  const { applyChunk } = mail;
  return {
    ...{ prepare, close, recordDecision, lookAgain, recount, finishAction, planRevert, closeRevert, applyChunk },
    ...{ freezeSelection, tendWaiting, openReverts, followReverts },
  };
}

/** The activities of a webhook's delivery, on a queue of their own: a receiver that is slow holds up no removal. */
export function deliveryActivitiesOf({ firstMs, maxMs, withinMs }: DeliveryRetry) {
  const { deliverOnce } = proxyActivities<Work>({
    taskQueue: WEBHOOK_TASK_QUEUE,
    scheduleToCloseTimeout: withinMs,
    startToCloseTimeout: ATTEMPT,
    heartbeatTimeout: HEARTBEAT_MS,
    retry: { initialInterval: firstMs, backoffCoefficient: 2, maximumInterval: maxMs },
  });
  const { giveUpDelivery } = proxyActivities<Work>({
    scheduleToCloseTimeout: '24 hours',
    startToCloseTimeout: ATTEMPT,
    retry: { initialInterval: '1 second', maximumInterval: '1 minute' },
  });
  return { deliverOnce, giveUpDelivery };
}

/** Upkeep runs again at its next turn: a round that fails is not worth more than a few tries. */
export const { reconcileOnce, sweepRetention } = proxyActivities<Activities>({
  scheduleToCloseTimeout: '10 minutes',
  heartbeatTimeout: HEARTBEAT_MS,
  retry: { maximumAttempts: 3 },
});

/** The first index of large mailboxes takes as long as it takes; what an attempt has read is read. */
export const { planIndex, indexBatch } = proxyActivities<Pick<Activities, 'planIndex' | 'indexBatch'>>({
  taskQueue: INDEX_TASK_QUEUE,
  scheduleToCloseTimeout: '24 hours',
  heartbeatTimeout: HEARTBEAT_MS,
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute', maximumAttempts: 10 },
});

/** It ends by itself after ten minutes. A worker that stops hands it to another at once. */
export const { watchMailboxes } = proxyActivities<Pick<Activities, 'watchMailboxes'>>({
  taskQueue: WATCH_TASK_QUEUE,
  startToCloseTimeout: '20 minutes',
  scheduleToCloseTimeout: '1 hour',
  heartbeatTimeout: HEARTBEAT_MS,
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
});
