const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Periods that lists offer, in days. */
export const PERIODS: Readonly<Record<string, readonly [text: string, days: number]>> = {
  day: ['Last day', 1],
  week: ['Last week', 7],
  month: ['Last 30 days', 30],
  halfYear: ['Last 6 months', 183],
};

export const PERIOD_OPTIONS = Object.entries(PERIODS).map(([value, [text]]) => [value, text] as const);

/** Where a period begins: on a full hour, so that a list stays the same list for a while. `undefined` for all time. */
export function startOf(period: string, now: number): string | undefined {
  const days = PERIODS[period]?.[1];
  return days === undefined ? undefined : new Date(Math.floor(now / HOUR_MS) * HOUR_MS - days * DAY_MS).toISOString();
}
