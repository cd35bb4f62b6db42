import { isAutomatic } from '../domain/action';
import { groupBy } from '../domain/group';
import {
  type Found,
  hardDeleteOutcome,
  moveOutcome,
  moveRevertOutcome,
  type Outcome,
  removalOutcome,
  revertOutcome,
  type Sighting,
} from '../domain/ledger';
import { canonicalFolder, locationOf, sightingKind } from '../domain/location';
import { type EventText } from '../domain/post-delivery';
import { ACTION_TEXT, doneOutcome, TARGET_FOLDER } from '../domain/remediation';
import { type SightedMessage } from '../mail/provider';
import { type ActionDoc } from '../store/actions';
import { type WorkRow, type OutcomeGroup } from '../store/ledger';
import { type RevertDoc } from '../store/reverts';

/** What became of one row, as the mailbox shows it. */
export interface RowResult {
  readonly row: WorkRow;
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly ownerActionId: string | null;
  readonly to: string | null;
}

/** What is known of a removal's rows beside what the mailbox shows: ids of messages moved, mailboxes left alone. */
export interface Attempted {
  readonly moved: ReadonlySet<string>;
  /** Why a mailbox would not move a message, as a code. */
  readonly errors: ReadonlyMap<string, string>;
  readonly excluded: ReadonlySet<string>;
}

/** Outcomes of an action, from what the mailbox showed after the move. */
export function actionResults(
  action: Pick<ActionDoc, '_id' | 'actionType'>,
  rows: readonly WorkRow[],
  seen: readonly SightedMessage[],
  { moved, errors, excluded }: Attempted,
): RowResult[] {
  return pair(rows, seen).map(({ row, message }) => {
    const { outcome, ownerActionId } = foundOf(action, message, moved.has(row.messageId));
    if (outcome === 'movedByUser' && excluded.has(row.mailbox)) {
      return { row, outcome: 'failed', reason: 'mailboxExcluded', ownerActionId: null, to: null };
    }
    const error = errors.get(row.messageId);
    if (outcome === 'movedByUser' && error !== undefined) {
      const held = error === 'onHold' || error === 'holdUnknown';
      return { row, outcome: held ? 'onHold' : 'failed', reason: error, ownerActionId: null, to: null };
    }
    return { row, outcome, ownerActionId, ...placeOf(outcome, message, TARGET_FOLDER[action.actionType]) };
  });
}

function foundOf(
  { _id, actionType }: Pick<ActionDoc, '_id' | 'actionType'>,
  message: SightedMessage,
  moveReported: boolean,
): Found {
  const seen = sightingOf(message);
  if (actionType === 'softDelete') return removalOutcome(_id, seen, moveReported);
  if (actionType === 'hardDelete') return hardDeleteOutcome(_id, seen, moveReported);
  const arrived = canonicalFolder(message.folder) === TARGET_FOLDER[actionType];
  return moveOutcome(_id, seen, { moveReported, arrived });
}

/** Outcomes of a restore, from what the mailbox showed after it. */
export function revertResults(
  revert: RevertDoc & { readonly wasMove: boolean },
  rows: readonly WorkRow[],
  seen: readonly SightedMessage[],
  errors: ReadonlyMap<string, string>,
): RowResult[] {
  return pair(rows, seen).map(({ row, message }) => {
    const seen = sightingOf(message);
    const inPlace = message.folder === row.from && row.revision >= 0;
    const found = revert.wasMove
      ? moveRevertOutcome(revert._id, revert.actionId, seen, inPlace)
      : revertOutcome(revert._id, revert.actionId, seen);
    const error = errors.get(row.messageId);
    if (found.outcome === 'failed' && error !== undefined) return { row, ...found, reason: error, to: row.to };
    // What was back already is where it was seen, wherever it was to go.
    return { row, ...found, to: found.outcome === 'alreadyThere' ? message.folder : row.to };
  });
}

