import { z } from 'zod';
import { action } from './action';
import { at, count, counts, maybeAt } from './common';
import { automationState } from './control';

const point = z.strictObject({
  /** Local time of the zone: `2026-03-29` or `2026-03-29T14:00`. */
  at: z.string(),
  /** Messages, by when their action ended. */
  removed: count,
  removedByAutomation: count,
  /** Actions that began to wait. */
  pending: count,
  /** Messages that were put back. */
  reverted: count,
});

export const overview = z.strictObject({
  at,
  timezone: z.string(),
  automation: automationState,
  pending: z.strictObject({ total: count, totalIsAtLeast: z.literal(true).optional(), next: z.array(action) }),
  today: point,
  /** From the alert to the last removal, of the latest 1,000 removals within 30 days. */
  detectionToRemoval: z.strictObject({ count, medianMs: count.nullable(), p95Ms: count.nullable() }),
  /** Actions that can be undone for three days more at most. */
  undoEnding: z.array(action),
  mailboxes: z.strictObject({
    total: count,
    byHealth: counts,
    stale: count,
    oldestIndexedAt: maybeAt,
    indexLagMs: count.nullable(),
  }),
  series: z.strictObject({ hour: z.array(point), day: z.array(point) }),
});
