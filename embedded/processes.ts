import { readFileSync } from 'node:fs';

/** A process that stays the same process: a pid is given out again, a pid with its start time is not. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of `/proc/<pid>/stat`: clock ticks after boot. */
  readonly startTime: string;
}

/** Who a running process is; `null` where there is none (or where it has ended and waits to be reaped). */
export function identify(pid: number): ProcessIdentity | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name is in parentheses and may hold anything: fields are counted behind the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : { pid, startTime: fields[19] ?? '' };
  } catch {
    return null;
  }
}

/** Whether this very process still runs. */
export function isAlive({ pid, startTime }: ProcessIdentity): boolean {
  return identify(pid)?.startTime === startTime;
}

/** Ends a process: asks first, insists after `graceMs`. Answers when it is gone. */
export async function endProcess(process_: ProcessIdentity, graceMs: number): Promise<void> {
  signal(process_, 'SIGTERM');
  if (await gone(process_, graceMs)) return;
  signal(process_, 'SIGKILL');
  await gone(process_, graceMs);
}

const LOOK_EVERY_MS = 50;

async function gone(process_: ProcessIdentity, withinMs: number): Promise<boolean> {
  for (const deadline = Date.now() + withinMs; Date.now() < deadline;) {
    if (!isAlive(process_)) return true;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return !isAlive(process_);
}

function signal(process_: ProcessIdentity, name: NodeJS.Signals): void {
  if (!isAlive(process_)) return;
  try {
    process.kill(process_.pid, name);
  } catch {
    // It ended between the look and the signal.
  }
}
