import { investigationWorkflowId } from './ids';
import { type RemovalCounts, type RevertCounts, remainingInMailboxes, settledMessages } from './ledger';

export const ACTION_STATUSES = [
  'Freezing',
  'Pending',
  'Approved',
  'Rejected',
  'Expired',
  'Cancelled',
  'Running',
  'Stopped',
  'Completed',
  'Partially Completed',
  'Failed',
] as const;
export type ActionStatus = (typeof ACTION_STATUSES)[number];

export const REVERT_STATUSES = ['Running', 'Completed', 'Partially Completed', 'Failed'] as const;
export type RevertStatus = (typeof REVERT_STATUSES)[number];

export const EXPLORER_ACTION = 'Explorer action';
export const ACTION_SOURCES = ['Automated email action', 'Manual email action', EXPLORER_ACTION] as const;
export type ActionSource = (typeof ACTION_SOURCES)[number];

/** Names that no token may bear: they stand for the product itself and for operators at the Temporal UI. */
export const RESERVED_NAMES = ['Automation', 'System', 'Temporal operator'] as const;
export const AUTOMATION = 'Automation';
export const SYSTEM = 'System';
export const TEMPORAL_OPERATOR = 'Temporal operator';

/** Where an action may go from each status: everything else is refused by the store. */
export const ACTION_MOVES: Readonly<Record<ActionStatus, readonly ActionStatus[]>> = {
  Freezing: ['Pending', 'Running', 'Stopped', 'Failed'],
  Pending: ['Approved', 'Rejected', 'Expired', 'Cancelled'],
  Approved: ['Running', 'Cancelled', 'Stopped'],
  Running: ['Pending', 'Stopped', 'Completed', 'Partially Completed', 'Failed'],
  Rejected: [],
  Expired: [],
  Cancelled: [],
  Stopped: [],
  Completed: [],
  'Partially Completed': ['Running'],
  Failed: ['Running'],
};

/** The statuses from which an action may come to this one. */
export function statusesBefore(status: ActionStatus): ActionStatus[] {
  return ACTION_STATUSES.filter((from) => ACTION_MOVES[from].includes(status));
}

/** How an action that has been worked through ends (law 4: what leaves mail in place is not Completed). */
export function endStatus(counts: RemovalCounts): ActionStatus {
  if (remainingInMailboxes(counts) === 0) return 'Completed';
  return settledMessages(counts) > 0 ? 'Partially Completed' : 'Failed';
}

/** How a revert that has been worked through ends: what another removal owns is not this one's to restore. */
export function revertEndStatus(counts: RevertCounts): RevertStatus {
  const missed = counts.expired + counts.failed + counts.open;
  if (missed === 0) return 'Completed';
  return counts.restored + counts.alreadyThere > 0 ? 'Partially Completed' : 'Failed';
}

/** Whether automation works it: not where a person decided it, nor where one had it worked again. */
export function isAutomatic(action: { readonly decidedBy: string | null; readonly retries: number }): boolean {
  return action.decidedBy === AUTOMATION && action.retries === 0;
}

/** While it is in one of these, an action cannot be reverted: it is stopped first. */
export const AT_WORK: readonly ActionStatus[] = ['Freezing', 'Pending', 'Approved', 'Running'];

/** Whether a person asked for it beside any investigation: it has a workflow of its own from the start. */
export function isOrdered(action: { readonly actionSource: ActionSource }): boolean {
  return action.actionSource === EXPLORER_ACTION;
}

/** Whether it is an attempt's draft, which nobody may see yet; what a person asked for is seen while it is frozen. */
export function isDraft(action: { readonly status: ActionStatus; readonly actionSource: ActionSource }): boolean {
  return action.status === 'Freezing' && !isOrdered(action);
}

/** Whether the workflow of its investigation works it: one that a person had worked again has a workflow of its own. */
export function isWorkedBy(action: { readonly workflowId: string }, investigationId: string | null): boolean {
  return investigationId !== null && action.workflowId === investigationWorkflowId(investigationId);
}
