import { groupBy } from '../domain/group';
import { type LedgerDoc } from '../store/ledger';
import { type ActivityDeps } from './deps';
import { record } from './record';
import { type RowResult } from './work-rows';

const BATCH = 1000;

type EventsOf = (results: readonly RowResult[], at: Date) => Parameters<typeof record>[2];

/**
 * Takes a job's open rows from whoever works on them. Fences first, so that no worker that is still at it can move one
 * of these messages afterwards (law 5); what bears the job's stamp by then was done and is recorded so.
 */
export function createSettle({ store, provider, clock }: ActivityDeps) {
  return { settle, fenceOff };

  /** Gives every open row its final outcome: what was not done is `failed`, with the reason. */
  async function settle(jobId: string, reason: string, eventsOf: EventsOf): Promise<void> {
    await eachChunk(jobId, eventsOf, (row) => ({ row, outcome: 'failed', reason, ownerActionId: null, to: row.to }));
  }

  /** Leaves what was not done `open`: nobody works on it any more. */
  async function fenceOff(jobId: string, eventsOf: EventsOf): Promise<void> {
    await eachChunk(jobId, eventsOf, () => null);
  }

  async function eachChunk(
    jobId: string,
    eventsOf: EventsOf,
    undone: (row: LedgerDoc) => RowResult | null,
  ): Promise<void> {
    const fenced = new Set<number>();
    for (let after: string | null = null; ;) {
      const open = await store.ledger.openRows(jobId, after, BATCH);
      for (const chunk of groupBy(open, (row) => row.chunk).keys()) {
        if (fenced.has(chunk)) continue;
        fenced.add(chunk);
        await takeChunk(jobId, chunk, eventsOf, undone);
      }
      after = open.at(-1)?._id ?? null;
      if (after === null) return;
    }
  }

  async function takeChunk(
    jobId: string,
    chunk: number,
    eventsOf: EventsOf,
    undone: (row: LedgerDoc) => RowResult | null,
  ): Promise<void> {
    const fence = await store.fences.next(jobId, chunk);
    const rows = await store.ledger.claim(jobId, chunk, fence);
    const ours = await stamped(rows, jobId);
    await provider.fence(rows.filter(({ messageId }) => !ours.has(messageId)));
    // Between the first look and the fence a late move may still have come through: look again.
    const done = await stamped(rows, jobId);
    const results = rows.flatMap((row): RowResult[] => {
      const folder = done.get(row.messageId);
      if (folder === undefined) {
        const left = undone(row);
        return left === null ? [] : [left];
      }
      return row.kind === 'action'
        ? [{ row, outcome: 'removed', reason: null, ownerActionId: null, to: folder }]
        : [{ row, outcome: 'restored', reason: null, ownerActionId: null, to: row.to }];
    });
    const at = clock();
    await record(store, results, eventsOf(results, at), { fence, at });
  }

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
