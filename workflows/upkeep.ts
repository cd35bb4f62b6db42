import { type IndexInput, type IndexResult, type ReconcileResult, type SweepResult } from '../domain/contracts';
import { indexBatch, planIndex, reconcileOnce, sweepRetention } from './proxies';

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

/** Started by a Schedule for each IMAP provider: brings the index of all its mailboxes up to date. */
export async function indexMailboxes({ provider }: IndexInput): Promise<IndexResult> {
  const { batches } = await planIndex({ provider });
  const total = { mailboxes: 0, indexed: 0, away: 0 };
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < batches) {
      const done = await indexBatch({ provider, batch: next++ });
      total.mailboxes += done.mailboxes;
      total.indexed += done.indexed;
      total.away += done.away;
    }
  };
  await Promise.all(Array.from({ length: Math.min(BATCHES_AT_ONCE, batches) }, lane));
  return total;
}
