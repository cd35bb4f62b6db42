import { clusterTypeOf } from '../domain/cluster';
import { type Entity, entityKey } from '../domain/entity';
import { automationMayTakeFrom, folderKind, locationOf } from '../domain/location';
import { decide, type Decision, type ReasonDetail } from '../domain/policy';
import { type AutomationSettings } from '../domain/settings';
import { type AlertDoc } from '../store/alerts';
import { type ClusterDoc } from '../store/clusters';
import { type ClusterRow } from '../store/messages';

/** The part of a cluster that becomes one action. */
export interface ActionPart {
  readonly status: 'Running' | 'Pending';
  readonly reasons: readonly ReasonDetail[];
  readonly rows: readonly ClusterRow[];
}

/** A cluster as it was found, what the policy decided, and the actions that follow. */
export interface BuiltCluster {
  readonly cluster: Omit<ClusterDoc, '_id' | 'actionIds'>;
  readonly decision: Decision;
  readonly parts: readonly ActionPart[];
}

export interface ClusterInput {
  readonly alert: AlertDoc;
  readonly entity: Entity;
  readonly settings: AutomationSettings;
  readonly carrying: readonly ClusterRow[];
  readonly mailboxes: number;
  readonly queryTime: Date;
}

/** Turns what the index found into a cluster, its counts and its actions. Pure. */
export function buildCluster({ alert, entity, settings, carrying, mailboxes, queryTime }: ClusterInput): BuiltCluster {
  const key = entityKey(entity);
  const excluded = new Set(settings.excludedMailboxes);
  const rows = carrying.filter(({ mailbox }) => !excluded.has(mailbox));
  const takeable = rows.filter(({ folder }) => automationMayTakeFrom(folder));
  const reverted = takeable.filter(({ clearedKeys }) => clearedKeys.includes(key));
  const type = clusterTypeOf(entity.type);
  const decision = decide(
    {
      type,
      verdict: alert.verdict,
      messageCount: rows.length,
      takeable: takeable.length,
      reverted: reverted.length,
      startedByPerson: alert.startedByPerson,
    },
    settings,
  );
  return {
    decision,
    parts: partsOf(decision, takeable, key),
    cluster: {
      investigationId: alert.investigationId,
      alertId: alert._id,
      type,
      key,
      entity,
      verdict: alert.verdict,
      queryTime,
      messageCount: rows.length,
      mailboxCount: new Set(rows.map(({ mailbox }) => mailbox)).size,
      excludedCount: carrying.length - rows.length,
      protectedCount: rows.filter(({ folder }) => ['protected', 'deleted'].includes(folderKind(folder))).length,
      deliveryCounts: countBy(rows, ({ originalFolder }) =>
        folderKind(originalFolder) === 'junk' ? 'Delivered to junk' : 'Delivered',
      ),
      locationCounts: countBy(rows, ({ folder }) => locationOf(folder)),
      coverage: {
        mailboxesSearched: mailboxes - excluded.size,
        mailboxesStale: 0,
        mailboxesUnreachable: 0,
        mailboxesExcluded: excluded.size,
      },
      decision,
    },
  };
}

function partsOf(decision: Decision, takeable: readonly ClusterRow[], key: string): ActionPart[] {
  if (decision.kind === 'none') return [];
  if (decision.kind === 'pending') return [{ status: 'Pending', reasons: decision.reasons, rows: takeable }];
  const isReverted = ({ clearedKeys }: ClusterRow): boolean => clearedKeys.includes(key);
  const parts: ActionPart[] = [
    { status: 'Running', reasons: [], rows: takeable.filter((row) => !isReverted(row)) },
    { status: 'Pending', reasons: decision.waiting, rows: takeable.filter(isReverted) },
  ];
  return parts.filter(({ rows }) => rows.length > 0);
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) {
    const key = keyOf(item);
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}
