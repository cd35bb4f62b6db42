import { z } from 'zod';
import { type Bucket, BUCKETS, bucketsTo, labeller, quantile, timeZoneOf } from '../../domain/buckets';
import { type ApiDeps } from '../deps';
import { type Routes } from '../route';
import { overview as overviewShape } from '../schemas/overview';
import { type Point } from '../../store/overview';
import { actionViews } from '../views';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Actions of each list. */
const LISTED = 10;
/** Undo that ends within this time is near. */
const NEAR_MS = 3 * DAY_MS;
/** Of those near their end some have been reverted: so many are looked at for the list. */
const LOOKED_AT = 50;
const LATENCIES = 1_000;

const timezone = z
  .string()
  .max(64)
  .default('UTC')
  .transform((name, context) => {
    const zone = timeZoneOf(name);
    if (zone !== null) return zone;
    context.addIssue({ code: 'custom', message: 'is not a time zone such as Europe/Berlin' });
    return z.NEVER;
  });

/** What the console's first page shows. */
export function overviewRoutes(routes: Routes, { store, clock }: ApiDeps): void {
  routes.add(
    {
      method: 'get',
      path: '/overview',
      summary:
        'What waits, what was removed and how fast, which undo ends soon, how the mailboxes are; charts over time',
      roles: ['reader'],
      query: { timezone },
      success: [200, 'As of now; series in the local time of the zone, the last bucket is the one that runs'],
      answer: overviewShape,
    },
    async ({ query }) => {
      const now = clock();
      const near = new Date(now.getTime() + NEAR_MS);
      const { overview } = store;
      const [automation, waiting, total, ending, latencies, healths, oldestIndexedAt, counts, points] =
        await Promise.all([
          store.control.get(),
          overview.expiring(LISTED),
          store.actions.count({ statuses: ['Pending'] }),
          overview.undoEnding(now, near, LOOKED_AT),
          overview.latencies(new Date(now.getTime() - BUCKETS.day.count * DAY_MS), LATENCIES),
          overview.healths(),
          overview.oldestIndex(),
          store.mailboxes.counts(now),
          overview.points(new Date(now.getTime() - (BUCKETS.day.count + 1) * DAY_MS)),
        ]);
      const hours = seriesOf(points, { now, bucket: 'hour', zone: query.timezone });
      const days = seriesOf(points, { now, bucket: 'day', zone: query.timezone });
      const undo = (await actionViews(store, ending, now)).filter(({ revertible }) => revertible).slice(0, LISTED);
      return {
        headers: { 'Cache-Control': 'no-store' },
        body: {
          ...{ at: now, timezone: query.timezone, automation },
          pending: {
            total: Math.min(total, COUNTED),
            ...(total > COUNTED ? { totalIsAtLeast: true } : {}),
            next: await actionViews(store, waiting, now),
          },
          today: days.at(-1),
          detectionToRemoval: {
            count: latencies.length,
            medianMs: quantile(latencies, 0.5),
            p95Ms: quantile(latencies, 0.95),
          },
          undoEnding: undo,
          mailboxes: {
            ...{ total: counts.all, byHealth: healths, stale: counts.stale, oldestIndexedAt },
            indexLagMs: oldestIndexedAt === null ? null : Math.max(0, now.getTime() - oldestIndexedAt.getTime()),
          },
          series: { hour: hours, day: days },
        },
      };
    },
  );
}

/** As lists have it (api.md): exact to here. */
const COUNTED = 10_000;

/** The points of a chart, those in which nothing happened too. */
function seriesOf(
  points: readonly (Point & { readonly at: Date })[],
  { now, bucket, zone }: { readonly now: Date; readonly bucket: Bucket; readonly zone: string },
): (Point & { readonly at: string })[] {
  const labelOf = labeller(bucket, zone);
  const found = new Map<string, Point[]>();
  for (const { at, ...point } of points) {
    const label = labelOf(at);
    const mine = found.get(label);
    if (mine === undefined) found.set(label, [point]);
    else mine.push(point);
  }
  const sum = (of: readonly Point[], name: keyof Point): number => of.reduce((total, point) => total + point[name], 0);
  return bucketsTo(now, bucket, zone).map((at) => {
    const mine = found.get(at) ?? [];
    const [removed, removedByAutomation] = [sum(mine, 'removed'), sum(mine, 'removedByAutomation')];
    return { at, removed, removedByAutomation, pending: sum(mine, 'pending'), reverted: sum(mine, 'reverted') };
  });
}
