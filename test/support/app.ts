import { type Express } from 'express';
import { pino } from 'pino';
import { createApp } from '../../api/app';
import { type ApiDeps } from '../../api/deps';
import { createEmbeddedProvider } from '../../mail/embedded/provider';

/** The API over embedded mailboxes, silent. */
export function appOf({ store, gateway }: Pick<ApiDeps, 'store' | 'gateway'>): Express {
  const clock = (): Date => new Date();
  return createApp({
    ...{ store, gateway, clock, logger: pino({ level: 'silent' }) },
    ...createEmbeddedProvider({ store, clock }),
  });
}
