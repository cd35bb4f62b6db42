import { AUTOMATION } from '../domain/action';
import { QUARTER_MS } from '../domain/buckets';
import { type ActionDoc, type ActionStore } from './actions';
import { type AlertStore } from './alerts';
import { type InvestigationStore } from './investigations';
import { type MailboxStore } from './mailboxes';
import { type RevertStore } from './reverts';

/** What happened in one bucket of a chart: messages removed and restored, and actions that began to wait. */
export interface Point {
  readonly removed: number;
  readonly removedByAutomation: number;
  readonly pending: number;
  readonly reverted: number;
}

export interface OverviewStore {
  /** Actions that wait, those that expire first. */
  expiring(limit: number): Promise<ActionDoc[]>;
  /** Actions that removed something whose undo ends between these times, the first ones first. */
  undoEnding(from: Date, to: Date, limit: number): Promise<ActionDoc[]>;
  /**
   * From the detection of what each investigation is about, as its first alert tells it, to the last message that
   * automation removed for it, in ms: of the latest ones since a time. What waited for a person is not in it.
   */
  latencies(since: Date, limit: number): Promise<number[]>;
  /** What happened in each quarter of an hour since a time, in any order; the same quarter may come more than once. */
  points(since: Date): Promise<readonly (Point & { readonly at: Date })[]>;
  /** Mailboxes by their health; those that are always at hand count as `ok`. */
  healths(): Promise<Readonly<Record<string, number>>>;
  /** When the mailbox whose index is the oldest was indexed last; `null` where none is indexed. */
  oldestIndex(): Promise<Date | null>;
}

/** So many clusters of one investigation are reckoned with where its actions are read. */
const ACTIONS_EACH = 4;
/** Longer than this an overview is not worth: 503 says so. */
const MAX_MS = 5_000;
const NOTHING: Point = { removed: 0, removedByAutomation: 0, pending: 0, reverted: 0 };

interface Row extends Partial<Point> {
  readonly _id: Date;
}

interface Watched {
  readonly actions: ActionStore;
  readonly reverts: RevertStore;
  readonly investigations: InvestigationStore;
  readonly mailboxes: MailboxStore;
  readonly alerts: AlertStore;
}

