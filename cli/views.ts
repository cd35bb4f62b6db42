/** What the commands read of the API's answers (docs: /api/docs). */
export interface ActionView {
  readonly id: string;
  readonly status: string;
  readonly messageCount: number;
  readonly mailboxCount: number;
  readonly remainingInMailboxes: number;
  readonly reasons: readonly { readonly code: string; readonly detail: string }[];
  readonly outcomes: Readonly<Record<string, number>>;
  readonly undoDeadline: string | null;
  readonly expiresAt: string | null;
  readonly problem: { readonly code: string; readonly detail: string } | null;
}

export interface ClusterView {
  readonly name: string;
  readonly type: string;
  readonly messageCount: number;
  readonly mailboxCount: number;
  readonly excludedCount: number;
  readonly locationCounts: Readonly<Record<string, number>>;
}

export interface InvestigationView {
  readonly id: string;
  readonly status: string;
  readonly durationMs: number | null;
  readonly clusters: readonly ClusterView[];
  readonly actions: readonly ActionView[];
}

export interface RevertView {
  readonly id: string;
  readonly status: string;
  readonly outcomes: Readonly<Record<string, number>>;
}

/** Counts as a person reads them: `40 removed, 1 failed`; what is zero is left out. */
export function countsLine(counts: Readonly<Record<string, number>>): string {
  const shown = Object.entries(counts).filter(([, count]) => count > 0);
  return shown.length === 0 ? 'nothing' : shown.map(([name, count]) => `${count} ${name}`).join(', ');
}
