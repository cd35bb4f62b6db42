import { type mongo } from 'mongoose';
import { fileKey, urlKey } from '../domain/entity';
import { TERM } from '../domain/search-terms';
import { type LedgerDoc } from '../store/ledger';
import { type MessageDoc } from '../store/messages';
import { type Harness } from '../test/support/harness';
import { AUTOMATED, CLUSTER, SHA256, URL_ } from './explorer-mail';

/** Rows of a page. */
export const LIMIT = 50;

export type Query = mongo.Filter<MessageDoc>;

/** A filter, and the query that somebody who knows the collection would write for it by hand. */
export interface Case {
  readonly name: string;
  readonly filter: Readonly<Record<string, string>>;
  readonly byHand: Query | ((harness: Harness, since: Query) => Promise<Query>);
  /** Where the events lead: the whole answer by hand. */
  readonly whole?: (harness: Harness, since: Query) => Promise<void>;
  /** False where most mail is like that: an index leads nowhere then. */
  readonly selective: boolean;
}

/** Every filter of the Explorer alone. */
export function casesOf(now: Date): Case[] {
  const selective = true;
  return [
    { name: 'none', filter: {}, byHand: {}, selective: false },
    { name: 'subject', filter: { subject: 'quarterly' }, byHand: { terms: TERM.word('quarterly') }, selective },
    {
      name: 'sender',
      filter: { sender: 'user7@d7.example' },
      byHand: { terms: TERM.sender('user7@d7.example') },
      selective,
    },
    {
      name: 'senderDomain',
      filter: { senderDomain: 'd7.example' },
      byHand: { terms: TERM.senderDomain('d7.example') },
      selective,
    },
    {
      name: 'recipient',
      filter: { recipient: 'r7@corp.example' },
      byHand: { terms: TERM.recipient('r7@corp.example') },
      selective,
    },
    {
      ...{ name: 'internetMessageId', filter: { internetMessageId: '<77@d.example>' }, selective },
      byHand: { terms: TERM.internetMessageId('<77@d.example>') },
    },
    {
      name: 'networkMessageId',
      filter: { networkMessageId: 'n77' },
      byHand: { terms: TERM.networkMessageId('n77') },
      selective,
    },
    {
      name: 'sha256',
      filter: { sha256: SHA256 },
      byHand: { terms: TERM.key(fileKey(SHA256)), keys: fileKey(SHA256) },
      selective,
    },
    {
      name: 'fileName',
      filter: { fileName: 'Invoice.pdf' },
      byHand: { terms: TERM.fileName('invoice.pdf') },
      selective,
    },
    { name: 'url', filter: { url: URL_ }, byHand: { terms: TERM.key(urlKey(URL_)), keys: urlKey(URL_) }, selective },
    {
      name: 'urlDomain',
      filter: { urlDomain: 'evil.example' },
      byHand: { terms: TERM.urlDomain('evil.example') },
      selective,
    },
    {
      name: 'latest: Junk folder',
      filter: { latestDeliveryLocation: 'Junk folder' },
      byHand: { location: 'Junk folder' },
      selective,
    },
    {
      name: 'latest: Inbox/folder',
      filter: { latestDeliveryLocation: 'Inbox/folder' },
      byHand: { location: 'Inbox/folder' },
      selective: false,
    },
    {
      name: 'original: Junk folder',
      filter: { originalDeliveryLocation: 'Junk folder' },
      byHand: { terms: 'o:junk' },
      selective,
    },
    {
      name: 'deliveryAction: Delivered',
      filter: { deliveryAction: 'Delivered' },
      byHand: { terms: { $ne: 'o:junk' } },
      selective: false,
    },
    {
      name: 'latest: Soft deleted',
      filter: { latestDeliveryLocation: 'Soft deleted' },
      byHand: { location: 'Soft deleted' },
      selective,
    },
    {
      name: 'original: Inbox/folder',
      filter: { originalDeliveryLocation: 'Inbox/folder' },
      byHand: { terms: { $nin: ['o:junk', 'o:deleted'] } },
      selective: false,
    },
    {
      name: 'deliveryAction: to junk',
      filter: { deliveryAction: 'Delivered to junk' },
      byHand: { terms: 'o:junk' },
      selective,
    },
    {
      ...{ name: 'additionalAction: automated', filter: { additionalAction: AUTOMATED }, byHand: {}, selective },
      whole: actedOnByHand,
    },
    {
      ...{ name: 'additionalAction: None', filter: { additionalAction: 'None' }, byHand: {}, selective: false },
      whole: untouchedByHand,
    },
    {
      ...{ name: 'threatType', filter: { threatType: 'Malware' }, selective },
      byHand: async ({ store }) => {
        const found = await store.clusters.collection
          .find({ verdict: 'malicious', 'entity.threat': 'Malware' })
          .toArray();
        const keys = found.map(({ key }) => key);
        return { terms: { $in: keys.map(TERM.key) }, keys: { $in: keys } };
      },
    },
    {
      ...{ name: 'clusterId', filter: { clusterId: CLUSTER }, selective },
      byHand: async ({ store }) => {
        const key = (await store.clusters.collection.findOne({ _id: CLUSTER }))?.key ?? '';
        return { terms: TERM.key(key), keys: key };
      },
    },
    {
      ...{ name: 'directionality: Intra-org', filter: { directionality: 'Intra-org' }, selective },
      byHand: { terms: TERM.senderDomain('corp.example'), originalFolder: { $ne: 'sentitems' } },
    },
    {
      name: 'directionality: Outbound',
      filter: { directionality: 'Outbound' },
      byHand: { terms: 'o:protected', originalFolder: 'sentitems' },
      selective,
    },
    {
      name: 'directionality: Inbound',
      filter: { directionality: 'Inbound' },
      byHand: { senderDomain: { $nin: ['corp.example'] }, originalFolder: { $ne: 'sentitems' } },
      selective: false,
    },
    {
      name: 'an hour',
      filter: { from: new Date(now.getTime() - 3_600_000).toISOString() },
      byHand: { receivedAt: { $gte: new Date(now.getTime() - 3_600_000) } },
      selective,
    },
  ];
}

