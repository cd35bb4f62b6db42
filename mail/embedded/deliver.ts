import { createHash } from 'node:crypto';
import { canonicalFolder, placed } from '../../domain/location';
import { termsOf } from '../../domain/search-terms';
import { RETENTION_DAYS } from '../../domain/retention';
import { newId } from '../../store/collection';
import { type MessageFacts } from '../../domain/message-facts';
import { type MessageDoc } from '../../store/messages';
import { type Store } from '../../store/store';
import { type Delivery, type MailboxAdmin } from '../admin';
import { factsOf } from '../facts';
import { MAX_RAW_BYTES } from '../parse/limits';
import { parseMail } from '../parse/parse-mail';
import { EMBEDDED, notEmbedded } from './own';
import { MailboxError } from '../provider';

const MAX_FOLDER_LENGTH = 255;

/** Mail comes in: raw bytes kept once for all copies, facts read, one row for each copy. */
export function createDelivery(store: Store, clock: () => Date): Pick<MailboxAdmin, 'deliver' | 'deliverMany'> {
  const messages = store.messages.collection;

  async function ensureMailboxes(addresses: Iterable<string>): Promise<void> {
    const writes = [...new Set(addresses)].map((address) => ({
      updateOne: {
        filter: { _id: address },
        update: {
          $setOnInsert: {
            provider: EMBEDDED,
            retentionDays: RETENTION_DAYS.default,
            hold: null,
            createdAt: clock(),
          },
        },
        upsert: true,
      },
    }));
    if (writes.length === 0) return;
    await store.mailboxes.collection.bulkWrite(writes, { ordered: false });
    const others = await store.mailboxes.collection.findOne({
      ...{ _id: { $in: [...new Set(addresses)] }, provider: { $ne: EMBEDDED } },
    });
    if (others !== null) throw notEmbedded(others._id);
  }

  return {
    async deliver(delivery) {
      check(delivery);
      await ensureMailboxes([delivery.mailbox.toLowerCase()]);
      const facts = factsOf(await parseMail(delivery.raw));
      await store.rawMail.put([{ sha256: facts.sha256, bytes: delivery.raw }], clock());
      const doc = messageOf(delivery, facts);
      await messages.insertOne(doc);
      await store.entityStats.count([doc]);
      return doc;
    },
    async deliverMany(deliveries, { skipExisting }) {
      deliveries.forEach(check);
      await ensureMailboxes(deliveries.map(({ mailbox }) => mailbox.toLowerCase()));
      const digests = deliveries.map(({ raw }) => createHash('sha256').update(raw).digest('hex'));
      const present = new Set<string>();
      if (skipExisting) {
        const found = await messages
          .find({ sha256: { $in: [...new Set(digests)] } }, { projection: { sha256: 1, mailbox: 1 } })
          .toArray();
        for (const { sha256, mailbox } of found) present.add(`${sha256} ${mailbox}`);
      }
      const factsByDigest = new Map<string, MessageFacts>();
      const fresh: { sha256: string; bytes: Uint8Array }[] = [];
      const docs: MessageDoc[] = [];
      for (const [index, delivery] of deliveries.entries()) {
        const digest = digests[index] ?? '';
        if (present.has(`${digest} ${delivery.mailbox.toLowerCase()}`)) continue;
        let facts = factsByDigest.get(digest);
        if (facts === undefined) {
          facts = factsOf(await parseMail(delivery.raw));
          factsByDigest.set(digest, facts);
          fresh.push({ sha256: digest, bytes: delivery.raw });
        }
        docs.push(messageOf(delivery, facts));
      }
      await store.rawMail.put(fresh, clock());
      if (docs.length > 0) await messages.insertMany(docs, { ordered: false });
      await store.entityStats.count(docs);
      return { stored: docs.length, skipped: deliveries.length - docs.length };
    },
  };
}

function check({ raw, folder }: Delivery): void {
  if (raw.length > MAX_RAW_BYTES) {
    throw new MailboxError('tooLarge', `The mail has ${raw.length} bytes, more than the ${MAX_RAW_BYTES} allowed`);
  }
  const name = canonicalFolder(folder);
  if (name === '' || name.length > MAX_FOLDER_LENGTH || hasControlCharacter(name)) {
    throw new MailboxError('badFolder', `A folder name needs 1 to ${MAX_FOLDER_LENGTH} printable characters`);
  }
}

function hasControlCharacter(name: string): boolean {
  return /\p{Cc}/u.test(name);
}

function messageOf(delivery: Delivery, facts: MessageFacts): MessageDoc {
  const folder = canonicalFolder(delivery.folder);
  return {
    _id: newId(),
    provider: EMBEDDED,
    mailbox: delivery.mailbox.toLowerCase(),
    originalFolder: folder,
    receivedAt: delivery.receivedAt,
    ...placed(folder),
    revision: 0,
    flags: delivery.flags,
    removedBy: null,
    removedFrom: null,
    removedAt: null,
    restoredBy: null,
    purgedAt: null,
    clearedKeys: [],
    ...facts,
    terms: termsOf(facts, delivery.mailbox, folder),
  };
}
