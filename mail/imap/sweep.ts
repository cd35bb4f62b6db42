import { type IndexedMessage } from '../../domain/imap';
import { type ImapContext } from './context';
import { expunge } from './expunge';
import { clearUp, isUnsure } from './astray';
import { MailboxError } from '../provider';

const DAY_MS = 24 * 60 * 60 * 1000;
const BATCH = 200;

/**
 * Retention, where the operator has enabled it: deletes for good what actions of ours removed longer ago than the
 * mailbox keeps it, counted from our own record of the removal. Nothing under a hold, and nothing once `mayGoOn` says no.
 */
export async function sweepMailboxes(
  context: ImapContext,
  now: Date,
  mayGoOn: () => Promise<boolean>,
): Promise<{ readonly purged: number }> {
  const { config, index, pool, records } = context;
  if (!config.recoverable.expunge) return { purged: 0 };
  const before = new Date(now.getTime() - config.recoverable.retentionDays * DAY_MS);
  let purged = 0;
  for (const mailbox of config.mailboxes) {
    const due = await index.removedBefore(mailbox, before, BATCH, []);
    if (due.length === 0) continue;
    if (!(await mayGoOn())) break;
    try {
      const done = await pool.use(
        mailbox,
        async (box) => {
          // Read under the lease: a revert may have been first. And the hold may have come since.
          const removed = (): Promise<IndexedMessage[]> => index.removedBefore(mailbox, before, BATCH, box.lease.begun);
          const unsure = (await removed()).filter(isUnsure);
          if (unsure.length > 0) await clearUp(context, box, unsure);
          // Before each of them is read to compare it; the last word is said just before they are deleted.
          if (!(await mayGoOn()) || (await records.onHold([mailbox])).has(mailbox)) return [];
          const sure = (await removed()).filter(({ place }) => place !== null);
          return expunge(context, box, sure, { intent: null, mayGoOn });
        },
        { background: true },
      );
      purged += done.filter(({ moved }) => moved).length;
    } catch (error) {
      if (!(error instanceof MailboxError)) throw error;
    }
  }
  return { purged };
}
