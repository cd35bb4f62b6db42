/** What became of a message in an action's ledger (law 4). `open`: not worked yet. */
export const REMOVAL_OUTCOMES = ['open', 'removed', 'alreadyGone', 'movedByUser', 'failed', 'unverified'] as const;
export type RemovalOutcome = (typeof REMOVAL_OUTCOMES)[number];

/** What became of a message in a revert's ledger. `notOwned`: another removal took it, see its owner. */
export const REVERT_OUTCOMES = ['open', 'restored', 'alreadyThere', 'expired', 'notOwned', 'failed'] as const;
export type RevertOutcome = (typeof REVERT_OUTCOMES)[number];

export type Outcome = RemovalOutcome | RevertOutcome;

/** How many rows of a ledger have each outcome. */
export type OutcomeCounts<O extends string> = Readonly<Record<O, number>>;
export type RemovalCounts = OutcomeCounts<RemovalOutcome>;
export type RevertCounts = OutcomeCounts<RevertOutcome>;

/** Counts with a zero for every outcome that has none, so that a reader can always add them up. */
export function fillCounts<O extends string>(
  outcomes: readonly O[],
  found: Readonly<Record<string, number>>,
): OutcomeCounts<O> {
  return Object.fromEntries(outcomes.map((outcome) => [outcome, found[outcome] ?? 0])) as OutcomeCounts<O>;
}

/** The sum over all outcomes: at every moment the size of the ledger. */
export function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

/** Messages that an action leaves in place although it was to remove them. */
export function remainingInMailboxes(counts: RemovalCounts): number {
  return counts.movedByUser + counts.failed + counts.unverified + counts.open;
}

/** What a mailbox said of one message, as far as an outcome needs it. */
export interface Sighting {
  readonly found: boolean;
  readonly kind: 'takeable' | 'elsewhere' | 'recoverable' | 'gone';
  /** The action whose removal stamp the message bears. */
  readonly removedBy: string | null;
  /** The revert that put the message back last. */
  readonly restoredBy: string | null;
}

/**
 * The outcome of a soft delete from what the mailbox shows after the move (laws 4, 5 and 6).
 * `moveReported` is what the provider said of the move itself: a message that it claims to have moved and that does
 * not show as ours is `unverified`, never `removed`.
 */
export function removalOutcome(
  actionId: string,
  seen: Sighting,
  moveReported: boolean,
): { readonly outcome: RemovalOutcome; readonly ownerActionId: string | null } {
  if (seen.removedBy === actionId) return { outcome: 'removed', ownerActionId: null };
  if (seen.removedBy !== null) return { outcome: 'alreadyGone', ownerActionId: seen.removedBy };
  if (!seen.found || seen.kind === 'gone')
    return { outcome: moveReported ? 'unverified' : 'alreadyGone', ownerActionId: null };
  if (seen.kind === 'recoverable') return { outcome: moveReported ? 'unverified' : 'alreadyGone', ownerActionId: null };
  return { outcome: moveReported ? 'unverified' : 'movedByUser', ownerActionId: null };
}

/** The outcome of a restore from what the mailbox shows after it (laws 4 and 6). */
export function revertOutcome(
  revertId: string,
  actionId: string,
  seen: Sighting,
): { readonly outcome: RevertOutcome; readonly reason: string | null; readonly ownerActionId: string | null } {
  if (!seen.found || seen.kind === 'gone') return { outcome: 'expired', reason: 'retention', ownerActionId: null };
  if (seen.restoredBy === revertId) return { outcome: 'restored', reason: null, ownerActionId: null };
  if (seen.removedBy !== null && seen.removedBy !== actionId) {
    return { outcome: 'notOwned', reason: 'removedByAnother', ownerActionId: seen.removedBy };
  }
  if (seen.kind === 'recoverable') {
    const reason = seen.removedBy === actionId ? 'notMoved' : 'deletedByUser';
    return { outcome: 'failed', reason, ownerActionId: null };
  }
  // Somebody was first: an earlier revert of ours, or the mailbox's own user.
  const reason = seen.restoredBy === null ? 'movedByUser' : 'revertedBefore';
  return { outcome: 'alreadyThere', reason, ownerActionId: null };
}
