import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { startTestServers, type TestServers } from '../support/servers';

/** One MongoDB and one Temporal for all integration tests, and the workflow bundle built once. */
export default async function globalSetup(): Promise<void> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(__dirname, '..', '..', 'workflows', 'index.ts'),
    logger: new DefaultLogger('ERROR'),
  });
  const servers = await startTestServers('test');
  const bundle = join(servers.dataDir, 'workflow-bundle.js');
  writeFileSync(bundle, code);
  process.env['CLAWBACK_TEST_BUNDLE'] = bundle;
  globalThis.clawbackTestServers = servers;
}

declare global {
  // A global variable is how Jest's set-up and tear-down share a value.
  var clawbackTestServers: TestServers | undefined;
}
