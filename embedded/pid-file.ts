import { readFileSync, rmSync, writeFileSync } from 'node:fs';
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

export function writePidFile(file: PidFile): void {
  writeFileSync(pathOf(file.dataDir), JSON.stringify(file), { mode: 0o600 });
}

export function removePidFile(dataDir: string): void {
  rmSync(pathOf(dataDir), { force: true });
}

/**
 * Before a start: refuses where a living guard owns this data folder, ends servers that a dead guard left behind.
 * Pids are compared with their start times, so that no stranger is ever ended.
 */
export async function cleanUpAfter(dataDir: string): Promise<void> {
  const found = readPidFile(dataDir);
  if (found?.dataDir !== dataDir) return;
  if (isAlive(found.guard)) {
    throw new Error(
      `The data folder ${dataDir} is in use by process ${found.guard.pid}: stop that run first, or use another folder`,
    );
  }
  await Promise.all(found.servers.map((server) => endProcess(server, GRACE_MS)));
  removePidFile(dataDir);
}

function readPidFile(dataDir: string): PidFile | null {
  try {
    return JSON.parse(readFileSync(pathOf(dataDir), 'utf8')) as PidFile;
  } catch {
    return null;
  }
}