/** Rows that share everything an outcome writes go in one command. Of one job, the event follows from the rest. */
export function outcomeGroups(results: readonly RowResult[], eventOf: EventOf): OutcomeGroup[] {
  const key = ({ outcome, reason, ownerActionId, to, row }: RowResult): string =>
    JSON.stringify([outcome, reason, ownerActionId, to, row.from]);
  return [...groupBy(results, key).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { outcome, reason, ownerActionId, to } = first;
    return [{ ids: group.map(({ row }) => row._id), outcome, reason, ownerActionId, to, event: eventOf(first) }];
  });
}

/** The post-delivery event of what became of a row; `null` where nothing happened to its message. */
export type EventOf = (result: RowResult) => EventText | null;

/** Outcomes that have an event: what was done, and what was to be done and was not (api.md). */
const TOLD: readonly Outcome[] = ['removed', 'moved', 'failed', 'unverified', 'onHold'];

/** The post-delivery events of an action's rows. What was put back for another action has the event of that revert. */
export function eventOfAction(action: Pick<ActionDoc, 'actionType' | 'decidedBy' | 'retries'>): EventOf {
  const automatic = isAutomatic(action);
  const { actionType } = action;
  return ({ row, outcome }) => {
    if (!TOLD.includes(outcome)) return null;
    const success = outcome === doneOutcome(actionType);
    return {
      action: ACTION_TEXT[actionType],
      actionType: automatic ? 'Automated Remediation' : 'Manual Remediation',
      actionTrigger: automatic ? 'Automation' : 'AdminAction',
      actionResult: success ? 'Success' : 'Error',
      sourceLocation: locationOf(row.from),
      deliveryLocation: locationOf(success ? TARGET_FOLDER[actionType] : row.from),
      additionalAction: automatic ? 'Automated remediation:automated' : 'Manual remediation',
    };
  };
}

/** The post-delivery event of a revert's row: a person's act, whatever removed the message. */
export const eventOfRevert: EventOf = ({ row, outcome, to }) => {
  if (outcome !== 'restored' && outcome !== 'failed') return null;
  const junk = to === 'junkemail';
  return {
    action: junk ? 'Moved to junk folder' : 'Moved to inbox',
    actionType: 'Manual Remediation',
    actionTrigger: 'AdminAction',
    actionResult: outcome === 'restored' ? 'Success' : 'Error',
    sourceLocation: locationOf(row.from),
    deliveryLocation: locationOf(outcome === 'restored' ? (to ?? 'inbox') : row.from),
    additionalAction: 'Manual remediation',
  };
};

function placeOf(outcome: Outcome, message: SightedMessage, target: string): Pick<RowResult, 'to' | 'reason'> {
  switch (outcome) {
    case 'removed':
    case 'moved':
    case 'alreadyThere':
      return { to: target, reason: null };
    case 'movedByUser':
      return { to: message.folder, reason: 'changedSinceFrozen' };
    case 'alreadyGone':
      return { to: null, reason: message.removedBy === null ? 'deletedByUser' : 'removedByAnother' };
    default:
      return { to: null, reason: 'notSeen' };
  }
}

function sightingOf(message: SightedMessage): Sighting {
  const { found, removedBy, restoredBy } = message;
  return { found, kind: found ? sightingKind(message.folder, message.purged) : 'gone', removedBy, restoredBy };
}

function pair(
  rows: readonly WorkRow[],
  seen: readonly SightedMessage[],
): { readonly row: WorkRow; readonly message: SightedMessage }[] {
  const byId = new Map(seen.map((message) => [message.messageId, message]));
  return rows.map((row) => ({ row, message: byId.get(row.messageId) ?? absent(row.messageId) }));
}

function absent(messageId: string): SightedMessage {
  return {
    messageId,
    found: false,
    folder: '',
    revision: -1,
    placedAt: -1,
    removedBy: null,
    restoredBy: null,
    purged: false,
  };
}
