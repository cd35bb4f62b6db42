// `npm start`: everything that a fresh machine needs, then the one-machine run with its sample and its story.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root, setUp } from './setup.mjs';

setUp();
const { build } = await import('./build.mjs');
await build();
const child = spawn(
  process.execPath,
  [join(root, 'dist', 'cli', 'main.js'), 'up', '--sample', ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
// Ctrl-C reaches the whole foreground group by itself; a signal to this process alone is handed on.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
