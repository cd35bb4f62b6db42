import { z } from 'zod';
import { canonicalLocation, LOCATIONS } from '../../domain/location';
import {
  ADDITIONAL_ACTION_FILTERS,
  DELIVERY_ACTIONS,
  DIRECTIONALITIES,
  type ExplorerFilter,
} from '../../domain/explorer';
import { PIVOTS } from '../../domain/facets';
import { THREATS } from '../../domain/verdict';
import { normaliseUrl } from '../../mail/parse/url';
import { address, id, time } from '../fields';
import { at, count, maybeAt } from './common';
import { folderRow } from './mail';

const words = (most: number) => z.string().trim().min(1).max(most);
const domain = words(255)
  .regex(/^[^\s@/]+$/, 'is not a domain')
  .transform((value) => value.toLowerCase());
const location = z.preprocess(
  (value) => (typeof value === 'string' ? canonicalLocation(value) : value),
  z.enum(LOCATIONS, `is none of ${LOCATIONS.join(', ')}`),
);

/** The filters of the Explorer (api.md): the same in a query string and in the body of a Take action. */
export const explorerFilter = {
  from: time.optional(),
  to: time.optional(),
  subject: words(500)
    .refine((text) => /[\p{L}\p{N}]/u.test(text), 'has no word to look for')
    .optional(),
  sender: address.optional(),
  senderDomain: domain.optional(),
  recipient: address.optional(),
  networkMessageId: words(100)
    .transform((value) => value.toLowerCase())
    .optional(),
  internetMessageId: words(1000).optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, 'is not a SHA-256: 64 hex digits')
    .transform((value) => value.toLowerCase())
    .optional(),
  fileName: words(255).optional(),
  url: z
    .string()
    .max(2048)
    .transform((value, context) => {
      const normal = normaliseUrl(value);
      if (normal !== null) return normal.url;
      context.addIssue({ code: 'custom', message: 'is not a URL that mail can lead to' });
      return z.NEVER;
    })
    .optional(),
  urlDomain: domain.optional(),
  latestDeliveryLocation: location.optional(),
  originalDeliveryLocation: location.optional(),
  deliveryAction: z.enum(DELIVERY_ACTIONS).optional(),
  additionalAction: z.enum(ADDITIONAL_ACTION_FILTERS).optional(),
  threatType: z.enum(THREATS).optional(),
  directionality: z.enum(DIRECTIONALITIES).optional(),
  clusterId: id.optional(),
};

/** From before to: nothing would be found otherwise, and nobody would know why. */
export function orderOf({ from, to }: ExplorerFilter): string | null {
  return from !== undefined && to !== undefined && from > to ? 'is before from' : null;
}

/** A row of the Explorer. */
export const explorerRow = z.strictObject({
  ...folderRow.shape,
  ...{ provider: z.string(), mailbox: z.string(), internetMessageId: z.string() },
  ...{ senderAddress: z.string(), senderName: z.string(), senderDomain: z.string(), senderIp: z.string() },
  recipients: z.array(z.string()),
  sentAt: maybeAt,
  size: count,
  attachmentCount: count,
  urlCount: count,
  urlDomains: z.array(z.string()),
  removedBy: id.nullable(),
  removedAt: maybeAt,
  deliveryAction: z.enum(DELIVERY_ACTIONS),
  originalDeliveryLocation: z.enum(LOCATIONS),
  latestDeliveryLocation: z.enum(LOCATIONS),
  directionality: z.enum(DIRECTIONALITIES),
  threats: z.array(z.enum(THREATS)),
  additionalActions: z.array(z.string()),
});

export const facets = z.strictObject({
  pivot: z.enum(PIVOTS),
  from: at,
  to: at,
  messages: count,
  /** True where there are more messages than were counted: the newest were. */
  truncated: z.boolean(),
  series: z.array(z.strictObject({ value: z.string(), count })),
  buckets: z.array(z.strictObject({ from: at, counts: z.array(count) })),
});

export const timelineEntry = z.strictObject({
  at,
  event: z.enum(['Original delivery', 'Automated remediation', 'Manual remediation', 'User action', 'Retention']),
  source: z.enum(['System', 'Admin', 'User']),
  result: z.string(),
  details: z.string(),
  /** The action or the revert that did it. */
  jobId: id.nullable(),
});
