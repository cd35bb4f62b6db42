import { AUTOMATION } from '../domain/action';
import { type ChunkInput, type ChunkResult } from '../domain/contracts';
import { clusterReasons } from '../domain/policy';
import { type MessageRef, type RestoreRef } from '../mail/provider';
import { type ActionDoc } from '../store/actions';
import { type LedgerDoc } from '../store/ledger';
import { type ActivityDeps } from './deps';
import { record } from './record';
import { removalEvents, removalResults, revertEvents, revertResults } from './work-rows';

/**
 * Works through one chunk of a ledger: takes its open rows under a new fence, moves the messages in the provider's own
 * batch, looks where they are, and records what it saw. Safe to repeat at any point: rows with an outcome are left
 * alone, and a message that bears our stamp already counts as removed.
 */
export function createApplyChunk(deps: ActivityDeps) {
  const { store, provider, clock } = deps;

  return async function workThroughChunk(input: ChunkInput): Promise<ChunkResult> {
    return input.kind === 'action' ? removeChunk(input) : restoreChunk(input);
  };

  async function removeChunk({ jobId, chunk }: ChunkInput): Promise<ChunkResult> {
    const action = await begin(jobId);
    if (action?.status !== 'Running') return { done: 0, becamePending: action?.status === 'Pending' };
    const { fence, rows } = await claim(jobId, chunk);
    if (rows.length > 0) {
      const excluded = await nowExcluded(action);
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
    }
    return { done: rows.length, becamePending: false };
  }

  async function restoreChunk({ jobId, chunk }: ChunkInput): Promise<ChunkResult> {
    const revert = await store.reverts.byId(jobId);
    if (revert?.open !== true) return { done: 0, becamePending: false };
    const { fence, rows } = await claim(jobId, chunk);
    const refs = rows.map((row): RestoreRef => ({ ...refOf(row), toFolder: row.to ?? 'inbox' }));
    await provider.restore(refs, revert.actionId, { jobId, at: clock() });
    const results = revertResults(revert, rows, await provider.locate(refs));
    const at = clock();
    await record(store, results, revertEvents(results, at), { fence, at });
    return { done: rows.length, becamePending: false };
  }

  /** Mailboxes that somebody excluded from automation after the ledger was frozen: a person's decision stands. */
  async function nowExcluded({ decidedBy, settingsVersion }: ActionDoc): Promise<ReadonlySet<string>> {
    if (decidedBy !== AUTOMATION) return new Set();
    const settings = await store.settings.get();
    return new Set(settings.version === settingsVersion ? [] : settings.excludedMailboxes);
  }

  async function claim(jobId: string, chunk: number): Promise<{ fence: number; rows: LedgerDoc[] }> {
    const fence = await store.fences.next(jobId, chunk);
    return { fence, rows: await store.ledger.claim(jobId, chunk, fence) };
  }

  /**
   * The last look before the first move: the settings are read again, and an action that they no longer allow becomes
   * pending instead of running. Once an action has begun it goes on.
   */
  async function begin(actionId: string): Promise<ActionDoc | null> {
    const action = await store.actions.byId(actionId);
    if (action?.status !== 'Running' || action.begun || action.decidedBy !== AUTOMATION) return action;
    const [settings, cluster] = await Promise.all([store.settings.get(), store.clusters.byId(action.clusterId)]);
    const reasons =
      cluster === null || settings.version === action.settingsVersion
        ? []
        : clusterReasons({ ...cluster, startedByPerson: false }, settings);
    const now = clock();
    await store.actions.collection.updateOne(
      { _id: actionId, status: 'Running', begun: false },
      reasons.length === 0
        ? { $set: { begun: true, startedAt: now } }
        : {
            $set: {
              status: 'Pending',
              reasons,
              decidedBy: null,
              decidedAt: null,
              startedAt: null,
              actionSource: 'Manual email action',
              settingsVersion: settings.version,
              expiresAt: new Date(now.getTime() + deps.pendingExpiryMs),
            },
          },
    );
    return store.actions.byId(actionId);
  }
}

function refOf({ messageId, mailbox, from, revision }: LedgerDoc): MessageRef {
  return { messageId, mailbox, folder: from, revision };
}
