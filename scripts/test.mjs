// `npm test`: installs what is missing, runs every test, and ends with "N passed, N failed" from Jest's own report.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, setUp } from './setup.mjs';

// The last line tells how many tests passed however this ends, also where nothing could be installed or built.
let line = '0 passed, 1 failed';
process.once('exit', () => process.stdout.write(`${line}\n`));
setUp();
const { build } = await import('./build.mjs');
await build();
const folder = mkdtempSync(join(tmpdir(), 'clawback-report-'));
const report = join(folder, 'jest.json');
const jest = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
    '--json',
    `--outputFile=${report}`,
    '--testLocationInResults',
    '--forceExit',
    ...process.argv.slice(2),
  ],
  {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    // The MongoDB driver (7.6 and newer) loads its runtime by a dynamic import, which Jest allows with this flag only.
    env: { ...process.env, NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --no-warnings` },
  },
);
const result = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : null;
rmSync(folder, { recursive: true, force: true });
const passed = result?.numPassedTests ?? 0;
// A test file that does not even load has no test to fail.
const failed = (result?.numFailedTests ?? 0) + (result?.numRuntimeErrorTestSuites ?? 0);
const skipped = (result?.numPendingTests ?? 0) + (result?.numTodoTests ?? 0);
line = `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`;
process.exit(jest.status === 0 && failed === 0 && passed > 0 && !(process.env.CI && skipped > 0) ? 0 : 1);
