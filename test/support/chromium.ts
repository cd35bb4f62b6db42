import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { describeWith, type NeededProgram } from './needed-program';

const DEBIANS = '/usr/bin/chromium';

/** Nothing of its own goes to the network: what a test sees of it is the page's. */
const ARGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-dev-shm-usage'],
];

/** Where Chromium is: `CHROMIUM_PATH`, else Debian's; `null` where it is not there. */
export function findChromium(): string | null {
  const path = process.env['CHROMIUM_PATH'] ?? DEBIANS;
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
  describeWith(CHROMIUM, name, tests);
}

const CHROMIUM: NeededProgram = {
  name: 'Chromium',
  packages: 'chromium fonts-dejavu-core',
  file: DEBIANS,
  hint: ', set CHROMIUM_PATH',
  isThere: () => findChromium() !== null,
};
