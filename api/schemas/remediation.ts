import { z } from 'zod';
import { LOCATIONS } from '../../domain/location';
import { ACTION_TYPES, REMEDIATION } from '../../domain/remediation';
import { id } from '../fields';
import { at, count, counts } from './common';

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
    dryRun: z.boolean().default(false),
    selectionHash: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'is not the selectionHash of a dry run')
      .optional(),
  })
  .refine(({ messageIds }) => messageIds !== undefined, {
    path: ['messageIds'],
    message: 'give exactly one of messageIds and filter',
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
  sample: z.array(
    z.strictObject({
      ...{ id, mailbox: z.string(), subject: z.string(), senderAddress: z.string(), receivedAt: at },
      latestDeliveryLocation: z.enum(LOCATIONS),
    }),
  ),
  selectionHash: z.string(),
});
