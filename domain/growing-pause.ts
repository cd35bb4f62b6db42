/** How long is waited after failures, in milliseconds: after the first, and after many in a row. */
export interface Pauses {
  readonly firstMs: number;
  readonly mostMs: number;
}

/**
 * How long to wait after so many failures in a row, in milliseconds: each time twice as long, up to a limit. `chance`,
 * from 0 to 1, takes up to half of it away, so that many that failed together do not come back together.
 */
export function growingPause(failures: number, { firstMs, mostMs }: Pauses, chance: number): number {
  const whole = Math.min(mostMs, firstMs * 2 ** Math.max(0, failures - 1));
  return whole * (1 - chance / 2);
}
