import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { type ActivityDeps } from '../../activities/index';
import { createTemporalGateway } from '../../api/temporal-gateway';
import { RECONCILE_SCHEDULE, SEARCH_ATTRIBUTES, TASK_QUEUE } from '../../domain/ids';
import { type WorkflowGateway } from '../../domain/gateway';
import { type DeliveryRetry } from '../../domain/notices';
import { type MailboxAdmin } from '../../mail/admin';
import { createProviders, registerMailboxes } from '../../cli/providers';
import { type ProviderConfig } from '../../mail/config';
import { type ImapUpkeep } from '../../mail/imap/round';
import { type MailboxProvider } from '../../mail/provider';
import { newId } from '../../store/collection';
import { openOrJoin } from '../../store/intake';
import { connectStore, type Store } from '../../store/store';
import { createSender, type WebhookSender } from '../../webhooks/sender';
import { createTargets, parseAllowed } from '../../webhooks/targets';
import { type RunningWorker, startWorker } from '../../worker/main';

/** The real stack for one test file: a database and a Temporal namespace of its own, one worker. */
export interface Harness {
  readonly store: Store;
  readonly provider: MailboxProvider;
  readonly admin: MailboxAdmin;
  readonly imap: readonly ImapUpkeep[];
  readonly client: Client;
  readonly gateway: WorkflowGateway;
  readonly namespace: string;
  readonly database: string;
  startWorker(): Promise<RunningWorker>;
  close(): Promise<void>;
}

const INDEXED_VALUE_TYPE = { Keyword: 2, Int: 3 } as const;
const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

export function env(name: 'MONGODB_URI' | 'TEMPORAL_ADDRESS' | 'CLAWBACK_TEST_BUNDLE'): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is set by the global set-up of the integration tests`);
  return value;
}

/** Tests have their receivers on this machine. */
export const LOOPBACK_TARGETS = createTargets(parseAllowed('127.0.0.0/8') ?? []);

/** What activities are given in tests; another provider where a test changes what it does. */
export function activityDeps(
  {
    store,
    admin,
    gateway,
    provider,
    imap = [],
  }: Pick<Harness, 'store' | 'admin' | 'gateway' | 'provider'> & Partial<Pick<Harness, 'imap'>>,
  changed: Partial<MailboxProvider> = {},
  sender: WebhookSender = createSender({ targets: LOOPBACK_TARGETS }),
): ActivityDeps {
  return {
    ...{ store, admin, imap, gateway, sender, newId },
    openOrJoin: (incoming, witness) => openOrJoin(store, incoming, witness),
    ...{ pendingExpiryMs: 7 * DAY, dedupWindowMs: HOUR, signalDecisions: true },
    provider: { ...provider, ...changed },
    clock: () => new Date(),
  };
}

/** A fresh database with every index. */
export async function freshStore(
  mongoUri = env('MONGODB_URI'),
): Promise<{ readonly store: Store; readonly database: string }> {
  const database = `test-${randomUUID().slice(0, 8)}`;
  const store = await connectStore(mongoUri, database);
  await store.prepare();
  return { store, database };
}

export interface HarnessOptions {
  readonly provider?: MailboxProvider;
  /** The mail providers; by default the embedded mailboxes alone. */
  readonly mail?: readonly ProviderConfig[];
  /** Changes what the provider does. */
  readonly wrapProvider?: (provider: MailboxProvider) => MailboxProvider;
  readonly heartbeatMs?: number;
  readonly recountMs?: readonly number[];
  /** Changes what activities are given. */
  readonly deps?: Partial<ActivityDeps>;
  /** How long and how often webhooks are tried; in tests nobody waits for it. */
  readonly deliveryRetry?: DeliveryRetry;
  /** Servers of the test's own, where it stops them; else those that all tests share. */
  readonly mongoUri?: string;
  readonly temporalAddress?: string;
}

export async function createHarness(options: HarnessOptions = {}): Promise<Harness> {
  const { heartbeatMs = 10_000, temporalAddress = env('TEMPORAL_ADDRESS') } = options;
  try {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
  } catch {
    // One runtime for each process: an earlier harness of this file has installed it.
  }
  const { store, database } = await freshStore(options.mongoUri);
  const connection = await Connection.connect({ address: temporalAddress });
  const namespace = `test-${randomUUID().slice(0, 8)}`;
  await registerNamespace(connection, namespace);
  const client = new Client({ connection, namespace });
  const gateway = createTemporalGateway({
    ...{ client, taskQueue: TASK_QUEUE, heartbeatMs },
    ...(options.recountMs === undefined ? {} : { recountMs: options.recountMs }),
    ...(options.deliveryRetry === undefined ? {} : { deliveryRetry: options.deliveryRetry }),
  });
  const mail = options.mail ?? null;
  const clock = (): Date => new Date();
  const embedded = createProviders(mail, { store, env: process.env, clock });
  await registerMailboxes(mail, { store, clock });
  const provider = options.provider ?? options.wrapProvider?.(embedded.provider) ?? embedded.provider;
  const running = new Set<RunningWorker>();
  return {
    store,
    provider,
    admin: embedded.admin,
    imap: embedded.imap,
    client,
    gateway,
    namespace,
    database,
    async startWorker() {
      const worker = await startWorker({
        address: temporalAddress,
        namespace,
        heartbeatMs,
        ...(process.env['CLAWBACK_TEST_BUNDLE'] === undefined
          ? {}
          : { bundlePath: process.env['CLAWBACK_TEST_BUNDLE'] }),
        deps: {
          ...activityDeps({ store, admin: embedded.admin, imap: embedded.imap, gateway, provider }),
          ...options.deps,
        },
      });
      running.add(worker);
      return {
        ...worker,
        stop: () => {
          running.delete(worker);
          return worker.stop();
        },
      };
    },
    async close() {
      for (const worker of running) await worker.stop();
      await embedded.close();
      await gateway.settled();
      await store.connection.dropDatabase();
      await store.close();
      await connection.close();
    },
  };
}

/** Of a worker that has started: no round of the reconciler comes at a full minute, into the middle of a test. */
export async function pauseRounds({ client }: Pick<Harness, 'client'>): Promise<void> {
  await client.schedule.getHandle(RECONCILE_SCHEDULE).pause();
}

async function registerNamespace(connection: Connection, namespace: string): Promise<void> {
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  await until(async () => {
    try {
      await connection.operatorService.addSearchAttributes({
        namespace,
        searchAttributes: Object.fromEntries(
          Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => [name, INDEXED_VALUE_TYPE[type]]),
        ),
      });
      await new Client({ connection, namespace }).workflow.count();
      return true;
    } catch {
      return false;
    }
  });
}

const UNTIL_MS = 120_000;
const LOOK_EVERY_MS = 50;

/** Waits for a condition; fails with its name when it does not come true within two minutes. */
export async function until(condition: () => Promise<boolean> | boolean, timeoutMs = UNTIL_MS): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Not within ${timeoutMs} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
