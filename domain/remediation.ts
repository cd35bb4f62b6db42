import { type Outcome } from './ledger';
import { canonicalFolder, PURGES_FOLDER, RECOVERABLE_FOLDER, sightingKind } from './location';

/** What an action does with its messages (api.md, `POST /remediations`); automation does the first alone (law 3). */
export const ACTION_TYPES = ['softDelete', 'moveToInbox', 'moveToJunk', 'moveToDeletedItems', 'hardDelete'] as const;
export type ActionType = (typeof ACTION_TYPES)[number];

/** Where each puts a message. */
export const TARGET_FOLDER: Readonly<Record<ActionType, string>> = {
  softDelete: RECOVERABLE_FOLDER,
  moveToInbox: 'inbox',
  moveToJunk: 'junkemail',
  moveToDeletedItems: 'deleteditems',
  hardDelete: PURGES_FOLDER,
};

/** `Action` of a post-delivery event (product.md §5.2). */
export const ACTION_TEXT: Readonly<Record<ActionType, string>> = {
  softDelete: 'Soft delete',
  moveToInbox: 'Moved to inbox',
  moveToJunk: 'Moved to junk folder',
  moveToDeletedItems: 'Moved to deleted items',
  hardDelete: 'Hard delete',
};

/** The outcome that says that an action of this type did with a message what it was to do. */
export function doneOutcome(type: ActionType): 'removed' | 'moved' {
  return isMove(type) ? 'moved' : 'removed';
}

/** Whether it moves a message within its mailbox, where its user sees it. */
export function isMove(type: ActionType): boolean {
  return type !== 'softDelete' && type !== 'hardDelete';
}

/** Bounds of one Take action (api.md, "Limits"; product.md §4.2). All numbers are messages. */
export const REMEDIATION = {
  /** More messages than these need the hash of a dry run. */
  unconfirmed: 100,
  /** As many ids as the limit of a JSON body holds. */
  picked: 9_000,
  /** In one action. */
  messages: 200_000,
  /** Removals of others that one action can put back: each becomes a revert of its own. */
  owners: 200,
} as const;

/** How many Take actions may work at once, and whether a person may delete for good. */
export interface RemediationSettings {
  /** Hard delete is a person's act, and off until an admin turns it on (law 3). */
  readonly hardDelete: boolean;
  readonly atOnce: number;
  /** Messages in all that have not ended. */
  readonly messagesInFlight: number;
}

export const REMEDIATION_SETTINGS: RemediationSettings = {
  hardDelete: false,
  atOnce: 50,
  messagesInFlight: 1_000_000,
};

/** Where a message is, as far as it decides what a Take action does with it. */
export interface Standing {
  readonly folder: string;
  readonly removedBy: string | null;
  readonly purged: boolean;
}

/** What is to be done with one message: it is worked, it is put back for the action that owns it, or nothing is left to do. */
export type RowPlan =
  | { readonly kind: 'work' }
  | { readonly kind: 'revert'; readonly ownerActionId: string }
  | {
      readonly kind: 'done';
      readonly outcome: Extract<Outcome, 'alreadyGone' | 'alreadyThere'>;
      readonly reason: string | null;
      readonly ownerActionId: string | null;
    };

/**
 * What a Take action is to do with a message that it finds so. A person may take it from any folder of the mailbox, also
 * from those that automation leaves alone (law 3). What another action has removed is that action's: moved to Inbox or
 * Junk it is put back for it, anything else but a hard delete finds it already gone (law 6).
 */
export function planRow(type: ActionType, { folder, removedBy, purged }: Standing): RowPlan {
  const reason = removedBy === null ? 'deletedByUser' : 'removedByAnother';
  const gone: RowPlan = { kind: 'done', outcome: 'alreadyGone', reason, ownerActionId: removedBy };
  const kind = sightingKind(folder, purged);
  if (kind === 'gone') return gone;
  if (isMove(type) && canonicalFolder(folder) === TARGET_FOLDER[type]) {
    return { kind: 'done', outcome: 'alreadyThere', reason: null, ownerActionId: null };
  }
  if (kind !== 'recoverable' || type === 'hardDelete') return { kind: 'work' };
  if (type === 'softDelete') return gone;
  if (removedBy === null) return { kind: 'work' };
  return type === 'moveToDeletedItems' ? gone : { kind: 'revert', ownerActionId: removedBy };
}

/** The destination of the reverts that a move stands for; `null` where it stands for none. */
export function revertDestination(type: ActionType): 'inbox' | 'junk' | null {
  if (type === 'moveToInbox') return 'inbox';
  return type === 'moveToJunk' ? 'junk' : null;
}
