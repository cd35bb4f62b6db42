/**
 * What became of a message in an action's ledger (law 4). `open`: not worked yet; `removed` by a soft or a hard delete;
 * `moved` and `alreadyThere` by a move; `restored`: a move that put it back for the action which had removed it;
 * `onHold`: a hard delete that a hold forbids.
 */
export const REMOVAL_OUTCOMES = [
  'open',
  'removed',
  'moved',
  'restored',
  'alreadyGone',
  'alreadyThere',
  'movedByUser',
  'onHold',
  'failed',
  'unverified',
] as const;
export type RemovalOutcome = (typeof REMOVAL_OUTCOMES)[number];

/** What became of a message in a revert's ledger. `notOwned`: another removal took it, see its owner. */
export const REVERT_OUTCOMES = ['open', 'restored', 'alreadyThere', 'expired', 'notOwned', 'failed'] as const;
export type RevertOutcome = (typeof REVERT_OUTCOMES)[number];

export type Outcome = RemovalOutcome | RevertOutcome;

/** The fence of rows that nobody works on yet: where their messages are may be looked at again before anybody does. */
export const UNCLAIMED = 0;
/** The fence of the first attempt at a chunk: the rows of what runs as soon as it is frozen are its own from the start. */
export const FIRST_FENCE = 1;

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

/** Messages that an action leaves in place although it was to remove or to move them. */
export function remainingInMailboxes(counts: RemovalCounts): number {
  return counts.movedByUser + counts.onHold + counts.failed + counts.unverified + counts.open;
}

/** Messages that are where an action was to bring them, whoever brought them there. */
export function settledMessages(counts: RemovalCounts): number {
  return sum(counts) - remainingInMailboxes(counts);
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
export function removalOutcome(actionId: string, seen: Sighting, moveReported: boolean): Found {
  if (seen.removedBy === actionId) return { outcome: 'removed', ownerActionId: null };
  if (seen.removedBy !== null) return { outcome: 'alreadyGone', ownerActionId: seen.removedBy };
  if (!seen.found || seen.kind === 'gone')
    return { outcome: moveReported ? 'unverified' : 'alreadyGone', ownerActionId: null };
  if (seen.kind === 'recoverable') return { outcome: moveReported ? 'unverified' : 'alreadyGone', ownerActionId: null };
  return { outcome: moveReported ? 'unverified' : 'movedByUser', ownerActionId: null };
}

/** What became of a message that was worked, and who owns it where that is another action. */
export interface Found {
  readonly outcome: RemovalOutcome;
  readonly ownerActionId: string | null;
}

/** The outcome of a move to a folder, `arrived` where the mailbox shows the message there (laws 4, 5 and 6). */
export function moveOutcome(
  actionId: string,
  seen: Sighting,
  { moveReported, arrived }: { readonly moveReported: boolean; readonly arrived: boolean },
): Found {
  if (seen.restoredBy === actionId) return { outcome: 'moved', ownerActionId: null };
  if (!seen.found || seen.kind === 'gone' || seen.removedBy !== null) {
    return { outcome: 'alreadyGone', ownerActionId: seen.removedBy };
  }
  if (moveReported) return { outcome: 'unverified', ownerActionId: null };
  return { outcome: arrived ? 'alreadyThere' : 'movedByUser', ownerActionId: null };
}

/** The outcome of a hard delete (laws 4, 5 and 6). What is gone for good bears the stamp of who deleted it. */
export function hardDeleteOutcome(actionId: string, seen: Sighting, moveReported: boolean): Found {
  const gone = !seen.found || seen.kind === 'gone';
  if (gone && seen.removedBy === actionId) return { outcome: 'removed', ownerActionId: null };
  if (gone && !moveReported) return { outcome: 'alreadyGone', ownerActionId: seen.removedBy };
  return { outcome: moveReported ? 'unverified' : 'movedByUser', ownerActionId: null };
}

/**
 * The outcome of the way back of a move, from what the mailbox shows after it; `inPlace` where the message still is where
 * the move had put it (laws 4 and 6).
 */
export function moveRevertOutcome(
  revertId: string,
  actionId: string,
  seen: Sighting,
  inPlace: boolean,
): { readonly outcome: RevertOutcome; readonly reason: string | null; readonly ownerActionId: string | null } {
  if (seen.restoredBy === revertId) return { outcome: 'restored', reason: null, ownerActionId: null };
  if (seen.removedBy !== null) {
    return { outcome: 'notOwned', reason: 'removedByAnother', ownerActionId: seen.removedBy };
  }
  if (!seen.found || seen.kind === 'gone') return { outcome: 'expired', reason: 'retention', ownerActionId: null };
  if (seen.restoredBy !== actionId) {
    return { outcome: 'alreadyThere', reason: 'movedByAnother', ownerActionId: null };
  }
  return inPlace
    ? { outcome: 'failed', reason: 'notMoved', ownerActionId: null }
    : { outcome: 'alreadyThere', reason: 'movedByUser', ownerActionId: null };
}

/** The outcome of a restore from what the mailbox shows after it (laws 4 and 6). */
export function revertOutcome(
  revertId: string,
  actionId: string,
  seen: Sighting,
): { readonly outcome: RevertOutcome; readonly reason: string | null; readonly ownerActionId: string | null } {
  if (seen.found && seen.removedBy !== null && seen.removedBy !== actionId) {
    return { outcome: 'notOwned', reason: 'removedByAnother', ownerActionId: seen.removedBy };
  }
  if (!seen.found || seen.kind === 'gone') return { outcome: 'expired', reason: 'retention', ownerActionId: null };
  if (seen.restoredBy === revertId) return { outcome: 'restored', reason: null, ownerActionId: null };
  if (seen.kind === 'recoverable') {
    const reason = seen.removedBy === actionId ? 'notMoved' : 'deletedByUser';
    return { outcome: 'failed', reason, ownerActionId: null };
  }
  // Somebody was first: an earlier revert of ours, or the mailbox's own user.
  const reason = seen.restoredBy === null ? 'movedByUser' : 'revertedBefore';
  return { outcome: 'alreadyThere', reason, ownerActionId: null };
}
