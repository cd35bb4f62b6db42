// `npm start`: everything that a fresh machine needs, then the one-machine run with its sample and its story.
// The run is this very process: signals, exit code and a kill are its own, and nothing can be orphaned between.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root, setUp } from './setup.mjs';

const LOOK_EVERY_MS = 1_000;

/** Parent and start time of a process, `null` where there is none. */
function look(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(fields[1]), startTime: fields[19] };
  } catch {
    return null;
  }
}

/** A killed npm tells nobody: when it is gone, so is the one who asked for this run. */
function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  // npm may have put a shell between.
  const shell = readFileSync(`/proc/${process.ppid}/cmdline`, 'utf8').startsWith('sh\0');
  const npm = shell ? look(process.ppid)?.parent : process.ppid;
  const started = look(npm)?.startTime;
  if (npm === undefined || npm <= 1 || started === undefined) return;
  setInterval(() => {
    if (look(npm)?.startTime !== started) process.kill(process.pid, 'SIGTERM');
  }, LOOK_EVERY_MS).unref();
}

if (process.platform === 'linux') endWithNpm();
setUp();
const { status } = spawnSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { cwd: root, stdio: 'inherit' });
if (status !== 0) process.exit(1);
process.chdir(root);
const main = join(root, 'dist', 'cli', 'main.js');
process.argv = [process.execPath, main, 'up', '--sample', ...process.argv.slice(2)];
createRequire(import.meta.url)(main);
