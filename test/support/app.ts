import { type Express } from 'express';
import { pino } from 'pino';
import { createApp } from '../../api/app';
import { type ApiDeps } from '../../api/deps';
import { createEmbeddedProvider } from '../../mail/embedded/provider';
import { createTargets } from '../../webhooks/targets';

/** The API over embedded mailboxes, or those of a `provider`, silent; webhooks may point to public addresses only. */
export function appOf(
  {
    store,
    gateway,
    targets = createTargets([]),
  }: Pick<ApiDeps, 'store' | 'gateway'> & Partial<Pick<ApiDeps, 'targets'>>,
  provider?: ApiDeps['provider'],
): Express {
  const clock = (): Date => new Date();
  return createApp({
    ...{ store, gateway, targets, clock, logger: pino({ level: 'silent' }) },
    ...createEmbeddedProvider({ store, clock }),
    ...(provider === undefined ? {} : { provider }),
    imap: [],
  });
}
