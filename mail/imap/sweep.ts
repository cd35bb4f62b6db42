import { type ImapContext } from './context';
import { expunge } from './expunge';
import { clearUp, isUnsure } from './astray';
import { type Box } from './pool';
import { firstWithin } from './within';
import { MailboxError } from '../provider';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
/** Messages that a mailbox is held for at a time, of bounded size: it is free for others in between. */
const BATCH = 200;

/** Messages that were looked at together: how many were deleted, and the last of them; `null` where none is to be. */
interface Swept {
  readonly purged: number;
  readonly last: string | null;
}

/**
 * Retention, where the operator has enabled it: deletes for good what actions of ours removed longer ago than the
 * mailbox keeps it, counted from our own record of the removal. Nothing under a hold, and nothing once `mayGoOn` says no.
 * What cannot be deleted keeps no other message waiting: after a failure they are taken one by one, then more and more at
 * a time. Each hour begins with another mailbox, so that none waits for ever where there is not time for all.
 */
export async function sweepMailboxes(
  context: ImapContext,
  now: Date,
  mayGoOn: () => Promise<boolean>,
): Promise<{ readonly purged: number }> {
  const { config, index, pool, records } = context;
  if (!config.recoverable.expunge) return { purged: 0 };
  const before = new Date(now.getTime() - config.recoverable.retentionDays * DAY_MS);

  async function sweepBatch(box: Box, after: string | null, limit: number): Promise<Swept> {
    const { mailbox, lease } = box;
    // Read under the lease: a revert may have been first. And the hold may have come since.
    const found = firstWithin(await index.removedBefore(mailbox, { before, after, limit }, lease.begun));
    await clearUp(context, box, found.filter(isUnsure));
    // Before each of them is read to compare it; the last word is said just before they are deleted.
    if (!(await mayGoOn()) || (await records.onHold([mailbox])).has(mailbox)) return { purged: 0, last: null };
    const removed = await index.removedBefore(mailbox, { before, after, limit: found.length }, lease.begun);
    const asked = new Set(found.map(({ messageId }) => messageId));
    const sure = removed.filter(({ messageId, place }) => place !== null && asked.has(messageId));
    const done = await expunge(context, box, sure, { intent: null, mayGoOn });
    return { purged: done.filter(({ moved }) => moved).length, last: found.at(-1)?.messageId ?? null };
  }

  /** `null` where the mailbox itself cannot be worked with. Throws {@link MailboxError} where a message, or a folder, cannot. */
  async function sweepNext(mailbox: string, after: string | null, limit: number): Promise<Swept | null> {
    const opened: Box[] = [];
    const sweep = (box: Box): Promise<Swept> => {
      opened.push(box);
      return sweepBatch(box, after, limit);
    };
    try {
      return await pool.use(mailbox, sweep, { background: true });
    } catch (error) {
      if (opened.length > 0 || !(error instanceof MailboxError)) throw error;
      return null;
    }
  }

  async function sweepMailbox(mailbox: string): Promise<number> {
    let purged = 0;
    let after: string | null = null;
    let limit = BATCH;
    for (;;) {
      const [next, second] = await index.removedBefore(mailbox, { before, after, limit: 2 }, []);
      if (next === undefined || !(await mayGoOn())) return purged;
      try {
        const swept: Swept | null = await sweepNext(mailbox, after, limit);
        purged += swept?.purged ?? 0;
        // Also where the mailbox is away: it is the next hour's.
        if (swept === null || swept.last === null) return purged;
        after = swept.last;
        limit = Math.min(BATCH, limit * 2);
      } catch (error) {
        if (!(error instanceof MailboxError)) throw error;
        if (limit === 1 || second === undefined) after = next.messageId;
        limit = 1;
      }
    }
  }

  const first = Math.floor(now.getTime() / HOUR_MS) % config.mailboxes.length;
  let purged = 0;
  for (const mailbox of [...config.mailboxes.slice(first), ...config.mailboxes.slice(0, first)]) {
    purged += await sweepMailbox(mailbox);
  }
  return { purged };
}
