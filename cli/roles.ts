import { readConfig } from '../api/config';
import { startApi } from '../api/main';
import { auditToStdout } from './audit-copy';
import { compose, createLogger, ensureAdminToken, serversFromConfig } from './compose';
import { untilStopped } from './until-stopped';

/**
 * The worker alone, for compose and clusters: `MONGODB_URI` and `TEMPORAL_ADDRESS` say where the servers are. Its stdout
 * holds copies of audit rows and nothing else.
 */
export async function worker(): Promise<number> {
  const config = readConfig(process.env);
  const logger = createLogger(config.logLevel);
  const composition = await compose(config, serversFromConfig(config), logger, auditToStdout(logger));
  let fail: (why: string) => void = () => undefined;
  const failed = new Promise<string>((resolve) => (fail = resolve));
  const running = await composition.startWorker(() => fail('The worker ended: see the log'));
  const why = await untilStopped(failed);
  await running.stop();
  await composition.close();
  if (why !== null) throw new Error(why);
  return 0;
}

/** The API alone; its stdout too. */
export async function api(): Promise<number> {
  const config = readConfig(process.env);
  const logger = createLogger(config.logLevel);
  const composition = await compose(config, serversFromConfig(config), logger, auditToStdout(logger));
  await ensureAdminToken(composition.deps, config);
  const running = await startApi(composition.deps, config);
  await untilStopped(new Promise(() => undefined));
  await running.close();
  await composition.close();
  return 0;
}
