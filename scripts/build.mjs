// Compiles the sources into dist/, bundles the workflows and builds the console; does nothing when the sources have not changed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { give, root } from './setup.mjs';

const ROOMS = [
  'domain',
  'workflows',
  'activities',
  'mail',
  'store',
  'webhooks',
  'api',
  'worker',
  'cli',
  'embedded',
  'console',
];
/** Made from the others: it would be another one each time. */
const GENERATED = ['/console/api/schema.d.ts'];
const CONFIGURATION = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts/build.mjs'];

function fingerprint() {
  const hash = createHash('sha256');
  const files = ROOMS.filter((room) => existsSync(join(root, room))).flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
      .filter((file) => !GENERATED.includes(file.slice(root.length))),
  );
  for (const file of [...files.sort(), ...CONFIGURATION.map((name) => join(root, name))]) {
    hash.update(file.slice(root.length)).update(readFileSync(file));
  }
  return hash.digest('hex');
}

export async function build() {
  const stamp = join(root, 'dist', '.fingerprint');
  const wanted = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  mkdirSync(join(root, 'dist'));
  const require = createRequire(join(root, 'package.json'));
  const tsc = spawnSync(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (tsc.status !== 0) give('The build failed: see the messages above');
  // npm makes a program executable when it links it, and links it once: a program that is compiled again must stay so.
  chmodSync(join(root, 'dist', 'cli', 'main.js'), 0o755);
  const { bundleWorkflowCode, DefaultLogger } = require('@temporalio/worker');
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(root, 'dist', 'workflows', 'index.js'),
    logger: new DefaultLogger('ERROR'),
  });
  writeFileSync(join(root, 'dist', 'workflow-bundle.js'), code);
  const { build: bundle } = await import('vite');
  await bundle({ configFile: join(root, 'console', 'vite.config.mjs'), logLevel: 'error' });
  writeFileSync(stamp, wanted);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
