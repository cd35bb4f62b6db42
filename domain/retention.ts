/** How sure we are of a mailbox's retention of soft-deleted mail. */
export type RetentionBasis = 'probed' | 'configured' | 'unknown';

/** Days that soft-deleted mail is kept, and how we know; `null` where nobody can say. A hold stops all purging. */
export interface Retention {
  readonly days: number | null;
  readonly hold: boolean;
  readonly basis: RetentionBasis;
}

/** Of a mailbox of which nobody can say. */
const UNKNOWN_RETENTION: Retention = { days: null, hold: false, basis: 'unknown' };

export const RETENTION_DAYS = { default: 14, min: 1, max: 30 } as const;

/** Our own ledger, and so our knowledge of what to put where, is kept this long. */
export const LEDGER_DAYS = 30;

const DAY_MS = 24 * 60 * 60 * 1000;

/** When undo ends for one message: the sooner of its mailbox's retention and our ledger's. */
export function undoDeadline(
  removedAt: Date,
  retention: Retention,
): { readonly at: Date; readonly basis: RetentionBasis } {
  const days = retention.hold || retention.days === null ? LEDGER_DAYS : Math.min(retention.days, LEDGER_DAYS);
  return { at: new Date(removedAt.getTime() + days * DAY_MS), basis: retention.basis };
}

/** When undo ends for the first of these mailboxes; `null` where there is none. */
export function firstUndoDeadline(
  removedAt: Date,
  mailboxes: readonly string[],
  retentions: ReadonlyMap<string, Retention>,
): ReturnType<typeof undoDeadline> | null {
  return mailboxes
    .map((mailbox) => undoDeadline(removedAt, retentions.get(mailbox) ?? UNKNOWN_RETENTION))
    .reduce<ReturnType<typeof undoDeadline> | null>(
      (first, next) => (first === null || next.at < first.at ? next : first),
      null,
    );
}
