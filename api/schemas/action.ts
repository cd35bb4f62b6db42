import { z } from 'zod';
import { ACTION_SOURCES, ACTION_STATUSES, REVERT_STATUSES } from '../../domain/action';
import { REMOVAL_OUTCOMES, REVERT_OUTCOMES } from '../../domain/ledger';
import { PENDING_REASONS } from '../../domain/policy';
import { ACTION_TYPES } from '../../domain/remediation';
import { REVERT_DESTINATIONS } from '../../store/reverts';
import { id } from '../fields';
import { at, count, maybeAt, name, word } from './common';

export const reason = z.strictObject({ code: z.enum(PENDING_REASONS), detail: z.string() });

export const action = z.strictObject({
  id,
  investigationId: id.nullable(),
  clusterId: id.nullable(),
  name: z.string().nullable(),
  description: z.string().nullable(),
  actionType: z.enum(ACTION_TYPES),
  actionSource: z.enum(ACTION_SOURCES),
  status: z.enum(ACTION_STATUSES),
  decidedBy: name.nullable(),
  handledBy: name.nullable(),
  comment: z.string().nullable(),
  stopped: word.nullable(),
  reasons: z.array(reason),
  problem: z.strictObject({ code: z.string(), detail: z.string() }).nullable(),
  settingsVersion: count,
  messageCount: count,
  mailboxCount: count,
  /** The digest of its file, its URL, or its pair of attributes; `null` where a person chose the messages. */
  entity: z.string().nullable(),
  leftOutCount: count,
  remainingInMailboxes: count,
  outcomes: z.strictObject(tally(REMOVAL_OUTCOMES)),
  undoDeadline: maybeAt,
  undoBasis: z.enum(['probed', 'configured', 'unknown']).nullable(),
  revertible: z.boolean(),
  reverts: z.array(id),
  expiresAt: maybeAt,
  createdAt: at,
  decidedAt: maybeAt,
  startedAt: maybeAt,
  endedAt: maybeAt,
});

export const ledgerRow = z.strictObject({
  messageId: id,
  mailbox: z.string(),
  networkMessageId: z.string(),
  outcome: z.enum([...new Set([...REMOVAL_OUTCOMES, ...REVERT_OUTCOMES])]),
  reason: z.string().nullable(),
  ownerActionId: id.nullable(),
  from: z.string(),
  to: z.string().nullable(),
  at: maybeAt,
});

/** What is kept of a message that was deleted for good (store/evidence.ts). */
export const evidence = z.strictObject({
  messageId: id,
  mailbox: z.string(),
  networkMessageId: z.string(),
  internetMessageId: z.string(),
  headers: z.string(),
  headersTruncated: z.boolean(),
  sha256: z.string(),
  size: count,
  folder: z.string(),
  flags: z.array(z.string()),
  receivedAt: at,
  at,
});

export const revert = z.strictObject({
  id,
  actionId: id,
  destination: z.enum(REVERT_DESTINATIONS),
  status: z.enum(REVERT_STATUSES),
  outcomes: z.strictObject(tally(REVERT_OUTCOMES)),
  startedAt: at,
  endedAt: maybeAt,
});

export const startedRevert = z.strictObject({ id, actionId: id, status: z.literal('Running') });

export const decisions = z.strictObject({
  results: z.array(
    z.strictObject({
      id,
      status: z.enum(ACTION_STATUSES).nullable(),
      problem: z.looseObject({ type: z.string(), status: z.int() }).optional(),
    }),
  ),
});

function tally<O extends string>(outcomes: readonly O[]): Record<O, z.ZodInt> {
  return Object.fromEntries(outcomes.map((outcome) => [outcome, count])) as Record<O, z.ZodInt>;
}
