import { z } from 'zod';
import { DELIVERY_ACTIONS, DIRECTIONALITIES } from '../../domain/explorer';
import { HEALTHS } from '../../domain/imap';
import { LOCATIONS } from '../../domain/location';
import { THREATS } from '../../domain/verdict';
import { id } from '../fields';
import { at, count, maybeAt } from './common';

export const mailbox = z.strictObject({
  address: z.string(),
  provider: z.string(),
  messageCount: count,
  retentionDays: count,
  hold: z.strictObject({ reason: z.string(), reference: z.string() }).nullable(),
  capabilities: z.strictObject({ softDelete: z.boolean(), restore: z.boolean(), hardDelete: z.boolean() }),
  health: z.enum(HEALTHS),
  healthSince: maybeAt,
  indexedAt: maybeAt,
  probe: z
    .strictObject({
      at,
      extensions: z.array(z.string()),
      findings: z.array(z.strictObject({ code: z.string(), detail: z.string(), unsafe: z.boolean() })),
      recoverableVisible: z.boolean().nullable(),
    })
    .nullable(),
});

export const attachment = z.strictObject({
  fileName: z.string(),
  sha256: z.string(),
  size: count,
  contentType: z.string(),
  inline: z.boolean(),
  nested: z.boolean(),
});

const url = z.strictObject({ url: z.string(), domain: z.string(), location: z.string(), unwrapped: z.boolean() });

export const folderRow = z.strictObject({
  id,
  networkMessageId: z.string(),
  subject: z.string(),
  folder: z.string(),
  flags: z.array(z.string()),
  receivedAt: at,
  sha256: z.string(),
});

export const delivered = z.strictObject({
  id,
  networkMessageId: z.string(),
  internetMessageId: z.string(),
  mailbox: z.string(),
  folder: z.string(),
  attachments: z.array(attachment),
  urls: z.array(url),
});

export const message = z.strictObject({
  ...folderRow.shape,
  ...{ provider: z.string(), mailbox: z.string(), internetMessageId: z.string() },
  ...{ senderAddress: z.string(), senderName: z.string(), senderDomain: z.string(), senderIp: z.string() },
  recipients: z.array(z.string()),
  sentAt: maybeAt,
  size: count,
  attachments: z.array(attachment),
  urls: z.array(url.extend({ host: z.string(), nested: z.boolean().optional() })),
  brokenLimits: z.array(z.string()),
  defects: z.array(z.string()),
  removedBy: id.nullable(),
  removedAt: maybeAt,
  deliveryAction: z.enum(DELIVERY_ACTIONS),
  originalDeliveryLocation: z.enum(LOCATIONS),
  latestDeliveryLocation: z.enum(LOCATIONS),
  additionalActions: z.array(z.string()),
  directionality: z.enum(DIRECTIONALITIES),
  threats: z.array(z.enum(THREATS)),
  bodyFingerprint: z.string().nullable(),
});
