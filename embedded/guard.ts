import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { endProcess, identify, type ProcessIdentity } from './processes';
import { claimPidFile, removePidFile, updatePidFile } from './pid-file';

/** What the guard is to run; the first line that it reads from its parent. */
export interface GuardOrder {
  readonly dataDir: string;
  readonly servers: readonly {
    readonly name: string;
    readonly path: string;
    readonly args: readonly string[];
    readonly logFile: string;
  }[];
}

/** A line that the guard writes to its parent. */
export type GuardReport =
  | { readonly kind: 'started' }
  /** Another guard owns the data folder: nothing was started. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'exited'; readonly name: string; readonly code: number | null; readonly signal: string | null };

/** Servers get this long to end before they are killed: with it, all are gone well within 10 seconds. */
const GRACE_MS = 6_000;

/**
 * The guard owns the servers of a one-machine run. It watches the pipe from its parent: when that closes, however the
 * parent ended, the servers end too. It has a session of its own, so that Ctrl-C reaches the parent alone.
 */
function main(): void {
  let buffer = '';
  let stopping = false;
  const children = new Map<string, ChildProcess>();
  const report = (line: GuardReport): void => {
    process.stdout.write(`${JSON.stringify(line)}\n`);
  };

  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    const running = [...children.values()].flatMap(({ pid }) => (pid === undefined ? [] : (identify(pid) ?? [])));
    await Promise.all(running.map((server) => endProcess(server, GRACE_MS)));
    if (dataDir !== null) removePidFile(dataDir);
    process.exit(0);
  };

  let dataDir: string | null = null;
  const start = (order: GuardOrder): void => {
    const guard = identify(process.pid);
    // First, so that a second start at the same moment finds the folder taken.
    if (guard === null || !claimPidFile({ dataDir: order.dataDir, guard, servers: [] })) {
      report({ kind: 'refused' });
      stopping = true;
      process.stdin.destroy();
      return;
    }
    dataDir = order.dataDir;
    const identities: ProcessIdentity[] = [];
    for (const { name, path, args, logFile } of order.servers) {
      const log = openSync(logFile, 'a', 0o600);
      const child = spawn(path, args, { stdio: ['ignore', log, log] });
      children.set(name, child);
      child.on('error', () => report({ kind: 'exited', name, code: null, signal: null }));
      child.on('exit', (code, signal) => {
        if (!stopping) report({ kind: 'exited', name, code, signal });
      });
      const identity = child.pid === undefined ? null : identify(child.pid);
      if (identity === null) continue;
      identities.push(identity);
      updatePidFile({ dataDir: order.dataDir, guard, servers: identities });
    }
    report({ kind: 'started' });
  };

  process.stdin.on('data', (data) => {
    buffer += data.toString();
    const end = buffer.indexOf('\n');
    if (end >= 0 && dataDir === null) start(JSON.parse(buffer.slice(0, end)) as GuardOrder);
  });
  process.stdin.on('end', () => void stop());
  process.stdin.on('error', () => void stop());
  // A parent that is gone cannot read either: that must not end the guard before its servers.
  process.stdout.on('error', () => void stop());
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => undefined);
  process.on('SIGHUP', () => undefined);
}

main();
