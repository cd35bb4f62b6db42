import { type Retention } from '../../domain/retention';
import { type MessageDoc } from '../../store/messages';
import { type Store } from '../../store/store';
import { placedAt } from '../placed-at';
import { type MailboxProvider, type SightedMessage } from '../provider';

type PlaceDoc = Pick<MessageDoc, '_id' | 'folder' | 'revision' | 'fences' | 'removedBy' | 'restoredBy' | 'purgedAt'>;

const PLACE = { folder: 1, revision: 1, fences: 1, removedBy: 1, restoredBy: 1, purgedAt: 1 } as const;

/** Looking without a trace: where messages are, what they say, how long a mailbox keeps what was deleted. */
export function createReading(store: Store): Pick<MailboxProvider, 'locate' | 'retention' | 'read' | 'changes'> {
  const messages = store.messages.collection;
  return {
    async locate(refs) {
      const ids = refs.map(({ messageId }) => messageId);
      const found = (await messages
        .find({ _id: { $in: ids } }, { projection: PLACE, batchSize: 5000 })
        .toArray()) as PlaceDoc[];
      const byId = new Map(found.map((doc) => [doc._id, doc]));
      return ids.map((id) => sighted(id, byId.get(id)));
    },
    async retention(addresses) {
      const found = await store.mailboxes.byAddresses(addresses);
      return new Map(
        found.map((mailbox): [string, Retention] => [
          mailbox._id,
          { days: mailbox.retentionDays, hold: mailbox.hold !== null, basis: 'configured' },
        ]),
      );
    },
    async read({ messageId, mailbox }) {
      const found = await messages.findOne({ _id: messageId, mailbox, purgedAt: null }, { projection: { sha256: 1 } });
      return found === null ? null : store.rawMail.get(found.sha256);
    },
    async changes(mailbox, cursor, limit) {
      const found = (await messages
        .find({ mailbox, ...(cursor === null ? {} : { _id: { $gt: cursor } }) }, { projection: PLACE })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray()) as PlaceDoc[];
      return { changed: found.map((doc) => sighted(doc._id, doc)), cursor: found.at(-1)?._id ?? cursor ?? '' };
    },
  };
}

function sighted(messageId: string, doc: PlaceDoc | undefined): SightedMessage {
  return {
    messageId,
    found: doc !== undefined,
    folder: doc?.folder ?? '',
    revision: doc?.revision ?? -1,
    placedAt: doc === undefined ? -1 : placedAt(doc),
    removedBy: doc?.removedBy ?? null,
    restoredBy: doc?.restoredBy ?? null,
    purged: doc !== undefined && doc.purgedAt !== null,
  };
}
