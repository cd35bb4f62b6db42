import { z } from 'zod';
import { type Bucket, BUCKETS, bucketsTo, quantile, timeZoneOf } from '../../domain/buckets';
import { type ApiDeps } from '../deps';
import { type Routes } from '../route';
import { overview as overviewShape } from '../schemas/overview';
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
    // MongoDB knows zones by their names, not by offsets such as +01:00.
    if (zone !== null && /^[A-Za-z]/.test(zone)) return zone;
    context.addIssue({ code: 'custom', message: 'is not a time zone such as Europe/Berlin' });
    return z.NEVER;
  });

/** What the console's first page shows. */
export function overviewRoutes(routes: Routes, { store, clock }: ApiDeps): void {
  const series = async (now: Date, bucket: Bucket, zone: string) => {
    const { count, ms } = BUCKETS[bucket];
    const points = await store.overview.points(new Date(now.getTime() - (count + 1) * ms), bucket, zone);
    const nothing = { removed: 0, removedByAutomation: 0, pending: 0, reverted: 0 };
    return bucketsTo(now, bucket, zone).map((at) => ({ at, ...(points.get(at) ?? nothing) }));
  };

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
      const [automation, waiting, total, ending, latencies, healths, oldestIndexedAt, counts, hours, days] =
        await Promise.all([
          store.control.get(),
          overview.expiring(LISTED),
          store.actions.count({ statuses: ['Pending'] }),
          overview.undoEnding(now, near, LOOKED_AT),
          overview.latencies(new Date(now.getTime() - BUCKETS.day.count * DAY_MS), LATENCIES),
          overview.healths(),
          overview.oldestIndex(),
          store.mailboxes.counts(now),
          series(now, 'hour', query.timezone),
          series(now, 'day', query.timezone),
        ]);
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
