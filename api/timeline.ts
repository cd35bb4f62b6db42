import { locationOf } from '../domain/location';
import { ACTION_TEXT } from '../domain/remediation';
import { type AuditDoc } from '../store/audit-chain';
import { type EventDoc } from '../store/events';
import { type MessageDoc } from '../store/messages';
import { type Store } from '../store/store';

/** One thing that happened to a message (product.md §4.4). */
export interface TimelineEntry {
  readonly at: Date;
  readonly event: 'Original delivery' | 'Automated remediation' | 'Manual remediation' | 'User action' | 'Retention';
  readonly source: 'System' | 'Admin' | 'User';
  readonly result: string;
  readonly details: string;
  readonly jobId: string | null;
}

/** What a mailbox's own user does to a message of ours, by the name that the audit has for it. */
const USER_ACTS: Readonly<Record<string, string>> = {
  'message.userMove': 'Moved by its user',
  'message.userDelete': 'Deleted by its user',
};
const ACTS = 200;

/**
 * The timeline of a message, oldest first: its delivery, the post-delivery events of every action and revert, what its
 * user did as far as it was done here, and its end by retention.
 */
export async function timelineOf(store: Store, message: MessageDoc): Promise<TimelineEntry[]> {
  const [events, acts] = await Promise.all([
    store.events.of(message._id),
    store.audit.list({ target: message._id }, null, ACTS),
  ]);
  const entries: TimelineEntry[] = [
    {
      ...{ at: message.receivedAt, event: 'Original delivery', source: 'System', result: 'Success', jobId: null },
      details: `${locationOf(message.originalFolder)} - Delivered`,
    },
    ...events.map(ofEvent),
    ...acts.flatMap(ofAct),
    ...(events.some(isHardDelete) ? [] : retentionOf(message)),
  ];
  return entries.sort((one, other) => one.at.getTime() - other.at.getTime());
}

/** Who deleted it for good is told by the event: it was no retention. */
function isHardDelete({ action, actionResult }: EventDoc): boolean {
  return action === ACTION_TEXT.hardDelete && actionResult === 'Success';
}

function ofEvent(event: EventDoc): TimelineEntry {
  const automatic = event.actionTrigger === 'Automation';
  return {
    at: event.at,
    event: automatic ? 'Automated remediation' : 'Manual remediation',
    source: automatic ? 'System' : 'Admin',
    result: event.actionResult,
    details: `${event.action}: ${event.sourceLocation} to ${event.deliveryLocation}`,
    jobId: event.jobId,
  };
}

function ofAct({ action, at, result, after }: AuditDoc): TimelineEntry[] {
  const details = USER_ACTS[action];
  if (details === undefined) return [];
  const folder = (after as { readonly folder?: unknown } | null)?.folder;
  return [
    {
      ...{ at, event: 'User action', source: 'User', jobId: null },
      result: result === 'ok' ? 'Success' : 'Error',
      details: typeof folder === 'string' ? `${details} to ${locationOf(folder)}` : details,
    },
  ];
}

function retentionOf({ purgedAt, removedBy, folder }: MessageDoc): TimelineEntry[] {
  if (purgedAt === null) return [];
  const details = removedBy === null ? 'Deleted for good' : 'Deleted for good: retention of removed mail is over';
  return [
    {
      ...{ at: purgedAt, event: 'Retention', source: 'System', result: 'Success', jobId: null },
      details: `${details} (${locationOf(folder)})`,
    },
  ];
}
