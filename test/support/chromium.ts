import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const INSTALL_MS = 600_000;
/** Several test files may find at once that it is missing: one installs, the others wait for it. */
const INSTALL =
  'exec 9> "$0"; flock 9; test -e /usr/bin/chromium || ' +
  '{ apt-get update && apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=240 chromium fonts-dejavu-core; }';

/** Nothing of its own goes to the network: what a test sees of it is the page's. */
const ARGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-dev-shm-usage'],
];

/** Where Chromium is: `CHROMIUM_PATH`, else Debian's; `null` where it is not there. */
export function findChromium(): string | null {
  const path = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
  return existsSync(path) ? path : null;
}

/** One real browser on a profile of its own, which goes with it. */
export function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error('Chromium is missing: install chromium, or set CHROMIUM_PATH');
  return chromium.launch({ executablePath, args: ARGS });
}

/** Tests that need a browser: skipped where there is none, with a word on how to get it; in CI that is a failure. */
export function describeWithChromium(name: string, tests: () => void): void {
  const lacking = lacks();
  if (lacking === null) {
    describe(name, tests);
    return;
  }
  if (process.env['CI'] === 'true') throw new Error(`In CI nothing is skipped: ${lacking}`);
  process.stderr.write(`Skipped: ${name}. ${lacking}\n`);
  describe.skip(name, tests);
}

/** Why it is not there, or `null` where it is. Only where it is asked for, or in CI, does a test change the machine. */
function lacks(): string | null {
  if (findChromium() !== null) return null;
  if (process.env['CI'] !== 'true' && process.env['CLAWBACK_TEST_INSTALL'] !== '1')
    return 'Chromium is missing: install chromium, set CHROMIUM_PATH, or set CLAWBACK_TEST_INSTALL=1 and let the tests do it as root';
  try {
    execFileSync('sh', ['-c', INSTALL, '/tmp/clawback-chromium.lock'], { stdio: 'pipe', timeout: INSTALL_MS });
  } catch (error) {
    return `chromium cannot be installed: ${error instanceof Error ? error.message : String(error)}`;
  }
  return findChromium() === null ? 'chromium is installed, but not where it is looked for' : null;
}
