import { type ActionStatus } from '../domain/action';
import { type ClusterRemediationStatus } from '../domain/cluster';
import { clusterName } from '../domain/entity';
import { groupBy } from '../domain/group';
import { nameOfKey } from '../domain/key-name';
import {
  fillCounts,
  REMOVAL_OUTCOMES,
  type RemovalCounts,
  remainingInMailboxes,
  REVERT_OUTCOMES,
  sum,
} from '../domain/ledger';
import { doneOutcome } from '../domain/remediation';
import { type ActionDoc } from '../store/actions';
import { type AlertDoc } from '../store/alerts';
import { type ClusterDoc } from '../store/clusters';
import { type InvestigationDoc, type Stages } from '../store/investigations';
import { type EvidenceDoc } from '../store/evidence';
import { type LedgerDoc } from '../store/ledger';
import { type RevertDoc } from '../store/reverts';
import { type Store } from '../store/store';

const ENDED: readonly ActionStatus[] = ['Completed', 'Partially Completed', 'Stopped', 'Failed'];

/** An action as the API shows it. */
export async function actionView(store: Store, action: ActionDoc, now: Date) {
  const [view] = await actionViews(store, [action], now);
  return view as ActionView;
}

/**
 * The outcomes of actions: as they were when it ended, else counted, for all at once. What waits is nearly all open: of
 * its ledger only the other rows are counted, since a page of waiting actions may stand for a million messages.
 */
async function outcomesOf(store: Store, actions: readonly ActionDoc[]): Promise<ReadonlyMap<string, RemovalCounts>> {
  const counting = actions.filter(({ outcomes }) => outcomes === null);
  const [waiting, working] = [true, false].map((waits) =>
    counting.filter(({ status }) => (status === 'Pending') === waits).map(({ _id }) => _id),
  );
  const [settled, all] = await Promise.all([
    store.ledger.countsOf(waiting ?? [], 'settled'),
    store.ledger.countsOf(working ?? [], 'all'),
  ]);
  return new Map(
    actions.map(({ _id, status, outcomes, messageCount }) => {
      if (outcomes !== null) return [_id, fillCounts(REMOVAL_OUTCOMES, outcomes)];
      if (status !== 'Pending') return [_id, fillCounts(REMOVAL_OUTCOMES, all.get(_id) ?? {})];
      const found = settled.get(_id) ?? {};
      return [_id, fillCounts(REMOVAL_OUTCOMES, { ...found, open: messageCount - sum(found) })];
    }),
  );
}

function viewOf(action: ActionDoc, outcomes: RemovalCounts, reverts: readonly RevertDoc[], now: Date) {
  const restored = reverts.reduce((total, revert) => total + (revert.outcomes?.restored ?? 0), 0);
  return {
    id: action._id,
    investigationId: action.investigationId,
    clusterId: action.clusterId,
    name: action.name ?? null,
    /** What its messages have in common; `null` where a person chose them. */
    entity: action.key === null ? null : nameOfKey(action.key),
    description: action.description ?? null,
    actionType: action.actionType,
    actionSource: action.actionSource,
    status: action.status,
    decidedBy: action.decidedBy,
    handledBy: action.decidedBy,
    comment: action.comment,
    /** Who stopped it, or paused automation under it, and why. */
    stopped: action.halt === null ? null : { by: action.halt.by, comment: action.halt.comment, at: action.halt.at },
    reasons: action.reasons,
    problem: action.problem ?? null,
    settingsVersion: action.settingsVersion,
    messageCount: action.messageCount,
    mailboxCount: action.mailboxCount,
    leftOutCount: action.leftOutCount ?? 0,
    remainingInMailboxes: remainingInMailboxes(outcomes),
    outcomes,
    undoDeadline: action.undoDeadline,
    undoBasis: action.undoBasis,
    revertible:
      ENDED.includes(action.status) &&
      outcomes[doneOutcome(action.actionType)] > restored &&
      action.undoDeadline !== null &&
      action.undoDeadline > now &&
      !reverts.some(({ open }) => open),
    reverts: reverts.map(({ _id }) => _id),
    expiresAt: action.expiresAt,
    createdAt: action.createdAt,
    decidedAt: action.decidedAt,
    startedAt: action.startedAt,
    endedAt: action.endedAt,
  };
}

export type ActionView = ReturnType<typeof viewOf>;

/** Several actions, with the reverts and the outcomes of all of them read at once. */
export async function actionViews(store: Store, actions: readonly ActionDoc[], now: Date): Promise<ActionView[]> {
  const [found, outcomes] = await Promise.all([
    store.reverts.of(actions.map(({ _id }) => _id)),
    outcomesOf(store, actions),
  ]);
  const reverts = groupBy(found, ({ actionId }) => actionId);
  return actions.map((action) =>
    viewOf(action, outcomes.get(action._id) ?? fillCounts(REMOVAL_OUTCOMES, {}), reverts.get(action._id) ?? [], now),
  );
}

