import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { SEARCH_ATTRIBUTES } from '../../domain/ids';
import { startServers } from '../../embedded/servers';

/** One MongoDB and one Temporal for all integration tests, and the workflow bundle built once. */
export default async function globalSetup(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'clawback-test-'));
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(__dirname, '..', '..', 'workflows', 'index.ts'),
    logger: new DefaultLogger('ERROR'),
  });
  const bundle = join(dataDir, 'workflow-bundle.js');
  writeFileSync(bundle, code);
  process.env['CLAWBACK_TEST_BUNDLE'] = bundle;
  const servers = await startServers({
    dataDir,
    log: () => undefined,
    searchAttributes: SEARCH_ATTRIBUTES,
    // Any free port: the usual ones may be those of a Clawback that runs on this machine, or that starts right now.
    ...{ mongoPort: 0, temporalPort: 0, uiPort: 0 },
  });
  process.env['MONGODB_URI'] = servers.mongoUri;
  process.env['TEMPORAL_ADDRESS'] = servers.temporalAddress;
  globalThis.clawbackTestServers = {
    async stop() {
      await servers.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

declare global {
  // A global variable is how Jest's set-up and tear-down share a value.
  var clawbackTestServers: { stop(): Promise<void> } | undefined;
}
