import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { type Logger, pino } from 'pino';
import { ensureToken, newSecret, ROLES } from '../api/auth';
import { type Config, ConfigError } from '../api/config';
import { type ApiDeps } from '../api/deps';
import { createTemporalGateway } from '../api/temporal-gateway';
import { TASK_QUEUE } from '../domain/ids';
import { createProviders, registerMailboxes } from './providers';
import { newId } from '../store/collection';
import { type AuditSink } from './audit-copy';
import { openOrJoin } from '../store/intake';
import { connectStore } from '../store/store';
import { createSender } from '../webhooks/sender';
import { createTargets } from '../webhooks/targets';
import { type RunningWorker, startWorker } from '../worker/main';

/** Everything a role of the product needs, connected. */
export interface Composition {
  readonly deps: ApiDeps;
  startWorker(onFatal: (error: unknown) => void): Promise<RunningWorker>;
  close(): Promise<void>;
}

export interface Servers {
  readonly mongoUri: string;
  readonly temporalAddress: string;
  /** The UI of the one-machine run's own Temporal. */
  readonly temporalUiUrl?: string | null;
}

const TOUCH_MS = 5_000;
const CONNECT_ATTEMPTS = 60;
const CONNECT_PAUSE_MS = 1_000;
const ANSWER_MS = 5_000;

/** Logs go to stderr as JSON lines; what a person asked for goes to stdout. */
export function createLogger(level: string): Logger {
  return pino({ level, redact: ['req.headers', '*.token', '*.secret'] }, pino.destination(2));
}

/** Connects to MongoDB and Temporal and composes the product on them; retried while they start. */
export async function compose(
  config: Config,
  servers: Servers,
  logger: Logger,
  onAudit: AuditSink,
): Promise<Composition> {
  if (config.overrides.length > 0) logger.warn({ overrides: config.overrides }, 'durations that are not the default');
  const store = await patiently(() => connectStore(servers.mongoUri, undefined, { onAudit }), logger, 'MongoDB');
  await store.prepare();
  // One channel that reconnects by itself: `Connection.connect` would leave one behind for each attempt.
  const connection = Connection.lazy({ address: servers.temporalAddress });
  await patiently(() => answers(connection), logger, 'Temporal');
  const client = new Client({ connection, namespace: config.temporalNamespace });
  const clock = (): Date => new Date();
  const providers = createProviders(config.mail, { store, env: process.env, clock });
  const { provider, admin, imap } = providers;
  const gateway = createTemporalGateway({
    ...{ client, taskQueue: TASK_QUEUE },
    ...{ heartbeatMs: config.heartbeatMs, recountMs: config.recountMs },
  });
  const temporalUi = servers.temporalUiUrl ?? config.temporalUi;
  const targets = createTargets(config.webhookAllow);
  const sender = createSender({ targets });
  return {
    deps: {
      ...{ store, admin, provider, imap, gateway, targets, clock, logger },
      temporalUi: temporalUi === null ? null : `${temporalUi}/namespaces/${config.temporalNamespace}`,
    },
    async startWorker(onFatal) {
      logTemporalTo(logger);
      await registerMailboxes(config.mail, { store, clock });
      const worker = await startWorker({
        address: servers.temporalAddress,
        namespace: config.temporalNamespace,
        heartbeatMs: config.heartbeatMs,
        deps: {
          ...{ store, provider, admin, imap, gateway, sender, clock, newId },
          openOrJoin: (incoming, witness) => openOrJoin(store, incoming, witness),
          pendingExpiryMs: config.pendingExpiryMs,
          dedupWindowMs: config.dedupWindowMs,
          signalDecisions: config.signalDecisions,
        },
        onFatal,
      });
      const stopTouching = touchWhileHealthy(config.healthFile, worker);
      return {
        ...worker,
        stop: () => {
          stopTouching();
          return worker.stop();
        },
      };
    },
    async close() {
      await providers.close();
      await gateway.settled();
      await connection.close();
      await store.close();
    },
  };
}

/** The servers that the environment names; throws where one is missing. */
export function serversFromConfig({ mongoUri, temporalAddress }: Config): Servers {
  if (mongoUri === null) throw new ConfigError('MONGODB_URI: needed for this role');
  if (temporalAddress === null) throw new ConfigError('TEMPORAL_ADDRESS: needed for this role');
  return { mongoUri, temporalAddress };
}

/**
 * The first token, with every role: as given by the environment, else made once and kept in the data folder with mode
 * 0600. Answers the secret and where it is kept.
 */
export async function ensureAdminToken(
  { store, clock }: ApiDeps,
  config: Config,
): Promise<{ readonly secret: string; readonly file: string | null }> {
  const file = config.adminTokenFile ?? (config.adminToken === null ? join(config.dataDir, 'admin-token') : null);
  const secret = config.adminToken ?? secretIn(file ?? '', config.adminTokenFile === null);
  await ensureToken(store, { name: 'admin', secret, roles: ROLES, at: clock() });
  return { secret, file };
}

function secretIn(file: string, make: boolean): string {
  if (!existsSync(file) && make) {
    mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${newSecret()}\n`, { mode: 0o600 });
  }
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new ConfigError(`CLAWBACK_ADMIN_TOKEN_FILE: ${file} cannot be read`, { cause: error });
  }
}

/** Temporal's own log lines go where ours go; its levels have the same names. */
function logTemporalTo(logger: Logger): void {
  Runtime.install({
    logger: new DefaultLogger('INFO', ({ level, message, meta = {} }) => {
      // Of the SDK's own lines those that tell of trouble; what an activity failed with is told by the activity.
      const ours = meta['sdkComponent'] === 'activity';
      if (!ours && (level === 'INFO' || UNTOLD.test(message))) return;
      const told: Readonly<Record<string, unknown>> = meta;
      const { workflowId, activityType, attempt, facts, errorName, code, codeName, frames } = told;
      const line = { workflowId, activityType, attempt, ...(facts ?? {}), errorName, code, codeName, frames };
      logger[level === 'ERROR' ? 'error' : level === 'WARN' ? 'warn' : 'info'](line, message);
    }),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} } },
  });
}

/** Lines of the SDK that say what is meant so, or what another line says better. */
const UNTOLD = /^(?:No workflows registered|Activity failed$)/;

/** A file whose time says that the worker lives: for health checks without a port. */
function touchWhileHealthy(file: string | null, worker: RunningWorker): () => void {
  if (file === null) return () => undefined;
  writeFileSync(file, '');
  const timer = setInterval(() => {
    if (worker.healthy()) utimesSync(file, new Date(), new Date());
  }, TOUCH_MS);
  return () => clearInterval(timer);
}

async function answers(connection: Connection): Promise<void> {
  await connection.withDeadline(Date.now() + ANSWER_MS, () => connection.workflowService.getSystemInfo({}));
}

async function patiently<T>(connect: () => Promise<T>, logger: Logger, name: string): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await connect();
    } catch (error) {
      if (attempt === CONNECT_ATTEMPTS) throw new Error(`${name} does not answer`, { cause: error });
      logger.warn({ attempt }, `${name} does not answer yet`);
      await new Promise((resolve) => setTimeout(resolve, CONNECT_PAUSE_MS));
    }
  }
}
