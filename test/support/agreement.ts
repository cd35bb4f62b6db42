import { RECOVERABLE_FOLDER } from '../../domain/location';
import { type LedgerDoc } from '../../store/ledger';
import { type Harness } from './harness';

const ALL = 20_000;

/**
 * Checks that the three records of a job say the same: every row of the ledger has its outcome, the mailbox shows each
 * message where its row says, and each row that was worked has exactly one event. Gives the rows per outcome.
 */
export async function expectAgreement({ store }: Harness, jobId: string): Promise<Record<string, number>> {
  const rows = await store.ledger.rows(jobId, {}, null, ALL);
  const messages = new Map((await store.messages.byIds(rows.map(({ messageId }) => messageId))).map((m) => [m._id, m]));
  const seen = rows.map((row) => {
    const message = messages.get(row.messageId);
    return {
      row: row._id,
      folder: message?.folder,
      stamp: row.kind === 'action' ? message?.removedBy : message?.restoredBy,
    };
  });
  expect(seen).toEqual(rows.map((row) => ({ row: row._id, ...placeSaidBy(row) })));
  const events = await store.events.ofJob(jobId);
  expect(events.map(({ messageId }) => messageId).sort()).toEqual(rows.map(({ messageId }) => messageId).sort());
  return store.ledger.counts(jobId);
}

/** Where a row says that its message is, and whose stamp it bears. */
function placeSaidBy({ kind, jobId, to, outcome }: LedgerDoc): { folder: string | null; stamp: string } {
  const done = kind === 'action' ? 'removed' : 'restored';
  expect(outcome).toBe(done);
  return { folder: kind === 'action' ? RECOVERABLE_FOLDER : to, stamp: jobId };
}
