import { type Health } from '../../domain/imap';
import { type PendingReason } from '../../domain/policy';

/** Why an action waits, as a heading: the figures are in the detail that comes with it. */
export const REASON_TEXT: Readonly<Record<PendingReason, string>> = {
  clusterTypeOff: 'Automation is off for this kind of cluster',
  tooManyMessages: 'Too many messages for automation',
  commonEntity: 'Honest mail carries it too',
  weakMatch: 'The match is weak',
  startedByPerson: 'A person started the investigation',
  automationPaused: 'Automation is paused',
  overBudget: 'Over the budget of automation',
  secondPersonNeeded: 'A second person must decide',
  arrivedSince: 'Arrived after the cluster was built',
  unknownRetention: 'How long it can be undone is unknown',
  shortRetention: 'It could be undone for a short time only',
  unsafeMailbox: 'A mailbox cannot be handled safely',
  reverted: 'A person put it back earlier',
};

const HEALTH: Readonly<Record<Health, string>> = {
  new: 'Not indexed yet',
  ok: 'Healthy',
  unreachable: 'Unreachable',
  loginRefused: 'Login refused',
  notConfigured: 'Not configured',
};

/** How a mailbox is. */
export function healthText(health: Health): string {
  return HEALTH[health];
}

const ACTION_TYPES: Readonly<Record<string, string>> = {
  softDelete: 'Soft delete',
  hardDelete: 'Hard delete',
  moveToInbox: 'Move to Inbox',
  moveToJunk: 'Move to Junk',
  moveToDeletedItems: 'Move to Deleted items',
};

/** An action type in words. */
export function actionTypeText(type: string): string {
  return ACTION_TYPES[type] ?? type;
}

const CLUSTER_TYPES: Readonly<Record<string, string>> = {
  similarFiles: 'Similar files',
  similarUrls: 'Similar URLs',
  multipleSimilarAttributes: 'Multiple similar attributes',
};

/** A kind of cluster as the settings name it. */
export function clusterTypeText(type: string): string {
  return CLUSTER_TYPES[type] ?? type;
}

const OUTCOMES: Readonly<Record<string, string>> = {
  open: 'Not worked yet',
  removed: 'Removed',
  alreadyGone: 'Already gone',
  movedByUser: 'Moved by its user',
  failed: 'Failed',
  unverified: 'Not verified',
  moved: 'Moved',
  onHold: 'On hold',
  restored: 'Restored',
  alreadyThere: 'Already there',
  expired: 'Expired',
  notOwned: 'Another action owns it',
  reverted: 'Given back by a revert',
};

/** An outcome of a ledger row in words. */
export function outcomeText(outcome: string): string {
  return OUTCOMES[outcome] ?? outcome;
}

const DESTINATIONS = { original: 'its original folder', inbox: 'the Inbox', junk: 'Junk' } as const;

/** Where a revert puts mail. */
export function destinationText(destination: keyof typeof DESTINATIONS): string {
  return DESTINATIONS[destination];
}

const REMEDIATION: Readonly<Record<string, string>> = {
  none: 'None',
  pending: 'Pending approval',
  running: 'Running',
  remediated: 'Remediated',
  partiallyRemediated: 'Partially remediated',
  notFound: 'Not found',
};

/** A cluster's remediation status in words. */
export function remediationText(status: string): string {
  return REMEDIATION[status] ?? status;
}
