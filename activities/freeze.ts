import { planChunks } from '../domain/chunk';
import { type Job, type JobKind } from '../domain/contracts';
import { groupBy } from '../domain/group';
import { ledgerRowId } from '../domain/ids';
import { type Outcome } from '../domain/ledger';
import { type LedgerDoc } from '../store/ledger';

/** A message on its way into a ledger, in ledger order: by mailbox, then by id. */
export interface LedgerEntry {
  readonly messageId: string;
  readonly mailbox: string;
  readonly networkMessageId: string;
  readonly receivedAt: Date;
  readonly from: string;
  readonly to: string | null;
  readonly revision: number;
  readonly outcome: Outcome;
  readonly ownerActionId: string | null;
}

/** Lays a ledger out in chunks: the rows to store and the job that the workflow works through. */
export function layOut(
  kind: JobKind,
  jobId: string,
  entries: readonly LedgerEntry[],
): { readonly rows: LedgerDoc[]; readonly job: Job } {
  const plan = planChunks([...groupBy(entries, ({ mailbox }) => mailbox).values()].map((group) => group.length));
  const chunkOf = plan.sizes.flatMap((size, chunk) => Array.from({ length: size }, () => chunk));
  const rows = entries.map((entry, seq) => ({
    _id: ledgerRowId(jobId, seq),
    jobId,
    kind,
    chunk: chunkOf[seq] ?? 0,
    fence: 0,
    reason: null,
    at: null,
    ...entry,
  }));
  return {
    rows,
    job: { kind, id: jobId, messageCount: entries.length, chunkCount: plan.sizes.length, lanes: plan.lanes },
  };
}
