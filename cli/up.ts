import { join } from 'node:path';
import { readConfig } from '../api/config';
import { startApi } from '../api/main';
import { SEARCH_ATTRIBUTES } from '../domain/ids';
import { startServers } from '../embedded/servers';
import { auditToFile } from './audit-copy';
import { createClient } from './client';
import { compose, createLogger, ensureAdminToken } from './compose';
import { showSample } from './sample-story';
import { untilStopped } from './until-stopped';

export interface UpOptions {
  readonly port?: string;
  readonly data?: string;
  readonly sample?: boolean;
  readonly console?: boolean;
  readonly json?: boolean;
}

/** One machine: servers, worker and API up; with the sample, mail loaded once and the main job shown; then it stays up. */
export async function up(options: UpOptions): Promise<number> {
  const config = readConfig({
    ...process.env,
    ...(options.port === undefined ? {} : { CLAWBACK_PORT: options.port }),
    ...(options.data === undefined ? {} : { CLAWBACK_DATA_DIR: options.data }),
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'error',
    // Who can reach the Temporal UI of a one-machine run is on that machine.
    CLAWBACK_SIGNAL_DECISIONS: process.env['CLAWBACK_SIGNAL_DECISIONS'] ?? 'true',
  });
  const say = (line: string): void => {
    if (options.json !== true) process.stdout.write(`${line}\n`);
  };
  let fail: (why: string) => void = () => undefined;
  const failed = new Promise<string>((resolve) => (fail = resolve));
  const stops: (() => Promise<void>)[] = [];
  try {
    const servers =
      config.mongoUri !== null && config.temporalAddress !== null
        ? { mongoUri: config.mongoUri, temporalAddress: config.temporalAddress, temporalUiUrl: null }
        : await startServers({
            dataDir: config.dataDir,
            log: say,
            searchAttributes: SEARCH_ATTRIBUTES,
            onServerExit: (name) => fail(`${name} ended: see the logs folder in ${config.dataDir}`),
          }).then((running) => {
            stops.push(() => running.stop());
            return running;
          });
    const logger = createLogger(config.logLevel);
    const auditFile = join(config.dataDir, 'logs', 'audit.jsonl');
    const composition = await compose(config, servers, logger, auditToFile(auditFile, logger));
    stops.push(() => composition.close());
    const admin = await ensureAdminToken(composition.deps, config);
    const worker = await composition.startWorker(() => fail('The worker ended: see the log'));
    stops.push(() => worker.stop());
    const api = await startApi(composition.deps, { ...config, console: options.console !== false });
    stops.push(() => api.close());
    if (options.sample === true) await showSample(composition.deps, createClient(api.url, admin.secret), say);
    const addresses = {
      console: options.console === false ? null : api.url,
      api: api.url,
      docs: `${api.url}/api/docs`,
      temporalUi: servers.temporalUiUrl,
      adminTokenFile: admin.file,
    };
    if (options.json === true) process.stdout.write(`${JSON.stringify(addresses)}\n`);
    say('');
    say(`API          ${addresses.api}/api/v1  (documentation: ${addresses.docs})`);
    if (addresses.temporalUi !== null) say(`Temporal UI  ${addresses.temporalUi}`);
    if (addresses.adminTokenFile !== null) say(`Admin token  ${addresses.adminTokenFile}`);
    if (addresses.console !== null) say(`Console      ${addresses.console}  (sign in with the admin token)`);
    say('Ctrl-C stops everything.');
    const why = await untilStopped(failed);
    if (why !== null) throw new Error(why);
    say('Stopping');
    return 0;
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}
