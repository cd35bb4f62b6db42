import { placed, PURGES_FOLDER, RECOVERABLE_FOLDER } from '../../domain/location';
import { type MessageDoc } from '../../store/messages';
import { type Store } from '../../store/store';
import { type MailboxAdmin } from '../admin';
import { EMBEDDED } from './own';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Bytes that were referred to this recently are left: a delivery stores them before it stores its row. */
const FRESH_MS = 60 * 60 * 1000;
const BATCH = 1000;

/** Retention: purges soft-deleted mail when its time is up, and bytes that no copy needs any more. Holds stop it. */
export function createSweep(store: Store): Pick<MailboxAdmin, 'sweep'> {
  const messages = store.messages.collection;

  async function purge(filter: object, now: Date): Promise<{ purged: number; rawDeleted: number }> {
    let purged = 0;
    let rawDeleted = 0;
    for (;;) {
      const batch = (await messages
        .find(filter, { projection: { sha256: 1 } })
        .limit(BATCH)
        .toArray()) as Pick<MessageDoc, '_id' | 'sha256'>[];
      if (batch.length === 0) return { purged, rawDeleted };
      const { modifiedCount } = await messages.updateMany(
        { ...filter, _id: { $in: batch.map(({ _id }) => _id) } },
        { $set: { ...placed(PURGES_FOLDER), purgedAt: now }, $inc: { revision: 1 } },
      );
      purged += modifiedCount;
      for (const sha256 of new Set(batch.map((message) => message.sha256))) {
        if ((await messages.findOne({ sha256, purgedAt: null }, { projection: { _id: 1 } })) !== null) continue;
        if (await store.rawMail.remove(sha256, new Date(now.getTime() - FRESH_MS))) rawDeleted++;
      }
    }
  }

  return {
    async sweep(now) {
      const total = { purged: 0, rawDeleted: 0 };
      for await (const mailbox of store.mailboxes.collection.find({ hold: null, provider: EMBEDDED })) {
        const before = new Date(now.getTime() - mailbox.retentionDays * DAY_MS);
        for (const filter of [
          { mailbox: mailbox._id, folder: RECOVERABLE_FOLDER, removedAt: { $lt: before }, purgedAt: null },
          { mailbox: mailbox._id, folder: PURGES_FOLDER, purgedAt: null },
        ]) {
          const done = await purge(filter, now);
          total.purged += done.purged;
          total.rawDeleted += done.rawDeleted;
        }
      }
      return total;
    },
  };
}
