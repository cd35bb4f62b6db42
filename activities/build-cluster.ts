import { clusterTypeOf } from '../domain/cluster';
import { isSimilarMalicious, type SimilarFigures } from '../domain/attributes';
import { type ClusterEntity, clusterKey } from '../domain/entity';
import { groupBy } from '../domain/group';
import { automationMayTakeFrom, folderKind, locationOf } from '../domain/location';
import {
  type AutomationStanding,
  type ClusterFacts,
  decide,
  type Decision,
  type EntityFindings,
  messageReasons,
  type MessageTraits,
  type ReasonDetail,
  type TakeableGroup,
} from '../domain/policy';
import { type Retention } from '../domain/retention';
import { type AutomationSettings } from '../domain/settings';
import { type AlertDoc } from '../store/alerts';
import { type ClusterDoc } from '../store/clusters';
import { type MailboxCounts, type UnsafeMailbox } from '../store/mailboxes';
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
  readonly startedBy: string;
  readonly parts: readonly ActionPart[];
}

export interface ClusterInput {
  readonly alert: AlertDoc;
  readonly entity: ClusterEntity;
  /** How a cluster of similar messages was judged: its verdict is its own, that of an entity the alert's. */
  readonly similar?: SimilarFigures;
  readonly settings: AutomationSettings;
  readonly standing: AutomationStanding;
  readonly carrying: readonly ClusterRow[];
  /** Of the mailboxes that the messages are in. */
  readonly retentions: ReadonlyMap<string, Retention>;
  readonly mailboxes: MailboxCounts;
  /** Why the mailboxes of the messages cannot be handled safely, if so. */
  readonly unsafe: ReadonlyMap<string, UnsafeMailbox>;
  readonly queryTime: Date;
  readonly findings: EntityFindings | null;
}

/** Turns what the index found into a cluster, its counts and its actions. Pure. */
export function buildCluster(input: ClusterInput): BuiltCluster {
  const { alert, entity, settings, standing, carrying, mailboxes, queryTime, findings } = input;
  const { similar } = input;
  const verdict = similar === undefined ? alert.verdict : isSimilarMalicious(similar) ? 'malicious' : 'suspicious';
  const key = clusterKey(entity);
  const excluded = new Set(settings.excludedMailboxes);
  const rows = carrying.filter(({ mailbox }) => !excluded.has(mailbox));
  const takeable = rows.filter(({ folder }) => automationMayTakeFrom(folder));
  // Similarity may not take what a person put back, whatever it was removed for.
  const cleared = ({ clearedKeys }: ClusterRow): boolean =>
    similar === undefined ? clearedKeys.includes(key) : clearedKeys.length > 0;
  const traits = (row: ClusterRow): MessageTraits => ({ ...traitsOf(row, input), reverted: cleared(row) });
  const facts: ClusterFacts = {
    type: clusterTypeOf(entity.type),
    verdict,
    ...(similar === undefined ? {} : { similar }),
    messageCount: rows.length,
    takeable: groupsOf(takeable.map(traits)),
    startedByPerson: alert.startedByPerson,
    startedBy: alert.startedBy,
    entity: findings,
  };
  const decision = decide(facts, settings, standing);
  return {
    startedBy: alert.startedBy,
    parts: partsOf(decision, takeable, (row) => messageReasons(traits(row), settings).length > 0),
    cluster: {
      investigationId: alert.investigationId,
      alertId: alert._id,
      type: facts.type,
      key,
      entity,
      verdict,
      queryTime,
      messageCount: rows.length,
      mailboxCount: new Set(rows.map(({ mailbox }) => mailbox)).size,
      excludedCount: carrying.length - rows.length,
      excluded: mailboxCounts(carrying.filter(({ mailbox }) => excluded.has(mailbox))),
      protectedCount: rows.filter(({ folder }) => ['protected', 'deleted'].includes(folderKind(folder))).length,
      deliveryCounts: countBy(rows, ({ originalFolder }) =>
        folderKind(originalFolder) === 'junk' ? 'Delivered to junk' : 'Delivered',
      ),
      locationCounts: countBy(rows, ({ folder }) => locationOf(folder)),
      coverage: {
        mailboxesSearched: mailboxes.all - mailboxes.unreachable - excluded.size,
        mailboxesStale: mailboxes.stale,
        mailboxesUnreachable: mailboxes.unreachable,
        mailboxesExcluded: excluded.size,
      },
      facts,
      decision,
    },
  };
}

function traitsOf(
  { mailbox, folder }: ClusterRow,
  { retentions, unsafe }: Pick<ClusterInput, 'retentions' | 'unsafe'>,
): Omit<MessageTraits, 'reverted'> {
  const retention = retentions.get(mailbox);
  const found = unsafe.get(mailbox);
  const why = found?.whole ?? (folderKind(folder) === 'junk' ? (found?.junk ?? null) : null);
  return {
    ...(why === null ? {} : { unsafe: why }),
    retentionDays: retention?.days ?? null,
    hold: retention?.hold ?? false,
  };
}

function groupsOf(traits: readonly MessageTraits[]): TakeableGroup[] {
  const alike = groupBy(traits, ({ retentionDays, hold, unsafe, reverted }) =>
    JSON.stringify([retentionDays, hold, unsafe, reverted]),
  );
  return [...alike.values()].flatMap((group) => (group[0] === undefined ? [] : [{ ...group[0], count: group.length }]));
}

function partsOf(
  decision: Decision,
  takeable: readonly ClusterRow[],
  isHeld: (row: ClusterRow) => boolean,
): ActionPart[] {
  if (decision.kind === 'none') return [];
  if (decision.kind === 'pending') return [{ status: 'Pending', reasons: decision.reasons, rows: takeable }];
  const parts: ActionPart[] = [
    { status: 'Running', reasons: [], rows: takeable.filter((row) => !isHeld(row)) },
    { status: 'Pending', reasons: decision.waiting, rows: takeable.filter(isHeld) },
  ];
  return parts.filter(({ rows }) => rows.length > 0);
}

function mailboxCounts(rows: readonly ClusterRow[]): { readonly mailbox: string; readonly count: number }[] {
  const takeable = rows.filter(({ folder }) => automationMayTakeFrom(folder));
  return [...groupBy(takeable, ({ mailbox }) => mailbox)].map(([mailbox, group]) => ({ mailbox, count: group.length }));
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Record<string, number> {
  return Object.fromEntries([...groupBy(items, keyOf)].map(([key, group]) => [key, group.length]));
}
