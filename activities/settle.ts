import { groupBy } from '../domain/group';
import { type Outcome } from '../domain/ledger';
import { type WorkRow } from '../store/ledger';
import { type ActivityDeps } from './deps';
import { record } from './record';
import { type EventOf, type RowResult } from './work-rows';

const BATCH = 1000;

/** What is to become of a job's open rows: their events, and the outcome of those that bear the job's stamp. */
export interface Settling {
  readonly eventOf: EventOf;
  readonly done: Extract<Outcome, 'removed' | 'moved' | 'restored'>;
}

/**
 * Takes a job's open rows from whoever works on them. Fences first, so that no worker that is still at it can move one
 * of these messages afterwards (law 5); what bears the job's stamp by then was done and is recorded so.
 */
export function createSettle({ store, provider, clock }: ActivityDeps) {
  return { settle, fenceOff };

  /** Gives every open row its final outcome: what was not done is `failed`, with the reason. */
  async function settle(jobId: string, reason: string, settling: Settling): Promise<void> {
    await eachChunk(jobId, settling, (row, away) => ({
      ...{ row, outcome: 'failed', ownerActionId: row.ownerActionId, to: row.to },
      reason: away ? 'unreachable' : reason,
    }));
  }

  /** Leaves what was not done `open`: nobody works on it any more. */
  async function fenceOff(jobId: string, settling: Settling): Promise<void> {
    await eachChunk(jobId, settling, () => null);
  }

  async function eachChunk(
    jobId: string,
    settling: Settling,
    undone: (row: WorkRow, away: boolean) => RowResult | null,
  ): Promise<void> {
    const fenced = new Set<number>();
    for (let after: string | null = null; ;) {
      const open = await store.ledger.openRows(jobId, after, BATCH);
      for (const chunk of groupBy(open, (row) => row.chunk).keys()) {
        if (fenced.has(chunk)) continue;
        fenced.add(chunk);
        await takeChunk(jobId, chunk, settling, undone);
      }
      after = open.at(-1)?._id ?? null;
      if (after === null) return;
    }
  }

  async function takeChunk(
    jobId: string,
    chunk: number,
    { eventOf, done: outcome }: Settling,
    undone: (row: WorkRow, away: boolean) => RowResult | null,
  ): Promise<void> {
    const fence = await store.fences.next(jobId, chunk);
    const rows = await store.ledger.claim(jobId, chunk, fence);
    const { done: ours } = await stamped(rows, jobId);
    await provider.fence(rows.filter(({ messageId }) => !ours.has(messageId)));
    // Between the first look and the fence a late move may still have come through: look again.
    const { done, away } = await stamped(rows, jobId);
    const results = rows.flatMap((row): RowResult[] => {
      const folder = done.get(row.messageId);
      if (folder === undefined) {
        const left = undone(row, away.has(row.messageId));
        return left === null ? [] : [left];
      }
      return [{ row, outcome, reason: null, ownerActionId: null, to: row.kind === 'action' ? folder : row.to }];
    });
    const at = clock();
    await record(store, results, eventOf, { fence, at });
  }

  /** The messages that bear the job's stamp, with the folder they are in, and those that could not be asked for. */
  async function stamped(
    rows: readonly WorkRow[],
    jobId: string,
  ): Promise<{ readonly done: ReadonlyMap<string, string>; readonly away: ReadonlySet<string> }> {
    const seen = await provider.locate(rows);
    const ours = seen.filter(({ removedBy, restoredBy }) => removedBy === jobId || restoredBy === jobId);
    return {
      done: new Map(ours.map(({ messageId, folder }) => [messageId, folder])),
      away: new Set(seen.flatMap(({ messageId, unreachable }) => (unreachable === true ? [messageId] : []))),
    };
  }
}
