import { type Store } from '../store/store';
import { type EventOf, outcomeGroups, type RowResult } from './work-rows';

/** Another attempt has taken the rows over: this one may record nothing (law 5). Temporal's retry finds the rest. */
export class FenceLostError extends Error {
  readonly code = 'fenceLost';
  readonly retryable = true;
  constructor() {
    super('A later attempt owns these rows');
    this.name = 'FenceLostError';
  }
}

/**
 * Writes outcomes, each with its event in the same row, and only where the attempt still owns the row (laws 5 and 7).
 * Where it does not own them all, those that it owned are recorded, and it ends.
 */
export async function record(
  store: Store,
  results: readonly RowResult[],
  eventOf: EventOf,
  { fence, at }: { readonly fence: number; readonly at: Date },
): Promise<void> {
  if (results.length === 0) return;
  const written = await store.ledger.settle(outcomeGroups(results, eventOf), fence, at);
  if (written !== results.length) throw new FenceLostError();
}
