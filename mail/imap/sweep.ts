import { type IndexedMessage } from '../../domain/imap';
import { inTurns } from '../../domain/in-turns';
import { type ImapContext } from './context';
import { expunge } from './expunge';
import { clearUp, isUnsure } from './astray';
import { type Box } from './pool';
import { MailboxError } from '../provider';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Messages that a mailbox is held for at a time: it is free for others in between. */
const BATCH = 200;

/**
 * Retention, where the operator has enabled it: deletes for good what actions of ours removed longer ago than the
 * mailbox keeps it, counted from our own record of the removal. Nothing under a hold, and nothing once `mayGoOn` says no.
 * What cannot be deleted keeps no other message waiting, nor does a mailbox that is away keep another one.
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

  /** Deletes what is due among the next messages after one of the mailbox. */
  async function sweepBatch(box: Box, after: string | null): Promise<number> {
    const { mailbox, lease } = box;
    // Read under the lease: a revert may have been first. And the hold may have come since.
    const removed = (): Promise<IndexedMessage[]> =>
      index.removedBefore(mailbox, { before, after, limit: BATCH }, lease.begun);
    const unsure = (await removed()).filter(isUnsure);
    if (unsure.length > 0) await clearUp(context, box, unsure);
    // Before each of them is read to compare it; the last word is said just before they are deleted.
    if (!(await mayGoOn()) || (await records.onHold([mailbox])).has(mailbox)) return 0;
    const sure = (await removed()).filter(({ place }) => place !== null);
    const done = await expunge(context, box, sure, { intent: null, mayGoOn });
    return done.filter(({ moved }) => moved).length;
  }

  async function sweepMailbox(mailbox: string): Promise<void> {
    let after: string | null = null;
    for (;;) {
      const due = await index.removedBefore(mailbox, { before, after, limit: BATCH }, []);
      const last = due.at(-1)?.messageId;
      if (last === undefined || !(await mayGoOn())) return;
      const from = after;
      purged += await pool.use(mailbox, (box) => sweepBatch(box, from), { background: true });
      after = last;
    }
  }

  await inTurns(config.mailboxes, config.limits.connections, async (mailbox) => {
    try {
      await sweepMailbox(mailbox);
    } catch (error) {
      if (!(error instanceof MailboxError)) throw error;
    }
  });
  return { purged };
}
