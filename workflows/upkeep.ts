import {
  type IndexMailboxesInput,
  type IndexResult,
  type ReconcileResult,
  type SweepResult,
} from '../domain/contracts';
import { inTurns } from '../domain/in-turns';
import { indexBatch, planIndex, reconcileOnce, sweepRetention, watchMailboxes } from './proxies';

/** Started every minute by a Schedule: makes MongoDB and Temporal agree again. */
export async function reconcile(): Promise<ReconcileResult> {
  return reconcileOnce();
}

/** Started every hour by a Schedule: purges what retention has outlived. */
export async function retentionSweep(): Promise<SweepResult> {
  return sweepRetention();
}

/** Batches of mailboxes that are indexed side by side. */
const BATCHES_AT_ONCE = 4;

/**
 * Started by a Schedule for each IMAP provider: brings the index of all its mailboxes up to date. By another Schedule,
 * where some are to be watched: watches those for a while.
 */
export async function indexMailboxes({ provider, watch }: IndexMailboxesInput): Promise<IndexResult> {
  if (watch === true) return watchMailboxes({ provider });
  const { batches } = await planIndex({ provider });
  const all = Array.from({ length: batches }, (_, batch) => batch);
  const done = await inTurns(all, BATCHES_AT_ONCE, (batch) => indexBatch({ provider, batch }));
  const total = (count: keyof IndexResult): number => done.reduce((sum, result) => sum + result[count], 0);
  return { mailboxes: total('mailboxes'), indexed: total('indexed'), away: total('away') };
}
