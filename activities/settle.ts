import { groupBy } from '../domain/group';
import { type LedgerDoc } from '../store/ledger';
import { type ActivityDeps } from './deps';
import { record } from './record';
import { type RowResult } from './work-rows';

const BATCH = 1000;

/**
 * Gives every row of a job that is still open its final outcome: what bears the job's stamp was done, the rest is
 * `failed`. Fences first, so that no worker that is still at it can move one of these messages afterwards (law 5).
 */
export function createSettle({ store, provider, clock }: ActivityDeps) {
  return async function settleOpenRows(
    jobId: string,
    reason: string,
    eventsOf: (results: readonly RowResult[], at: Date) => Parameters<typeof record>[2],
  ): Promise<void> {
    for (;;) {
      const open = await store.ledger.openRows(jobId, BATCH);
      if (open.length === 0) return;
      for (const chunk of groupBy(open, (row) => row.chunk).keys()) await settleChunk(jobId, chunk);
    }

    async function settleChunk(id: string, chunk: number): Promise<void> {
      const fence = await store.fences.next(id, chunk);
      const rows = await store.ledger.claim(id, chunk, fence);
      const ours = await stamped(rows, id);
      await provider.fence(rows.filter(({ messageId }) => !ours.has(messageId)));
      // Between the first look and the fence a late move may still have come through: look again.
      const done = await stamped(rows, id);
      const results = rows.map((row): RowResult => {
        if (!done.has(row.messageId)) return { row, outcome: 'failed', reason, ownerActionId: null, to: row.to };
        return row.kind === 'action'
          ? { row, outcome: 'removed', reason: null, ownerActionId: null, to: done.get(row.messageId) ?? null }
          : { row, outcome: 'restored', reason: null, ownerActionId: null, to: row.to };
      });
      const at = clock();
      await record(store, results, eventsOf(results, at), { fence, at });
    }
  };

  /** The messages that bear the job's stamp, with the folder they are in. */
  async function stamped(rows: readonly LedgerDoc[], jobId: string): Promise<ReadonlyMap<string, string>> {
    const seen = await provider.locate(rows);
    return new Map(
      seen
        .filter(({ removedBy, restoredBy }) => removedBy === jobId || restoredBy === jobId)
        .map(({ messageId, folder }) => [messageId, folder]),
    );
  }
}
