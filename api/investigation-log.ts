import { type ActionDoc } from '../store/actions';
import { type AlertDoc } from '../store/alerts';
import { type ClusterDoc } from '../store/clusters';
import { type InvestigationDoc } from '../store/investigations';
import { type RevertDoc } from '../store/reverts';
import { alertView } from './views';

interface LogEntry {
  readonly at: Date;
  readonly event: string;
  readonly detail: unknown;
}

interface Told {
  readonly alerts: readonly AlertDoc[];
  readonly clusters: readonly ClusterDoc[];
  readonly actions: readonly ActionDoc[];
  readonly reverts: readonly RevertDoc[];
}

/** What happened, in order: alerts, clusters, actions and their reverts, the first and the last removal, the end. */
export function logOf(investigation: InvestigationDoc, { alerts, clusters, actions, reverts }: Told): LogEntry[] {
  const { stages, endedAt, endReason, status, termination } = investigation;
  const entry = (at: Date | null | undefined, event: string, detail: unknown = null): LogEntry[] =>
    at === null || at === undefined ? [] : [{ at, event, detail }];
  return [
    ...alerts.flatMap((alert) => entry(alert.at, 'Alert received', alertView(alert))),
    ...clusters.flatMap(({ _id, type, queryTime, messageCount, excludedCount, decision, facts: { similar } }) =>
      entry(queryTime, 'Cluster built', {
        ...{ clusterId: _id, type, messages: messageCount, excluded: excludedCount, decision },
        ...(similar === undefined ? {} : { similar }),
      }),
    ),
    ...entry(stages.decision, 'Decided'),
    ...actions.flatMap((action) => [
      ...entry(action.createdAt, 'Action created', {
        actionId: action._id,
        messages: action.messageCount,
        reasons: action.reasons,
      }),
      ...entry(action.decidedAt, 'Action decided', { actionId: action._id, decidedBy: action.decidedBy }),
      ...entry(action.startedAt, 'Action started', { actionId: action._id }),
      ...entry(
        action.halt?.at,
        'Action stopped',
        action.halt === null ? null : { actionId: action._id, ...action.halt },
      ),
      ...entry(action.endedAt, `Action ${action.status}`, { actionId: action._id, outcomes: action.outcomes }),
    ]),
    ...reverts.flatMap((revert) => {
      const { _id: revertId, actionId, destination, requestedBy, comment } = revert;
      const asked = { revertId, actionId, destination, requestedBy };
      // Of all that the action owns it is known how much that is once it has been looked up.
      const messages = revert.messageIds?.length ?? revert.job?.messageCount ?? null;
      return [
        ...entry(revert.startedAt, 'Revert started', { ...asked, messages, comment }),
        ...entry(revert.endedAt, `Revert ${revert.status}`, { ...asked, outcomes: revert.outcomes }),
      ];
    }),
    ...entry(stages.firstRemoval, 'First message removed'),
    ...entry(stages.lastRemoval, 'Last message removed'),
    ...entry(
      termination?.at,
      'Terminated',
      termination === null ? null : { by: termination.by, comment: termination.comment },
    ),
    ...entry(endedAt, `Investigation ${status}`, endReason === null ? null : { reason: endReason }),
  ].sort((one, other) => one.at.getTime() - other.at.getTime());
}
