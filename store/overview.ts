import { AUTOMATION } from '../domain/action';
import { QUARTER_MS } from '../domain/buckets';
import { type ActionDoc, type ActionStore } from './actions';
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
  /** From each alert to its last removal in ms, of the latest removals since a time. */
  latencies(since: Date, limit: number): Promise<number[]>;
  /** What happened in each quarter of an hour since a time, in any order; the same quarter may come more than once. */
  points(since: Date): Promise<readonly (Point & { readonly at: Date })[]>;
  /** Mailboxes by their health; those that are always at hand count as `ok`. */
  healths(): Promise<Readonly<Record<string, number>>>;
  /** When the mailbox whose index is the oldest was indexed last; `null` where none is indexed. */
  oldestIndex(): Promise<Date | null>;
}

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
}

/** What the console's first page shows, over several collections; each question is answered by an index. */
export function createOverviewStore({ actions, reverts, investigations, mailboxes }: Watched): OverviewStore {
  return {
    expiring: (limit) => actions.collection.find({ status: 'Pending' }).sort({ expiresAt: 1 }).limit(limit).toArray(),
    undoEnding: (from, to, limit) =>
      actions.collection
        .find({ undoDeadline: { $gt: from, $lte: to }, 'outcomes.removed': { $gt: 0 } })
        .sort({ undoDeadline: 1 })
        .limit(limit)
        .toArray(),
    async latencies(since, limit) {
      const found = await investigations.collection
        .find(
          { 'stages.lastRemoval': { $gte: since } },
          { projection: { _id: 0, 'stages.alert': 1, 'stages.lastRemoval': 1 }, maxTimeMS: MAX_MS },
        )
        .sort({ 'stages.lastRemoval': -1 })
        .limit(limit)
        .toArray();
      return found.flatMap(({ stages: { alert, lastRemoval } }) =>
        alert === undefined || lastRemoval === undefined ? [] : [lastRemoval.getTime() - alert.getTime()],
      );
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
