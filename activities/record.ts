import { type EventDoc } from '../store/events';
import { type Store } from '../store/store';
import { outcomeGroups, type RowResult } from './work-rows';

/** Another attempt has taken the rows over: this one may record nothing (law 5). Temporal's retry finds the rest. */
export class FenceLostError extends Error {
  readonly code = 'fenceLost';
  readonly retryable = true;
  constructor() {
    super('A later attempt owns these rows');
    this.name = 'FenceLostError';
  }
}

/** Writes outcomes and events in one transaction, and only if the attempt still owns every row (laws 5 and 7). */
export async function record(
  store: Store,
  results: readonly RowResult[],
  events: readonly EventDoc[],
  { fence, at }: { readonly fence: number; readonly at: Date },
): Promise<void> {
  if (results.length === 0) return;
  const groups = outcomeGroups(results);
  await store.transaction(async (session) => {
    const written = await store.ledger.settle(groups, fence, at, session);
    if (written !== results.length) throw new FenceLostError();
    await store.events.insert(events, session);
  });
}
