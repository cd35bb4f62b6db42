import { z } from 'zod';
import { LOCATIONS } from '../../domain/location';
import { THREATS } from '../../domain/verdict';
import { id } from '../fields';
import { action, ledgerRow } from './action';
import { at, count, counts, maybeAt } from './common';

export const actionSummary = z.strictObject({
  id,
  messageCount: count,
  /** Messages that the counts below are of. */
  lookedAt: count,
  /** Until when it could be undone if it were done now; `null` where it has ended, or is no soft delete. */
  undo: z.strictObject({ at, basis: z.enum(['probed', 'configured', 'unknown']) }).nullable(),
  topSenderDomains: z.array(z.strictObject({ domain: z.string(), count, internal: z.boolean() })),
  internalCount: count,
  firstReceivedAt: maybeAt,
  lastReceivedAt: maybeAt,
  threats: z.array(z.enum(THREATS)),
  originalLocations: counts,
  latestLocations: counts,
  /**
   * In how many of the messages the file or URL of the action was found in each place, in words: `Attachment`, `Inline`,
   * `Subject`, `Body`, in a nested message or unwrapped. Empty where the action is about no file or URL.
   */
  foundIn: counts,
  changed: z.strictObject({
    builtAt: at,
    /** Messages with the same file or URL that came in since: in no ledger of this action (law 1). */
    arrived: count,
    arrivedIsAtLeast: z.literal(true).optional(),
    /** Messages not worked yet that are not where the ledger saw them. */
    moved: count,
  }),
  samples: z.array(
    z.strictObject({
      ...{ messageId: id, mailbox: z.string(), receivedAt: at, outcome: ledgerRow.shape.outcome },
      ...{ subject: z.string().nullable(), senderAddress: z.string().nullable(), from: z.string() },
      latestDeliveryLocation: z.enum(LOCATIONS),
    }),
  ),
  otherActions: z.array(
    action.pick({
      ...{ id: true, investigationId: true, actionType: true, status: true, decidedBy: true, createdAt: true },
    }),
  ),
});
