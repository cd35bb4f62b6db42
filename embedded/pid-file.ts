import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endProcess, isAlive, type ProcessIdentity } from './processes';

/** What a guard owns, written into the data folder so that the next start can clean up after a guard that was killed. */
export interface PidFile {
  readonly dataDir: string;
  readonly guard: ProcessIdentity;
  readonly servers: readonly ProcessIdentity[];
}

const GRACE_MS = 6_000;

function pathOf(dataDir: string): string {
  return join(dataDir, 'guard.json');
}

/** A whole file under a name of its own, so that a reader never sees half of one. */
function writeAside(file: PidFile): string {
  const aside = `${pathOf(file.dataDir)}.${randomUUID()}`;
  writeFileSync(aside, JSON.stringify(file), { mode: 0o600 });
  return aside;
}

/** Makes the data folder the guard's own; `false` where another guard was first. */
export function claimPidFile(file: PidFile): boolean {
  const aside = writeAside(file);
  try {
    linkSync(aside, pathOf(file.dataDir));
    return true;
  } catch {
    return false;
  } finally {
    rmSync(aside);
  }
}

/** Only for the guard that claimed the file. */
export function updatePidFile(file: PidFile): void {
  renameSync(writeAside(file), pathOf(file.dataDir));
}

export function removePidFile(dataDir: string): void {
  rmSync(pathOf(dataDir), { force: true });
}

/**
 * Before a start: refuses where a living guard owns this data folder, ends servers that a dead guard left behind.
 * Pid, start time and command line must all fit, so that no stranger is ever ended.
 */
export async function cleanUpAfter(dataDir: string): Promise<void> {
  const found = readPidFile(dataDir);
  if (found !== null) {
    // The folder as that guard knew it: it may have been reached by another path.
    const ours = (process_: ProcessIdentity): boolean => isAlive(process_) && mentions(process_, found.dataDir);
    if (ours(found.guard)) throw new Error(inUse(dataDir, found.guard.pid));
    await Promise.all(found.servers.filter(ours).map((server) => endProcess(server, GRACE_MS)));
    // Another start may have cleaned up as well and be on its way.
    if (readPidFile(dataDir)?.guard.startTime !== found.guard.startTime) return;
  }
  removePidFile(dataDir);
}

export function inUse(dataDir: string, pid: number | null): string {
  const by = pid === null ? 'another run' : `process ${pid}`;
  return `The data folder ${dataDir} is in use by ${by}: stop that run first, or use another folder`;
}

function mentions({ pid }: ProcessIdentity, dataDir: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dataDir);
  } catch {
    return false;
  }
}

function readPidFile(dataDir: string): PidFile | null {
  try {
    return JSON.parse(readFileSync(pathOf(dataDir), 'utf8')) as PidFile;
  } catch {
    return null;
  }
}
