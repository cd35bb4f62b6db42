import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index';
import { MAIL_TASK_QUEUE } from '../domain/ids';

/**
 * No attempt limit: a removal that cannot go on waits for its servers. A day at most, then what is left is `failed`.
 * A dead worker is noticed after the heartbeat timeout, since an activity beats for as long as it works.
 */
const PATIENT = {
  scheduleToCloseTimeout: '24 hours',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '500 milliseconds', backoffCoefficient: 2, maximumInterval: '15 seconds' },
} as const;

export const { prepare, close, planRevert, closeRevert } = proxyActivities<Activities>(PATIENT);

export const { applyChunk } = proxyActivities<Activities>({ ...PATIENT, taskQueue: MAIL_TASK_QUEUE });

/** Upkeep runs again at its next turn: a round that fails is not worth more than a few tries. */
export const { reconcileOnce, sweepRetention } = proxyActivities<Activities>({
  scheduleToCloseTimeout: '10 minutes',
  heartbeatTimeout: '10 seconds',
  retry: { maximumAttempts: 3 },
});
