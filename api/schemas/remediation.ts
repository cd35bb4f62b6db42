import { z } from 'zod';
import { isEmptyFilter } from '../../domain/explorer';
import { LOCATIONS } from '../../domain/location';
import { ACTION_TYPES, REMEDIATION } from '../../domain/remediation';
import { id } from '../fields';
import { at, count, counts } from './common';
import { explorerFilter, orderOf } from './explorer';

/** What `POST /remediations` takes: messages that were picked, or a filter that finds them. */
export const order = z
  .strictObject({
    name: z.string().trim().min(1).max(200),
    description: z.string().max(1000).optional(),
    action: z.enum(ACTION_TYPES),
    messageIds: z
      .array(id)
      .min(1)
      .max(REMEDIATION.picked)
      .superRefine((ids, context) => {
        const seen = new Map<string, number>();
        for (const [index, messageId] of ids.entries()) {
          const first = seen.get(messageId);
          if (first !== undefined) {
            context.addIssue({
              code: 'custom',
              path: [index],
              message: `names the same message as messageIds.${first}`,
            });
          } else seen.set(messageId, index);
        }
      })
      .optional(),
    filter: z
      .strictObject(explorerFilter)
      .superRefine((filter, context) => {
        const wrong = orderOf(filter);
        if (wrong !== null) context.addIssue({ code: 'custom', path: ['to'], message: wrong });
        if (isEmptyFilter(filter)) {
          context.addIssue({ code: 'custom', message: 'needs at least one key beside from and to' });
        }
      })
      .optional(),
    dryRun: z.boolean().default(false),
    selectionHash: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'is not the selectionHash of a dry run')
      .optional(),
  })
  .refine(({ messageIds, filter }) => (messageIds === undefined) !== (filter === undefined), {
    path: ['messageIds'],
    message: 'give exactly one of messageIds and filter',
  })
  .refine(({ action, filter }) => action !== 'hardDelete' || filter === undefined, {
    path: ['filter'],
    message: 'chooses no messages for a hard delete: pick each by messageIds',
  });

/** What a dry run answers. */
export const remediationPreview = z.strictObject({
  action: z.enum(ACTION_TYPES),
  messageCount: count,
  mailboxCount: count,
  leftOut: z.strictObject({ messages: count, mailboxes: count }),
  locationCounts: counts,
  expected: z.strictObject({ toDo: count, toRevert: count, alreadyThere: count, alreadyGone: count }),
  secondPersonNeeded: z.boolean(),
  /** Until when all of a soft delete could be undone, if it were done now. */
  undo: z.strictObject({ at, basis: z.enum(['probed', 'configured', 'unknown']) }).nullable(),
  sample: z.array(
    z.strictObject({
      ...{ id, mailbox: z.string(), subject: z.string(), senderAddress: z.string(), receivedAt: at },
      latestDeliveryLocation: z.enum(LOCATIONS),
    }),
  ),
  selectionHash: z.string(),
});
