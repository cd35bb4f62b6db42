import { type ActionStatus, type RevertStatus } from './action';
import { type ReasonDetail } from './policy';

/** Everything that a webhook can be told of: a closed list. */
export const NOTICE_EVENTS = [
  'action.pending',
  'action.expiring',
  'action.expired',
  'action.completed',
  'action.partial',
  'revert.started',
  'revert.completed',
  'revert.partial',
  'settings.changed',
  'automation.paused',
  'automation.resumed',
  'mailbox.unhealthy',
] as const;
export type NoticeEvent = (typeof NOTICE_EVENTS)[number];

/** What a notice says: ids, counts and codes, never an address, a subject, a URL, a comment, a title or a name. */
export interface NoticeData {
  readonly actionId?: string;
  readonly investigationId?: string;
  readonly revertId?: string;
  readonly status?: ActionStatus | RevertStatus;
  readonly messageCount?: number;
  readonly mailboxCount?: number;
  readonly outcomes?: Readonly<Record<string, number>>;
  /** Codes of pending reasons. */
  readonly reasons?: readonly string[];
  readonly settingsVersion?: number;
  /** ISO 8601. */
  readonly expiresAt?: string;
  /** ISO 8601; until then what was removed can be put back. */
  readonly undoDeadline?: string;
  /** The code of an error. */
  readonly code?: string;
}

/** Something that webhooks are told of. Announcing the same event and key again is no second notice. */
export interface Notice {
  readonly event: NoticeEvent;
  readonly key: string;
  readonly data: NoticeData;
  readonly at: Date;
}

export const DELIVERY_STATUSES = ['pending', 'delivered', 'failed', 'dropped'] as const;
/** `failed`: given up; `dropped`: its webhook was deleted. */
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** How long and how often a delivery is tried, in milliseconds: each pause is twice the one before. */
export interface DeliveryRetry {
  readonly firstMs: number;
  readonly maxMs: number;
  readonly withinMs: number;
}

const HOUR_MS = 60 * 60 * 1000;

export const DELIVERY_RETRY: DeliveryRetry = { firstMs: 10_000, maxMs: HOUR_MS, withinMs: 24 * HOUR_MS };

/** What of an action its notices are made of. */
export interface ActionFacts {
  readonly _id: string;
  /** `null` where a person asked for it beside any investigation. */
  readonly investigationId: string | null;
  readonly status: ActionStatus;
  readonly messageCount: number;
  readonly mailboxCount: number;
  readonly reasons: readonly Pick<ReasonDetail, 'code'>[];
  readonly outcomes: Readonly<Record<string, number>> | null;
  readonly undoDeadline: Date | null;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly endedAt: Date | null;
}

/**
 * The notice that an action's present state calls for; `null` where nobody is to be told of it. The key holds the time
 * of that state, so that an action which waits or ends a second time is told of again, and a repeated look is not.
 */
export function noticeOfAction(action: ActionFacts, now: Date): Notice | null {
  const { _id, status, endedAt, expiresAt } = action;
  const event = eventOfAction(status);
  if (event === null) return null;
  const since = event === 'action.pending' ? expiresAt : endedAt;
  return {
    event,
    key: `${_id}.${since?.getTime() ?? 0}`,
    at: event === 'action.pending' ? now : (endedAt ?? now),
    data: {
      actionId: _id,
      ...(action.investigationId === null ? {} : { investigationId: action.investigationId }),
      status,
      messageCount: action.messageCount,
      mailboxCount: action.mailboxCount,
      ...(event === 'action.pending' ? { reasons: action.reasons.map(({ code }) => code) } : {}),
      ...(event === 'action.pending' && expiresAt !== null ? { expiresAt: expiresAt.toISOString() } : {}),
      ...(action.outcomes === null ? {} : { outcomes: action.outcomes }),
      ...(action.undoDeadline === null ? {} : { undoDeadline: action.undoDeadline.toISOString() }),
    },
  };
}

const DAY_MS = 24 * HOUR_MS;

/** From when a waiting action is about to expire: a day before, or the last seventh of a wait that is shorter than a week. */
export function expiringAt({ createdAt, expiresAt }: { readonly createdAt: Date; readonly expiresAt: Date }): Date {
  const warning = Math.min(DAY_MS, (expiresAt.getTime() - createdAt.getTime()) / 7);
  return new Date(expiresAt.getTime() - warning);
}

/** When the first of these actions that waits expires, or is to be told of as about to, ISO 8601; `null` where none waits. */
export function dueAt(
  actions: readonly Pick<ActionFacts, 'status' | 'createdAt' | 'expiresAt'>[],
  now: Date,
): string | null {
  const times = actions.flatMap(({ status, createdAt, expiresAt }) => {
    if (status !== 'Pending' || expiresAt === null) return [];
    const expiring = expiringAt({ createdAt, expiresAt });
    return [(expiring > now ? expiring : expiresAt).getTime()];
  });
  return times.length === 0 ? null : new Date(Math.min(...times)).toISOString();
}

/** The notice of a waiting action that is about to expire. */
export function noticeOfExpiring(action: ActionFacts, now: Date): Notice | null {
  const waiting = noticeOfAction(action, now);
  return waiting?.event === 'action.pending' ? { ...waiting, event: 'action.expiring' } : null;
}

/** `action.partial` tells of every action that ended with its work not done, whatever its status says. */
function eventOfAction(status: ActionStatus): NoticeEvent | null {
  switch (status) {
    case 'Pending':
      return 'action.pending';
    case 'Expired':
      return 'action.expired';
    case 'Completed':
      return 'action.completed';
    case 'Partially Completed':
    case 'Stopped':
    case 'Failed':
      return 'action.partial';
    case 'Freezing':
    case 'Approved':
    case 'Rejected':
    case 'Cancelled':
    case 'Running':
      return null;
  }
}

/** What of a revert its notices are made of. */
export interface RevertFacts {
  readonly _id: string;
  readonly actionId: string;
  readonly status: RevertStatus;
  readonly outcomes: Readonly<Record<string, number>> | null;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
}

/** The notice that a revert's present state calls for. */
export function noticeOfRevert({ _id, actionId, status, outcomes, startedAt, endedAt }: RevertFacts): Notice {
  return {
    event: eventOfRevert(status),
    key: _id,
    at: endedAt ?? startedAt,
    data: { revertId: _id, actionId, status, ...(outcomes === null ? {} : { outcomes }) },
  };
}

function eventOfRevert(status: RevertStatus): NoticeEvent {
  switch (status) {
    case 'Running':
      return 'revert.started';
    case 'Completed':
      return 'revert.completed';
    case 'Partially Completed':
    case 'Failed':
      return 'revert.partial';
  }
}
