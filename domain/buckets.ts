/** The units that a chart has, with how many of them it shows and how MongoDB writes one. */
export const BUCKETS = {
  hour: { count: 24, ms: 60 * 60 * 1000, format: '%Y-%m-%dT%H:00' },
  day: { count: 30, ms: 24 * 60 * 60 * 1000, format: '%Y-%m-%d' },
} as const;
export type Bucket = keyof typeof BUCKETS;

/** The time zone as the world writes it; `null` where there is none of that name. */
export function timeZoneOf(name: string): string | null {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}

/**
 * The latest buckets up to a time, oldest first, in the local time of a zone: `2026-03-29` for a day, `2026-03-29T14:00`
 * for an hour. An hour that summer time leaves out is none, one that it repeats is one.
 */
export function bucketsTo(now: Date, bucket: Bucket, timeZone: string): string[] {
  const { count, ms } = BUCKETS[bucket];
  const format = new Intl.DateTimeFormat('en-CA', {
    ...{ timeZone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', hourCycle: 'h23' },
  });
  const labels = new Set<string>();
  // In halves: a day of summer time has 23 hours.
  for (let at = now.getTime(); labels.size < count; at -= ms / 2) labels.add(labelOf(format, new Date(at), bucket));
  return [...labels].reverse();
}

function labelOf(format: Intl.DateTimeFormat, at: Date, bucket: Bucket): string {
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const day = `${parts['year']}-${parts['month']}-${parts['day']}`;
  return bucket === 'day' ? day : `${day}T${parts['hour']}:00`;
}

/** A value of which this share is not above, by the nearest rank; `null` of none. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
