import { type ReconcileResult, type SweepResult } from '../domain/contracts';
import { reconcileOnce, sweepRetention } from './proxies';

/** Started every minute by a Schedule: makes MongoDB and Temporal agree again. */
export async function reconcile(): Promise<ReconcileResult> {
  return reconcileOnce();
}

/** Started every hour by a Schedule: purges what retention has outlived in the embedded mailboxes. */
export async function retentionSweep(): Promise<SweepResult> {
  return sweepRetention();
}