export function clusterView(cluster: ClusterDoc, actions: readonly ActionDoc[]) {
  return {
    id: cluster._id,
    type: cluster.type,
    name: clusterName(cluster.entity),
    verdict: cluster.verdict,
    query: cluster.key,
    queryTime: cluster.queryTime,
    messageCount: cluster.messageCount,
    mailboxCount: cluster.mailboxCount,
    excludedCount: cluster.excludedCount,
    deliveryCounts: cluster.deliveryCounts,
    locationCounts: cluster.locationCounts,
    threats: [cluster.entity.threat],
    coverage: cluster.coverage,
    facts: {
      protectedCount: cluster.protectedCount,
      decision: cluster.decision,
      ...(cluster.facts.similar === undefined ? {} : { similar: cluster.facts.similar }),
    },
    remediationStatus: remediationStatus(
      cluster,
      actions.filter(({ clusterId }) => clusterId === cluster._id),
    ),
  };
}

/** By what is still in mailboxes: an action that ended with nothing left has done its part, however it ended. */
function remediationStatus(
  { decision, messageCount }: ClusterDoc,
  actions: readonly ActionDoc[],
): ClusterRemediationStatus {
  if (messageCount === 0) return 'notFound';
  if (decision.kind === 'none') return decision.because === 'notMalicious' ? 'none' : 'remediated';
  const statuses = actions.map(({ status }) => status);
  if (statuses.includes('Running') || statuses.includes('Approved')) return 'running';
  if (statuses.includes('Pending')) return 'pending';
  const left = (action: ActionDoc): number =>
    action.outcomes === null
      ? action.messageCount
      : remainingInMailboxes(fillCounts(REMOVAL_OUTCOMES, action.outcomes));
  const remaining = actions.reduce((total, action) => total + left(action), 0);
  const messages = actions.reduce((total, action) => total + action.messageCount, 0);
  if (remaining === 0) return 'remediated';
  return remaining === messages ? 'none' : 'partiallyRemediated';
}

/** Investigations with their clusters, actions and first alerts, which are read for all of them at once. */
export async function investigationViews(store: Store, investigations: readonly InvestigationDoc[], now: Date) {
  const ofThem = { investigationId: { $in: investigations.map(({ _id }) => _id) } };
  const [clusters, actions, alerts] = await Promise.all([
    store.clusters.collection.find(ofThem).sort({ _id: 1 }).toArray(),
    store.actions.collection
      .find({ ...ofThem, status: { $ne: 'Freezing' } })
      .sort({ _id: 1 })
      .toArray(),
    store.alerts.collection.find(ofThem).sort({ _id: 1 }).toArray(),
  ]);
  const clustersOf = groupBy(clusters, ({ investigationId }) => investigationId);
  const alertsOf = groupBy(alerts, ({ investigationId }) => investigationId);
  const views = groupBy(await actionViews(store, actions, now), ({ investigationId }) => investigationId);
  const actionsOf = groupBy(actions, ({ investigationId }) => investigationId);
  return investigations.map((investigation) => {
    const { _id } = investigation;
    const mine = clustersOf.get(_id) ?? [];
    return {
      ...investigationRow(investigation),
      alert: alertView(alertsOf.get(_id)?.[0]),
      clusters: mine.map((cluster) => clusterView(cluster, actionsOf.get(_id) ?? [])),
      actions: views.get(_id) ?? [],
      threatCount: mine.reduce(
        (total, { verdict, messageCount }) => total + (verdict === 'malicious' ? messageCount : 0),
        0,
      ),
      actionCount: actionsOf.get(_id)?.length ?? 0,
    };
  });
}

function investigationRow(investigation: InvestigationDoc) {
  const { _id, startedAt, endedAt } = investigation;
  return {
    id: _id,
    workflowId: investigation.workflowId,
    runId: investigation.runId,
    status: investigation.status,
    entities: investigation.entities,
    verdict: investigation.verdict,
    startedAt,
    endedAt,
    durationMs: endedAt === null ? null : endedAt.getTime() - startedAt.getTime(),
    stages: stagesView(investigation.stages),
    termination: investigation.termination,
    relatedInvestigations: investigation.relatedInvestigations,
  };
}

/** When each stage was reached, and how many milliseconds after the alert. */
function stagesView(stages: Stages) {
  const { alert, ...later } = stages;
  return {
    ...stages,
    latencies: Object.fromEntries(
      alert === undefined ? [] : Object.entries(later).map(([stage, at]) => [stage, at.getTime() - alert.getTime()]),
    ) as Readonly<Partial<Record<keyof Stages, number>>>,
  };
}

export function alertView(alert: AlertDoc | undefined) {
  return alert === undefined
    ? null
    : { ...alert.alert, startedBy: alert.startedBy, startedByPerson: alert.startedByPerson };
}

export function evidenceView(record: EvidenceDoc) {
  const { messageId, mailbox, networkMessageId, internetMessageId, headers, headersTruncated } = record;
  const { sha256, size, folder, flags, receivedAt, at } = record;
  return {
    ...{ messageId, mailbox, networkMessageId, internetMessageId, headers, headersTruncated },
    ...{ sha256, size, folder, flags, receivedAt, at },
  };
}

export function ledgerView(row: LedgerDoc) {
  const { messageId, mailbox, networkMessageId, outcome, reason, ownerActionId, from, to, at } = row;
  return { messageId, mailbox, networkMessageId, outcome, reason, ownerActionId, from, to, at };
}

export async function revertView(store: Store, revert: RevertDoc) {
  const { _id, actionId, destination, status, startedAt, endedAt } = revert;
  const outcomes = revert.outcomes ?? fillCounts(REVERT_OUTCOMES, await store.ledger.counts(_id));
  return { id: _id, actionId, destination, status, outcomes, startedAt, endedAt };
}