/** The same answer without the Explorer: the rows of a page, what was done to them, their threats, and the total. */
export async function handWritten(harness: Harness, where: Query): Promise<void> {
  const { collection } = harness.store.messages;
  const page = collection
    .find(where, { projection: { terms: 0 } })
    .sort({ receivedAt: -1, _id: -1 })
    .limit(LIMIT + 1)
    .toArray();
  const counted = collection.countDocuments(where, { limit: 10_001 });
  const [found, total] = await Promise.all([page.then((rows) => withRest(harness, rows)), counted]);
  JSON.stringify({ found, total });
}

async function withRest({ store }: Harness, rows: readonly MessageDoc[]) {
  const [events, clusters] = await Promise.all([
    store.ledger.collection.find({ messageId: { $in: rows.map(({ _id }) => _id) } }).toArray(),
    store.clusters.collection.find({ key: { $in: rows.flatMap(({ keys }) => [...keys]) } }).toArray(),
  ]);
  return { rows, events, clusters };
}

/** By hand, what an additional action was taken on: from the events, in their order. */
async function actedOnByHand(harness: Harness, since: Query): Promise<void> {
  const { ledger, messages } = harness.store;
  const acted = { 'event.additionalAction': AUTOMATED, ...since } as mongo.Filter<LedgerDoc>;
  const page = async () => {
    const found = await ledger.collection
      .find(acted)
      .sort({ receivedAt: -1, messageId: -1 })
      .limit(LIMIT + 1)
      .toArray();
    const ids = found.map(({ messageId }) => messageId);
    return withRest(
      harness,
      await messages.collection.find({ _id: { $in: ids } }, { projection: { terms: 0 } }).toArray(),
    );
  };
  const counted = ledger.collection
    .aggregate([{ $match: acted }, { $group: { _id: '$messageId' } }, { $limit: 10_001 }, { $count: 'total' }])
    .toArray();
  const [found, total] = await Promise.all([page(), counted]);
  JSON.stringify({ found, total });
}

/** By hand, what nothing was done to: the newest messages without those that have events, until there are enough. */
async function untouchedByHand(harness: Harness, since: Query): Promise<void> {
  const { ledger, messages } = harness.store;
  const page = messages.collection
    .find(since, { projection: { terms: 0 } })
    .sort({ receivedAt: -1, _id: -1 })
    .limit(2 * LIMIT)
    .toArray();
  const counted = async (): Promise<number> => {
    let total = 0;
    const cursor = messages.collection.find(since, { projection: { receivedAt: 1 } }).sort({ receivedAt: -1, _id: -1 });
    while (total <= 10_000) {
      const ids: string[] = [];
      for (let row = await cursor.next(); row !== null; row = ids.length < 1000 ? await cursor.next() : null) {
        ids.push(row._id);
      }
      if (ids.length === 0) break;
      const acted = await ledger.collection
        .find({ messageId: { $in: ids } }, { projection: { _id: 0, messageId: 1 } })
        .toArray();
      total += ids.length - new Set(acted.map(({ messageId }) => messageId)).size;
    }
    await cursor.close();
    return total;
  };
  const [found, total] = await Promise.all([page.then((rows) => withRest(harness, rows)), counted()]);
  JSON.stringify({ found, total });
}
