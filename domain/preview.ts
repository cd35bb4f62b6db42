import {
  type ClusterFacts,
  decide,
  messageReasons,
  PENDING_REASONS,
  type PendingReason,
  type TakeableGroup,
} from './policy';
import { type AutomationSettings } from './settings';

/** A cluster of the past, as the policy saw it. */
export interface PastCluster {
  /** When it was built. */
  readonly at: Date;
  readonly facts: ClusterFacts;
}

interface Count {
  readonly clusters: number;
  readonly messages: number;
}

/** What settings would have made of clusters. All counts of one settings add up to the clusters given. */
export interface Preview {
  readonly removed: Count;
  readonly waiting: Count & { readonly byReason: readonly (Count & { readonly code: PendingReason })[] };
  /** Not malicious, or nothing left in a mailbox. */
  readonly none: Count;
}

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

/**
 * Decides every cluster again under these settings, in the order of time, with the budget as it would have been used.
 * A pause is an act of the moment and is left out. A cluster whose parts go different ways counts in both.
 */
export function previewOf(clusters: readonly PastCluster[], settings: AutomationSettings): Preview {
  const removed = counter();
  const waiting = counter();
  const none = counter();
  const byReason = new Map(PENDING_REASONS.map((code) => [code, counter()]));
  const spent: { readonly at: number; readonly messages: number }[] = [];
  for (const { at, facts } of [...clusters].sort((one, other) => one.at.getTime() - other.at.getTime())) {
    const used = { hour: within(spent, at, HOUR_MS), day: within(spent, at, DAY_MS) };
    const decision = decide(facts, settings, { pause: null, used });
    if (decision.kind === 'none') {
      none.add(facts.messageCount);
      continue;
    }
    const groups = facts.takeable;
    const held = decision.kind === 'pending' ? groups : groups.filter((group) => isHeld(group, settings));
    const going = total(groups) - total(held);
    if (going > 0) {
      removed.add(going);
      spent.push({ at: at.getTime(), messages: going });
    }
    if (total(held) > 0) waiting.add(total(held));
    for (const { code } of decision.kind === 'pending' ? decision.reasons : decision.waiting) {
      byReason.get(code)?.add(total(held.filter((group) => waitsFor(group, code, settings))));
    }
  }
  const reasons = [...byReason].map(([code, counted]) => ({ code, ...counted.count() }));
  return {
    removed: removed.count(),
    waiting: { ...waiting.count(), byReason: reasons.filter(({ clusters: found }) => found > 0) },
    none: none.count(),
  };
}

const OF_MESSAGES: readonly PendingReason[] = ['unknownRetention', 'shortRetention', 'unsafeMailbox', 'reverted'];

/** A reason of single messages holds for those alone, any other for all that waits. */
function waitsFor(group: TakeableGroup, code: PendingReason, settings: AutomationSettings): boolean {
  return !OF_MESSAGES.includes(code) || messageReasons(group, settings).includes(code);
}

function isHeld(group: TakeableGroup, settings: AutomationSettings): boolean {
  return messageReasons(group, settings).length > 0;
}

function total(groups: readonly TakeableGroup[]): number {
  return groups.reduce((sum, { count }) => sum + count, 0);
}

function within(spent: readonly { readonly at: number; readonly messages: number }[], now: Date, span: number): number {
  return spent.filter(({ at }) => at > now.getTime() - span).reduce((sum, { messages }) => sum + messages, 0);
}

function counter(): { add(messages: number): void; count(): Count } {
  let clusters = 0;
  let messages = 0;
  return {
    add(more) {
      clusters++;
      messages += more;
    },
    count: () => ({ clusters, messages }),
  };
}

/** How a cluster's facts change when mailboxes leave or join the search: so many messages with these traits. */
export function adjusted(
  facts: ClusterFacts,
  left: readonly TakeableGroup[],
  joined: readonly TakeableGroup[],
): ClusterFacts {
  const change = total(joined) - total(left);
  const without = left.reduce<readonly TakeableGroup[]>(takeAway, facts.takeable);
  return { ...facts, messageCount: facts.messageCount + change, takeable: [...without, ...joined] };
}

/** Takes messages out of the group with the same retention; what it does not hold comes out of the others. */
function takeAway(groups: readonly TakeableGroup[], { count, retentionDays, hold }: TakeableGroup): TakeableGroup[] {
  let open = count;
  const alike = (group: TakeableGroup): boolean => group.retentionDays === retentionDays && group.hold === hold;
  const ordered = [...groups.filter(alike), ...groups.filter((group) => !alike(group))];
  return ordered.flatMap((group) => {
    const taken = Math.min(open, group.count);
    open -= taken;
    return group.count > taken ? [{ ...group, count: group.count - taken }] : [];
  });
}
