import { chunkCounter, planChunks } from '../domain/chunk';
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
  fence: number,
): { readonly rows: LedgerDoc[]; readonly job: Job } {
  const sizes = [...groupBy(entries, ({ mailbox }) => mailbox).values()].map((group) => group.length);
  const { job, rowsOf } = createLayout(kind, jobId, sizes, fence);
  return { job, rows: rowsOf(entries) };
}

/** The same for a ledger that is written page by page: its mailboxes' sizes first, then its entries in ledger order. */
export function createLayout(
  kind: JobKind,
  jobId: string,
  mailboxSizes: readonly number[],
  fence: number,
): { readonly job: Job; readonly rowsOf: (entries: readonly LedgerEntry[]) => LedgerDoc[] } {
  const plan = planChunks(mailboxSizes);
  const chunkAt = chunkCounter(plan.sizes);
  const messageCount = mailboxSizes.reduce((total, size) => total + size, 0);
  let seq = 0;
  return {
    job: { kind, id: jobId, messageCount, chunkCount: plan.sizes.length, lanes: plan.lanes },
    rowsOf: (entries) =>
      entries.map((entry) => ({
        ...entry,
        _id: ledgerRowId(jobId, seq++),
        jobId,
        kind,
        chunk: chunkAt(),
        fence,
        reason: null,
        at: null,
        event: null,
      })),
  };
}
