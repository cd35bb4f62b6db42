import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { startTestServers, type TestServers } from '../support/servers';

/**
 * Every test file has a database of some two hundred files, and drops it. MongoDB holds those open for five minutes, for
 * reads at a past time: all tests within that time would need more files than a process may open on many machines.
 */
const LET_GO = { minSnapshotHistoryWindowInSeconds: '30' } as const;

/** One MongoDB and one Temporal for all integration tests, and the workflow bundle built once. */
export default async function globalSetup(): Promise<void> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(__dirname, '..', '..', 'workflows', 'index.ts'),
    logger: new DefaultLogger('ERROR'),
  });
  const servers = await startTestServers('test', LET_GO);
  const bundle = join(servers.dataDir, 'workflow-bundle.js');
  writeFileSync(bundle, code);
  process.env['CLAWBACK_TEST_BUNDLE'] = bundle;
  globalThis.clawbackTestServers = servers;
}

declare global {
  // A global variable is how Jest's set-up and tear-down share a value.
  var clawbackTestServers: TestServers | undefined;
}
