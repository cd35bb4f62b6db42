/** The units that a chart has, with how many of them it shows. */
export const BUCKETS = {
  hour: { count: 24, ms: 60 * 60 * 1000 },
  day: { count: 30, ms: 24 * 60 * 60 * 1000 },
} as const;
export type Bucket = keyof typeof BUCKETS;

/** What is counted together before it is known to which hour of a zone it belongs: zones differ by quarters of an hour. */
export const QUARTER_MS = 15 * 60 * 1000;

/** The time zone as the world writes it; `null` where there is none of that name. */
export function timeZoneOf(name: string): string | null {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}

/** Says in which bucket a time is, in the local time of a zone: `2026-03-29` for a day, `2026-03-29T14:00` for an hour. */
export function labeller(bucket: Bucket, timeZone: string): (at: Date) => string {
  const format = new Intl.DateTimeFormat('en-CA', {
    ...{ timeZone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', hourCycle: 'h23' },
  });
  return (at) => {
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
    const day = `${parts['year']}-${parts['month']}-${parts['day']}`;
    return bucket === 'day' ? day : `${day}T${parts['hour']}:00`;
  };
}

/** The latest buckets up to a time, oldest first. An hour that summer time leaves out is none, one that it repeats is one. */
export function bucketsTo(now: Date, bucket: Bucket, timeZone: string): string[] {
  const { count, ms } = BUCKETS[bucket];
  const labelOf = labeller(bucket, timeZone);
  const labels = new Set<string>();
  // In halves: a day of summer time has 23 hours.
  for (let at = now.getTime(); labels.size < count; at -= ms / 2) labels.add(labelOf(new Date(at)));
  return [...labels].reverse();
}

/** A value of which this share is not above, by the nearest rank; `null` of none. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
