import { type ChunkInput, type ChunkResult } from '../domain/contracts';
import { type MessageRef, type RestoreRef } from '../mail/provider';
import { type LedgerDoc } from '../store/ledger';
import { type ActivityDeps } from './deps';
import { createGoOn } from './go-on';
import { record } from './record';
import { removalEvents, removalResults, revertEvents, revertResults } from './work-rows';

/**
 * Works through one chunk of a ledger: takes its open rows under a new fence, moves the messages in the provider's own
 * batch, looks where they are, and records what it saw. Safe to repeat at any point: rows with an outcome are left
 * alone, and a message that bears our stamp already counts as removed.
 */
export function createApplyChunk(deps: ActivityDeps) {
  const { store, provider, clock } = deps;
  const goOn = createGoOn(deps);

  return async function workThroughChunk(input: ChunkInput): Promise<ChunkResult> {
    return input.kind === 'action' ? removeChunk(input) : restoreChunk(input);
  };

  async function removeChunk({ jobId, chunk }: ChunkInput): Promise<ChunkResult> {
    const { fence, rows } = await claim(jobId, chunk);
    if (rows.length === 0) return { done: 0, halted: false };
    const allowed = await goOn(jobId);
    if (allowed === null) return { done: 0, halted: true };
    const { action, excluded } = allowed;
    const refs = rows.filter(({ mailbox }) => !excluded.has(mailbox)).map(refOf);
    const reports = await provider.softDelete(refs, { jobId, at: clock() });
    const moved = new Set(reports.filter((report) => report.moved).map(({ messageId }) => messageId));
    const seen = await provider.locate(rows.map(refOf));
    const results = removalResults(jobId, rows, seen, { moved, excluded });
    const at = clock();
    await record(store, results, removalEvents(action, results, at), { fence, at });
    if (results.some(({ outcome }) => outcome === 'removed')) {
      await store.investigations.removedAt(action.investigationId, at);
    }
    return { done: rows.length, halted: false };
  }

  async function restoreChunk({ jobId, chunk }: ChunkInput): Promise<ChunkResult> {
    const revert = await store.reverts.byId(jobId);
    if (revert?.open !== true) return { done: 0, halted: false };
    const { fence, rows } = await claim(jobId, chunk);
    const refs = rows.map((row): RestoreRef => ({ ...refOf(row), toFolder: row.to ?? 'inbox' }));
    await provider.restore(refs, revert.actionId, { jobId, at: clock() });
    const results = revertResults(revert, rows, await provider.locate(refs));
    const at = clock();
    await record(store, results, revertEvents(results, at), { fence, at });
    return { done: rows.length, halted: false };
  }

  async function claim(jobId: string, chunk: number): Promise<{ fence: number; rows: LedgerDoc[] }> {
    const fence = await store.fences.next(jobId, chunk);
    return { fence, rows: await store.ledger.claim(jobId, chunk, fence) };
  }
}

function refOf({ messageId, mailbox, from, revision }: LedgerDoc): MessageRef {
  return { messageId, mailbox, folder: from, revision };
}
