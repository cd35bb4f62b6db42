/** What a chart of the Explorer counts by (product.md §4.1 and the issue's own). */
export const PIVOTS = [
  'deliveryAction',
  'senderDomain',
  'urlDomain',
  'threat',
  'latestDeliveryLocation',
  'additionalAction',
] as const;
export type Pivot = (typeof PIVOTS)[number];

/** What stands for a message that has no value of the pivot, and for values beyond the first. */
export const NO_VALUE = 'None';
export const OTHER_VALUES = 'Other';

/** One message as a chart sees it: when, and its values of the pivot (a mail can link to several domains). */
export interface FacetRow {
  readonly at: Date;
  readonly values: readonly string[];
}

export interface FacetBucket {
  readonly from: Date;
  /** Messages of each series in it, in the order of the series. */
  readonly counts: readonly number[];
}

export interface Facets {
  /** The values with the most messages, then `Other` where there are more; each with its count. */
  readonly series: readonly { readonly value: string; readonly count: number }[];
  readonly buckets: readonly FacetBucket[];
}

/** Values that have a series of their own. */
const SERIES = 10;

/**
 * Counts messages over equal stretches of time, by their values. A message counts once in each of its values, and once in
 * `Other` however many of its values have no series of their own.
 */
export function facetsOf(
  rows: readonly FacetRow[],
  { from, to, buckets }: { readonly from: Date; readonly to: Date; readonly buckets: number },
): Facets {
  const totals = new Map<string, number>();
  const valuesOf = ({ values }: FacetRow): readonly string[] => (values.length === 0 ? [NO_VALUE] : values);
  for (const row of rows) for (const value of valuesOf(row)) totals.set(value, (totals.get(value) ?? 0) + 1);
  const ranked = [...totals].sort(
    ([one, its], [other, others]) => others - its || (one < other ? -1 : Number(one > other)),
  );
  const named = ranked.slice(0, SERIES).map(([value]) => value);
  const place = new Map(named.map((value, at) => [value, at]));
  const series = ranked.length > SERIES ? [...named, OTHER_VALUES] : named;
  const width = Math.max(1, Math.ceil((to.getTime() - from.getTime() + 1) / buckets));
  const counts = Array.from({ length: buckets }, () => new Array<number>(series.length).fill(0));
  for (const row of rows) {
    const bucket = counts[Math.min(buckets - 1, Math.max(0, Math.floor((row.at.getTime() - from.getTime()) / width)))];
    for (const at of new Set(valuesOf(row).map((value) => place.get(value) ?? SERIES))) {
      if (bucket !== undefined) bucket[at] = (bucket[at] ?? 0) + 1;
    }
  }
  const sumOf = (at: number): number => counts.reduce((sum, bucket) => sum + (bucket[at] ?? 0), 0);
  return {
    series: series.map((value, at) => ({ value, count: sumOf(at) })),
    buckets: counts.map((bucket, at) => ({ from: new Date(from.getTime() + at * width), counts: bucket })),
  };
}
