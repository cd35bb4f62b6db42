import { z } from 'zod';
import { NOTICE_EVENTS } from '../../domain/notices';
import { PENDING_REASONS } from '../../domain/policy';
import { ROLES } from '../auth';
import { id } from '../fields';
import { at, count, maybeAt, name } from './common';

export const settings = z.strictObject({
  messageClusters: z.strictObject({
    similarFiles: z.boolean(),
    similarUrls: z.boolean(),
    multipleSimilarAttributes: z.boolean(),
  }),
  remediationAction: z.literal('softDelete'),
  maxAutomaticMessages: count,
  excludedMailboxes: z.array(z.string()),
  minUndoDays: count,
  internalDomains: z.array(z.string()),
  commonEntity: z.record(z.string(), count),
  remediation: z.strictObject({ hardDelete: z.boolean(), atOnce: count, messagesInFlight: count }),
  secondPerson: z.union([z.enum(['never', 'always']), z.strictObject({ over: count })]),
  budget: z.strictObject({ perHour: count, perDay: count }),
  version: count,
  updatedAt: at,
  updatedBy: name,
});

const tally = z.strictObject({ clusters: count, messages: count });
const outcome = z.strictObject({
  removed: tally,
  waiting: tally.extend({ byReason: z.array(tally.extend({ code: z.enum(PENDING_REASONS) })) }),
  none: tally,
});

export const preview = z.strictObject({
  from: at,
  to: at,
  investigations: count,
  clusters: count,
  current: outcome,
  proposed: outcome,
});

export const automationState = z.strictObject({
  paused: z.boolean(),
  comment: z.string().nullable(),
  by: name,
  since: maybeAt,
});

export const token = z.strictObject({
  id,
  name,
  roles: z.array(z.enum(ROLES)),
  createdAt: at,
  expiresAt: maybeAt,
  lastUsedAt: maybeAt,
});

export const newToken = token.extend({ token: z.string() });

export const webhook = z.strictObject({
  id,
  url: z.string(),
  events: z.array(z.enum(NOTICE_EVENTS)),
  createdBy: name,
  createdAt: at,
});
