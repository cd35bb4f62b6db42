/**
 * When the waiting actions of an investigation are counted again, in milliseconds after it began to wait: the last is an
 * interval that repeats (design.md, "How a removal flows" 4: 15 minutes, 1 hour, 4 hours, then every 12 hours).
 */
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
export const RECOUNT_MS: readonly number[] = [15 * MINUTE_MS, HOUR_MS, 4 * HOUR_MS, 12 * HOUR_MS];

/** How long after it began to wait its count number `turn` (from 0) is due, in milliseconds. */
export function recountAfter(turn: number, schedule: readonly number[] = RECOUNT_MS): number {
  const interval = schedule.at(-1) ?? HOUR_MS;
  const offsets = schedule.slice(0, -1);
  return offsets[turn] ?? (offsets.at(-1) ?? 0) + (turn - offsets.length + 1) * interval;
}
