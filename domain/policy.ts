import { type ClusterType } from './cluster';
import { type AutomationSettings } from './settings';
import { type Verdict } from './verdict';

/** Why an action waits for a person (law 2: a closed list; each joins with the feature that can give it). */
export const PENDING_REASONS = ['clusterTypeOff', 'tooManyMessages', 'startedByPerson', 'reverted'] as const;
export type PendingReason = (typeof PENDING_REASONS)[number];

/** A reason with the figures that it rests on. */
export interface ReasonDetail {
  readonly code: PendingReason;
  readonly detail: string;
}

/** What the policy knows of one cluster. All counts are messages. */
export interface ClusterFacts {
  readonly type: ClusterType;
  readonly verdict: Verdict;
  /** Every message that carries the entity, wherever it is, excluded mailboxes left out. */
  readonly messageCount: number;
  /** Those in Inbox, Junk and personal folders: what a removal would take. */
  readonly takeable: number;
  /** Of those, how many a person put back after an earlier removal for the same cluster key (law 6). */
  readonly reverted: number;
  /** True where the token that raised the alert has no `detector` role. */
  readonly startedByPerson: boolean;
}

export type Decision =
  | { readonly kind: 'none'; readonly because: 'notMalicious' | 'nothingInMailboxes' }
  /** `waiting` is the part that becomes a pending action of its own, for message reasons. */
  | { readonly kind: 'automatic'; readonly waiting: readonly ReasonDetail[] }
  | { readonly kind: 'pending'; readonly reasons: readonly ReasonDetail[] };

/** Decides what happens to one cluster (law 2). Total: every verdict and every set of facts has exactly one answer. */
export function decide(cluster: ClusterFacts, settings: AutomationSettings): Decision {
  if (cluster.verdict !== 'malicious') return { kind: 'none', because: 'notMalicious' };
  if (cluster.takeable === 0) return { kind: 'none', because: 'nothingInMailboxes' };
  const reasons = clusterReasons(cluster, settings);
  const reverted = revertedReason(cluster);
  if (reasons.length > 0) return { kind: 'pending', reasons: [...reasons, ...reverted] };
  if (cluster.reverted === cluster.takeable) return { kind: 'pending', reasons: reverted };
  return { kind: 'automatic', waiting: reverted };
}

/** The reasons that hold for a cluster as a whole, with their figures, under these settings. */
export function clusterReasons(
  cluster: Pick<ClusterFacts, 'type' | 'messageCount' | 'startedByPerson'>,
  settings: AutomationSettings,
): ReasonDetail[] {
  const reasons: ReasonDetail[] = [];
  if (!settings.messageClusters[cluster.type]) {
    reasons.push({ code: 'clusterTypeOff', detail: `The box ${cluster.type} is off` });
  }
  if (cluster.messageCount > settings.maxAutomaticMessages) {
    reasons.push({
      code: 'tooManyMessages',
      detail: `${cluster.messageCount} messages, more than the ${settings.maxAutomaticMessages} that automation may take`,
    });
  }
  if (cluster.startedByPerson) {
    reasons.push({ code: 'startedByPerson', detail: 'The token that started it has no detector role' });
  }
  return reasons;
}

function revertedReason(cluster: ClusterFacts): ReasonDetail[] {
  if (cluster.reverted === 0) return [];
  return [
    { code: 'reverted', detail: `${cluster.reverted} messages were put back by a person after an earlier removal` },
  ];
}
