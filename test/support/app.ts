import { type Express } from 'express';
import { pino } from 'pino';
import { type AppOptions, createApp } from '../../api/app';
import { type ApiDeps } from '../../api/deps';
import { type WorkflowGateway } from '../../domain/gateway';
import { createEmbeddedProvider } from '../../mail/embedded/provider';
import { createTargets } from '../../webhooks/targets';

/** The API over embedded mailboxes, or those of a `provider`, silent; webhooks may point to public addresses only. */
export function appOf(
  {
    store,
    gateway,
    targets = createTargets([]),
    clock = () => new Date(),
  }: Pick<ApiDeps, 'store' | 'gateway'> & Partial<Pick<ApiDeps, 'targets' | 'clock'>>,
  { provider, ...options }: AppOptions & { readonly provider?: ApiDeps['provider'] } = {},
): Express {
  return createApp(
    {
      ...{ store, gateway, targets, clock, logger: pino({ level: 'silent' }) },
      ...createEmbeddedProvider({ store, clock }),
      ...(provider === undefined ? {} : { provider }),
      imap: [],
    },
    options,
  );
}

const never = (): Promise<never> => Promise.reject(new Error('Temporal is not asked here'));

/** For tests of what needs no workflow. */
export const NO_TEMPORAL: WorkflowGateway = {
  ...{
    startInvestigation: never,
    startRevert: never,
    startDelivery: never,
    startAction: never,
    alertJoined: never,
    standing: never,
  },
  ...{ terminate: never, decide: never, ping: never },
};