/** What the console's first page shows, over several collections; each question is answered by an index. */
export function createOverviewStore({ actions, reverts, investigations, mailboxes, alerts }: Watched): OverviewStore {
  return {
    expiring: (limit) => actions.collection.find({ status: 'Pending' }).sort({ expiresAt: 1 }).limit(limit).toArray(),
    undoEnding: (from, to, limit) =>
      actions.collection
        .find({ undoDeadline: { $gt: from, $lte: to }, 'outcomes.removed': { $gt: 0 } })
        .sort({ undoDeadline: 1 })
        .limit(limit)
        .toArray(),
    async latencies(since, limit) {
      const ended = await actions.collection
        .find(
          // As isAutomatic (domain/action.ts) has it: one that a person had worked again waited for them.
          { endedAt: { $gte: since }, decidedBy: AUTOMATION, 'outcomes.removed': { $gt: 0 }, retries: 0 },
          { projection: { _id: 0, investigationId: 1, endedAt: 1 }, maxTimeMS: MAX_MS },
        )
        .sort({ endedAt: -1 })
        .limit(limit * ACTIONS_EACH)
        .toArray();
      const lastEnd = new Map<string, number>();
      for (const { investigationId: id, endedAt } of ended) {
        if (id === null || endedAt === null || lastEnd.has(id)) continue;
        lastEnd.set(id, endedAt.getTime());
        if (lastEnd.size === limit) break;
      }
      const ids = [...lastEnd.keys()];
      const [began, first] = await Promise.all([
        investigations.collection
          .find(
            { _id: { $in: ids } },
            { projection: { 'stages.alert': 1, 'stages.lastRemoval': 1 }, maxTimeMS: MAX_MS },
          )
          .toArray(),
        firstDetections(alerts, ids),
      ]);
      return began.flatMap(({ _id, stages: { alert, lastRemoval } }) => {
        if (alert === undefined || lastRemoval === undefined) return [];
        const detected = first.get(_id) ?? Infinity;
        // Where a person had more removed afterwards, the last removal is theirs.
        const removed = Math.min(lastRemoval.getTime(), lastEnd.get(_id) ?? Infinity);
        return [Math.max(0, removed - Math.min(detected, alert.getTime()))];
      });
    },
    async points(since) {
      const quarter = (date: string) => ({ $subtract: [date, { $mod: [{ $toLong: date }, QUARTER_MS] }] });
      const options = { maxTimeMS: MAX_MS };
      const removed = { $ifNull: ['$outcomes.removed', 0] };
      const rows = await Promise.all([
        actions.collection
          .aggregate<Row>(
            [
              { $match: { endedAt: { $gte: since } } },
              {
                $group: {
                  _id: quarter('$endedAt'),
                  removed: { $sum: removed },
                  removedByAutomation: { $sum: { $cond: [{ $eq: ['$decidedBy', AUTOMATION] }, removed, 0] } },
                },
              },
            ],
            { ...options, hint: { endedAt: 1, decidedBy: 1, 'outcomes.removed': 1 } },
          )
          .toArray(),
        actions.collection
          .aggregate<Row>(
            [
              { $match: { createdAt: { $gte: since }, expiresAt: { $ne: null } } },
              { $group: { _id: quarter('$createdAt'), pending: { $sum: 1 } } },
            ],
            { ...options, hint: { createdAt: 1, expiresAt: 1 } },
          )
          .toArray(),
        reverts.collection
          .aggregate<Row>(
            [
              { $match: { endedAt: { $gte: since } } },
              { $group: { _id: quarter('$endedAt'), reverted: { $sum: { $ifNull: ['$outcomes.restored', 0] } } } },
            ],
            { ...options, hint: { endedAt: 1, 'outcomes.restored': 1 } },
          )
          .toArray(),
      ]);
      return rows.flat().map(({ _id, ...found }) => ({ ...NOTHING, ...found, at: _id }));
    },
    async healths() {
      const [all, found] = await Promise.all([
        mailboxes.count(),
        mailboxes.collection
          .aggregate<{ _id: string; count: number }>([
            { $match: { 'imap.health': { $exists: true } } },
            { $group: { _id: '$imap.health', count: { $sum: 1 } } },
          ])
          .toArray(),
      ]);
      const known = Object.fromEntries(found.map(({ _id, count }) => [_id, count]));
      const others = all - found.reduce((total, { count }) => total + count, 0);
      return { ...known, ok: (known['ok'] ?? 0) + Math.max(0, others) };
    },
    async oldestIndex() {
      const oldest = await mailboxes.collection
        .find({ 'imap.health': 'ok', 'imap.indexedAt': { $type: 'date' } }, { projection: { 'imap.indexedAt': 1 } })
        .sort({ 'imap.indexedAt': 1 })
        .limit(1)
        .next();
      return oldest?.imap?.indexedAt ?? null;
    },
  };
}

/** When the first alert of each investigation says that it was detected, where it says so in a time that there is. */
async function firstDetections(
  alerts: AlertStore,
  investigationIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const found = await alerts.collection
    .aggregate<{ _id: string; detectedAt?: string | null }>(
      [
        { $match: { investigationId: { $in: [...investigationIds] } } },
        { $sort: { investigationId: 1, _id: 1 } },
        { $group: { _id: '$investigationId', detectedAt: { $first: '$alert.detectedAt' } } },
      ],
      { maxTimeMS: MAX_MS },
    )
    .toArray();
  return new Map(
    found.flatMap(({ _id, detectedAt }): [string, number][] => {
      const time = Date.parse(detectedAt ?? '');
      return Number.isNaN(time) ? [] : [[_id, time]];
    }),
  );
}
