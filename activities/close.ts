import { SYSTEM } from '../domain/action';
import { type CloseInput, type CloseResult } from '../domain/contracts';
import { closingStatus, type InvestigationStatus } from '../domain/investigation';
import { fillCounts, REMOVAL_OUTCOMES, remainingInMailboxes } from '../domain/ledger';
import { type ActionDoc } from '../store/actions';
import { type InvestigationDoc } from '../store/investigations';
import { type ActivityDeps } from './deps';
import { createEndAction } from './end-action';

/** What is known of an ending beyond the rows themselves. */
export interface Ending {
  readonly failed: boolean;
  readonly terminatedByUser: boolean;
}

/**
 * Ends what is over: actions whose chunks are all worked, pending actions whose time is up, and the investigation if
 * nothing waits any more. An alert that joined in the meantime keeps it open: the lock that the alert raised and that
 * closing deletes lets only one of the two commit.
 */
export function createClose(deps: ActivityDeps) {
  const { store, clock } = deps;
  const endAction = createEndAction(deps);

  return { closeInvestigation, forceClose };

  async function closeInvestigation({ investigationId, failed }: CloseInput): Promise<CloseResult> {
    const investigation = await store.investigations.byId(investigationId);
    if (investigation === null) throw new Error(`There is no investigation ${investigationId}`);
    for (const action of await store.actions.of(investigationId)) {
      if (action.status === 'Running') await endAction(action, 'timedOut');
      if (action.status === 'Pending' && isDue(action)) {
        await store.actions.advance(action._id, 'Expired', { decidedBy: SYSTEM, decidedAt: clock(), endedAt: clock() });
      }
    }
    const pending = (await store.actions.of(investigationId)).filter(({ status }) => status === 'Pending');
    if (!failed && (await hasWaitingAlert(investigationId))) return answer(investigationId, 'joined', 'Running');
    if (!failed && pending.length > 0) {
      await store.investigations.setOpenStatus(investigationId, 'Pending Action');
      return answer(investigationId, 'waiting', 'Pending Action', firstExpiry(pending));
    }
    const status = await finish(investigation, { failed, terminatedByUser: false });
    return status === 'joined'
      ? answer(investigationId, 'joined', 'Running')
      : answer(investigationId, 'closed', status);
  }

  /** Closes an investigation whose workflow is gone: running actions are settled, waiting ones cancelled. */
  async function forceClose(investigation: InvestigationDoc, ending: Ending): Promise<void> {
    for (const action of await store.actions.of(investigation._id)) {
      if (action.status === 'Running') await endAction(action, 'workflowEnded');
      if (action.status === 'Pending') {
        await store.actions.advance(action._id, 'Cancelled', {
          decidedBy: SYSTEM,
          decidedAt: clock(),
          endedAt: clock(),
        });
      }
    }
    await finish(investigation, ending, true);
  }

  async function finish(
    investigation: InvestigationDoc,
    ending: Ending,
    force = false,
  ): Promise<InvestigationStatus | 'joined'> {
    const id = investigation._id;
    const clusters = await store.clusters.of(id);
    const actions = await store.actions.of(id);
    const status = closingStatus({
      ...ending,
      verdict: investigation.verdict,
      messageCount: clusters.reduce((total, cluster) => total + cluster.messageCount, 0),
      mailboxesNotSearched: clusters.reduce(
        (total, { coverage }) => total + coverage.mailboxesStale + coverage.mailboxesUnreachable,
        0,
      ),
      actionStatuses: actions.map((action) => action.status),
    });
    return store.transaction(async (session) => {
      await store.openEntities.collection.deleteMany({ investigationId: id }, { session });
      const waiting = await store.alerts.collection.findOne({ investigationId: id, state: 'waiting' }, { session });
      if (waiting !== null && !force && !ending.failed) {
        await session.abortTransaction();
        return 'joined';
      }
      await store.investigations.collection.updateOne(
        { _id: id, open: true },
        { $set: { status, open: false, endedAt: clock(), endReason: ending.failed ? 'failed' : null } },
        { session },
      );
      return status;
    });
  }

  async function hasWaitingAlert(investigationId: string): Promise<boolean> {
    return (await store.alerts.of(investigationId)).some(({ state }) => state === 'waiting');
  }

  async function answer(
    investigationId: string,
    state: CloseResult['state'],
    status: InvestigationStatus,
    expiresAt: string | null = null,
  ): Promise<CloseResult> {
    const ended = (await store.actions.of(investigationId)).flatMap(({ outcomes }) => (outcomes ? [outcomes] : []));
    const counts = ended.map((outcomes) => fillCounts(REMOVAL_OUTCOMES, outcomes));
    return {
      state,
      status,
      removed: counts.reduce((total, { removed }) => total + removed, 0),
      remaining: counts.reduce((total, outcomes) => total + remainingInMailboxes(outcomes), 0),
      expiresAt,
    };
  }

  function isDue({ expiresAt }: ActionDoc): boolean {
    return expiresAt !== null && expiresAt <= clock();
  }
}

function firstExpiry(pending: readonly ActionDoc[]): string | null {
  const times = pending.flatMap(({ expiresAt }) => (expiresAt === null ? [] : [expiresAt.getTime()]));
  return times.length === 0 ? null : new Date(Math.min(...times)).toISOString();
}
