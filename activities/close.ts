import { type ActionStatus, AUTOMATION, SYSTEM, isWorkedBy, TEMPORAL_OPERATOR } from '../domain/action';
import { type CloseInput, type CloseResult, type WorkOver } from '../domain/contracts';
import { closingStatus, type InvestigationStatus } from '../domain/investigation';
import { fillCounts, REMOVAL_OUTCOMES, remainingInMailboxes } from '../domain/ledger';
import { dueAt } from '../domain/notices';
import { type ActionDoc } from '../store/actions';
import { type AlertDoc } from '../store/alerts';
import { type ClusterDoc } from '../store/clusters';
import { type InvestigationDoc } from '../store/investigations';
import { announceActions } from './announce';
import { type ActivityDeps } from './deps';
import { createCarryOn } from './carry-on';
import { createEndAction } from './end-action';
import { say } from './say';

/** What is known of an ending beyond the rows themselves. */
export interface Ending {
  readonly failed: boolean;
  readonly terminatedByUser: boolean;
  /** The person who ended it over the API; `null` where an operator did at Temporal, or nobody did. */
  readonly termination: InvestigationDoc['termination'];
}

/**
 * Ends what is over: actions whose chunks are all worked, pending actions whose time is up, and the investigation if
 * nothing waits any more. An alert that joined in the meantime keeps it open: the lock that the alert raised and that
 * closing deletes lets only one of the two commit.
 */
export function createClose(deps: ActivityDeps) {
  const { store, clock } = deps;
  const { endAction, endWaiting } = createEndAction(deps);
  const carryOn = createCarryOn(deps);

  return { closeInvestigation, forceClose };

  async function closeInvestigation({ investigationId, failed, over }: CloseInput): Promise<CloseResult> {
    const investigation = await store.investigations.byId(investigationId);
    if (investigation === null) throw new Error(`There is no investigation ${investigationId}`);
    const terminatedByUser = investigation.termination !== null;
    const ending: Ending = { failed, terminatedByUser, termination: investigation.termination };
    for (const action of await store.actions.of(investigationId)) {
      if (!isWorkedBy(action, investigationId)) continue;
      if (failed || !isUnderWay(action) || isOver(action, over)) await endIfOver(action, ending);
    }
    const ends = failed || terminatedByUser;
    if (ends) await cancelWaiting(investigationId, ending);
    const actions = await store.actions.of(investigationId);
    await announceActions(deps, actions);
    const waiting = actions.filter(({ status }) => status === 'Pending');
    if (actions.some(isUnderWay)) return answer(investigation, 'waiting', 'Running');
    if (!ends && (await hasWaitingAlert(investigationId))) return answer(investigation, 'joined', 'Running');
    if (!ends && waiting.length > 0) {
      await store.investigations.setOpenStatus(investigationId, 'Pending Action');
      return answer(investigation, 'waiting', 'Pending Action');
    }
    const status = await finish(investigation, ending, ends);
    if (status !== 'joined' && status !== 'waiting') say('Investigation ended', { investigationId, status });
    return status === 'joined' || status === 'waiting'
      ? answer(investigation, status, 'Running')
      : answer(investigation, 'closed', status);
  }

  /** Ends one action that nobody works on: what was begun is settled, what waits ends where its time or its case is over. */
  async function endIfOver(action: ActionDoc, ending: Ending): Promise<void> {
    const { failed, terminatedByUser } = ending;
    if (action.status === 'Running') return endAction(action, 'timedOut');
    if (action.status === 'Approved' && action.halt !== null) return endAction(action, 'stopped');
    if (action.status !== 'Pending' && action.status !== 'Approved') return;
    if (terminatedByUser || failed) await endWaiting(action, 'Cancelled', whoEnds(ending));
    else if (action.status === 'Pending' && isDue(action)) await endWaiting(action, 'Expired');
  }

  /** Closes an investigation whose workflow is gone: running actions are settled, waiting ones cancelled. */
  async function forceClose(investigation: InvestigationDoc, ending: Ending): Promise<void> {
    for (const action of await store.actions.of(investigation._id)) {
      if (!isWorkedBy(action, investigation._id)) continue;
      if (action.status === 'Running') await endAction(action, 'workflowEnded');
      if (action.status === 'Approved') await endWaiting(action, 'Cancelled', whoEnds(ending));
    }
    await cancelWaiting(investigation._id, ending);
    await announceActions(deps, await store.actions.of(investigation._id));
    await finish(investigation, ending, true);
  }

  /** Also what a pause had left open and was handed over just now: it ends with its investigation. */
  async function cancelWaiting(investigationId: string, ending: Ending): Promise<void> {
    for (const action of await store.actions.of(investigationId)) {
      if (action.status === 'Pending') await endWaiting(action, 'Cancelled', whoEnds(ending));
    }
  }

  async function finish(
    investigation: InvestigationDoc,
    ending: Ending,
    force: boolean,
  ): Promise<InvestigationStatus | 'joined' | 'waiting'> {
    const id = investigation._id;
    const clusters = await store.clusters.of(id);
    return store.transaction(async (session) => {
      const waiting = await store.alerts.collection
        .find({ investigationId: id, state: 'waiting' }, { session })
        .sort({ _id: 1 })
        .toArray();
      const actions = await store.actions.of(id, session);
      const undecided = actions.some((action) => UNENDED.includes(action.status) && isWorkedBy(action, id));
      // An alert or a decision that came since the look above: of it and this close only one commits first.
      if ((waiting.length > 0 && !force) || undecided) {
        await session.abortTransaction();
        return undecided ? 'waiting' : 'joined';
      }
      const status = statusOf(investigation, ending, { clusters, actions });
      const written = await store.investigations.collection.updateOne(
        { _id: id, open: true },
        { $set: { status, open: false, endedAt: clock(), endReason: ending.failed ? 'failed' : null } },
        { session },
      );
      // What a person ended is over for all who had joined it; where its workflow was lost or ended at Temporal, it is not.
      if (written.matchedCount === 1 && ending.termination === null) {
        await carryOn(id, await joinedSince(id, waiting), session);
      }
      await store.openEntities.collection.deleteMany({ investigationId: id }, { session });
      return status;
    });
  }

  /** Of the alerts that wait those that joined: the one that opened the investigation ends with it. */
  async function joinedSince(id: string, waiting: readonly AlertDoc[]): Promise<readonly AlertDoc[]> {
    const [opening] = await store.alerts.of(id);
    return waiting.filter(({ _id }) => _id !== opening?._id);
  }

  async function hasWaitingAlert(investigationId: string): Promise<boolean> {
    return (await store.alerts.of(investigationId)).some(({ state }) => state === 'waiting');
  }

  async function answer(
    { _id, verdict }: InvestigationDoc,
    state: CloseResult['state'],
    status: InvestigationStatus,
  ): Promise<CloseResult> {
    const [actions, clusters] = await Promise.all([store.actions.of(_id), store.clusters.of(_id)]);
    const counts = actions.flatMap(({ outcomes }) => (outcomes ? [fillCounts(REMOVAL_OUTCOMES, outcomes)] : []));
    return {
      state,
      status,
      verdict,
      decidedBy: decidersOf(actions),
      messages: clusters.reduce((total, { messageCount }) => total + messageCount, 0),
      removed: counts.reduce((total, { removed }) => total + removed, 0),
      remaining: counts.reduce((total, outcomes) => total + remainingInMailboxes(outcomes), 0),
      dueAt: dueAt(actions, clock()),
    };
  }

  function isDue({ expiresAt }: ActionDoc): boolean {
    return expiresAt !== null && expiresAt <= clock();
  }
}

