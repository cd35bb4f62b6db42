import { setTimeout } from 'node:timers/promises';
import { growingPause, type Pauses } from '../../domain/growing-pause';

/** Waits so many milliseconds, less long where `signal` says so; never fails. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => undefined);
}

/** Waits after so many failures in a row (domain/growing-pause.ts). */
export function pauseAfter(failures: number, pauses: Pauses, signal: AbortSignal): Promise<void> {
  return pause(growingPause(failures, pauses, Math.random()), signal);
}