const UNENDED: readonly ActionStatus[] = ['Pending', 'Approved', 'Running'];

function statusOf(
  { verdict }: InvestigationDoc,
  { failed, terminatedByUser }: Ending,
  { clusters, actions }: { readonly clusters: readonly ClusterDoc[]; readonly actions: readonly ActionDoc[] },
): InvestigationStatus {
  return closingStatus({
    ...{ failed, terminatedByUser, verdict },
    messageCount: clusters.reduce((total, { messageCount }) => total + messageCount, 0),
    mailboxesNotSearched: clusters.reduce(
      (total, { coverage }) => total + coverage.mailboxesStale + coverage.mailboxesUnreachable,
      0,
    ),
    actionStatuses: actions.map((action) => action.status),
  });
}

/** Whether the work that it is in is over; one that waited since and was decided then is in other work. */
function isOver({ _id, decisionId }: ActionDoc, over: readonly WorkOver[]): boolean {
  return over.some((work) => work.actionId === _id && work.decisionId === decisionId);
}

/** Whether its investigation's workflow works on it, or is about to. */
function isUnderWay(action: ActionDoc): boolean {
  const { status, investigationId } = action;
  return (status === 'Running' || status === 'Approved') && isWorkedBy(action, investigationId);
}

/** In whose name an investigation's waiting actions end. */
function whoEnds({ terminatedByUser, termination }: Ending): { readonly by: string; readonly comment: string | null } {
  return termination ?? { by: terminatedByUser ? TEMPORAL_OPERATOR : SYSTEM, comment: null };
}

function decidersOf(actions: readonly ActionDoc[]): CloseResult['decidedBy'] {
  const names = actions.flatMap(({ decidedBy }) => decidedBy ?? []);
  if (names.some((name) => name !== AUTOMATION && name !== SYSTEM)) return 'person';
  if (names.includes(AUTOMATION)) return 'automation';
  return names.length === 0 ? null : 'system';
}
