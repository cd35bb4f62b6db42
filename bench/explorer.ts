import { type AddressInfo } from 'node:net';
import { type mongo } from 'mongoose';
import { z } from 'zod';
import { ensureToken } from '../api/auth';
import { explorerRows } from '../api/message-views';
import { explorerFilter } from '../api/schemas/explorer';
import { type ExplorerFilter } from '../domain/explorer';
import { fileKey, urlKey } from '../domain/entity';
import { facetsOf, type Pivot, PIVOTS } from '../domain/facets';
import { placed } from '../domain/location';
import { TERM, termsOf } from '../domain/search-terms';
import { newId } from '../store/collection';
import { type MessageDoc } from '../store/messages';
import { appOf } from '../test/support/app';
import { type Harness } from '../test/support/harness';
import { median } from './figures';

const MESSAGES = Number(process.env['BENCH_MESSAGES'] ?? 1_000_000);
const BATCH = 10_000;
const ROUNDS = 15;
const LIMIT = 50;
const PAGE_TARGET = 1.5;
const FACETS_TARGET = 3;
const SECRET = 'a-secret-of-the-bench-with-32-characters';
const DAY_MS = 24 * 60 * 60 * 1000;

type Query = mongo.Filter<MessageDoc>;

/** A filter, and the query that somebody who knows the collection would write for it by hand. */
interface Case {
  readonly name: string;
  readonly filter: Readonly<Record<string, string>>;
  readonly byHand: Query;
  /** False where most mail is like that: an index leads nowhere then. */
  readonly selective: boolean;
}

/**
 * An Explorer page with its total, on a million messages, by each filter alone, against the same answer by MongoDB's driver
 * alone: the rows, what events and clusters say of them, and the total. The two take turns. Facets against the page of the
 * same filter. The page over HTTP is shown beside. Answers whether every ratio of medians is within its target, and no
 * selective filter scans the collection.
 */
export async function explorer(harness: Harness): Promise<boolean> {
  const { store } = harness;
  const now = new Date();
  const start = performance.now();
  await fill(harness, now);
  console.log(`${MESSAGES} messages stored and indexed in ${Math.round((performance.now() - start) / 1000)} s`);
  await ensureToken(store, { name: 'bench', secret: SECRET, roles: ['reader'], at: now });
  const server = appOf(harness).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`;
  const get = async (path: string): Promise<unknown> => {
    const reply = await fetch(`${base}${path}`, { headers: { authorization: `Bearer ${SECRET}` } });
    const body: unknown = await reply.json();
    if (reply.status !== 200) throw new Error(`${path}: ${reply.status} ${JSON.stringify(body)}`);
    return body;
  };
  let ok = true;
  try {
    for (const { name, filter, byHand, selective } of casesOf(now)) {
      const query = new URLSearchParams({ ...filter, limit: String(LIMIT) }).toString();
      const since = { receivedAt: { $gte: new Date(now.getTime() - 30 * DAY_MS) } };
      const where = { $and: [since, byHand] };
      const times = { hand: [] as number[], page: [] as number[], http: [] as number[], facets: [] as number[] };
      for (let round = 0; round < ROUNDS; round++) {
        times.hand.push(await timed(() => handWritten(harness, where)));
        times.page.push(await timed(() => pageOf(harness, filter, now)));
        times.http.push(await timed(() => get(`/messages?${query}`)));
        const pivot = PIVOTS[round % PIVOTS.length] ?? 'senderDomain';
        times.facets.push(await timed(() => facetsBy(harness, filter, pivot, now)));
      }
      const [hand, page, facets] = [median(times.hand), median(times.page), median(times.facets)];
      const http = median(times.http);
      const scans = selective && (await scansAll(harness, filter, now));
      const within = page <= PAGE_TARGET * hand && facets < FACETS_TARGET * page && !scans;
      ok &&= within;
      console.log(
        `${name.padEnd(26)} by hand ${hand.toFixed(1)} ms, page ${page.toFixed(1)} ms (ratio ${(page / hand).toFixed(2)}, over HTTP ${http.toFixed(1)} ms), ` +
          `facets ${facets.toFixed(1)} ms (${(facets / page).toFixed(2)} pages)${scans ? ', SCANS ALL' : ''}${within ? '' : '  MISSED'}`,
      );
    }
  } finally {
    server.close();
  }
  console.log(
    `every page at most ${PAGE_TARGET} times by hand, facets under ${FACETS_TARGET} pages: ${ok ? 'yes' : 'no'}`,
  );
  return ok;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** A page as the API makes it. */
async function pageOf({ store }: Harness, filter: Case['filter'], now: Date): Promise<void> {
  const { explorer: asked } = store;
  const query = await asked.query(parsed(filter), now);
  const [rows, total] = await Promise.all([
    asked.page(query, null, LIMIT + 1).then((found) => explorerRows(asked, found)),
    asked.count(query, 10_001),
  ]);
  JSON.stringify({ rows, total });
}

/** Facets as the API makes them. */
async function facetsBy({ store }: Harness, filter: Case['filter'], pivot: Pivot, now: Date): Promise<void> {
  const query = await store.explorer.query(parsed(filter), now);
  const rows = await store.explorer.facetRows(query, pivot, 2001);
  JSON.stringify(facetsOf(rows, { from: query.from, to: now, buckets: 30 }));
}

function parsed(filter: Case['filter']): ExplorerFilter {
  return z.strictObject(explorerFilter).parse(filter);
}

/** The same answer without the Explorer: the rows of a page, what was done to them, their threats, and the total. */
async function handWritten({ store }: Harness, where: Query): Promise<void> {
  const { collection } = store.messages;
  const page = async () => {
    const rows = await collection
      .find(where, { projection: { terms: 0 } })
      .sort({ receivedAt: -1, _id: -1 })
      .limit(LIMIT + 1)
      .toArray();
    const [events, clusters] = await Promise.all([
      store.events.collection.find({ messageId: { $in: rows.map(({ _id }) => _id) } }).toArray(),
      store.clusters.collection.find({ key: { $in: rows.flatMap(({ keys }) => [...keys]) } }).toArray(),
    ]);
    return { rows, events, clusters };
  };
  const [found, total] = await Promise.all([page(), collection.countDocuments(where, { limit: 10_001 })]);
  JSON.stringify({ found, total });
}

async function scansAll({ store }: Harness, filter: Readonly<Record<string, string>>, now: Date): Promise<boolean> {
  const query = await store.explorer.query(parsed(filter), now);
  const where = { $and: [{ receivedAt: { $gte: query.from } }, ...query.conditions] };
  const plan = await store.messages.collection.find(where).sort({ receivedAt: -1, _id: -1 }).limit(LIMIT).explain();
  return JSON.stringify(plan).includes('COLLSCAN');
}

const SHA256 = 'ab'.repeat(32);
const URL_ = 'http://evil.example/pay';

function casesOf(now: Date): Case[] {
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

/** Mail of 5,000 senders in 1,000 domains to 2,000 mailboxes over 29 days; a part of it in Junk, a part sent. */
async function fill({ store }: Harness, now: Date): Promise<void> {
  await store.mailboxes.collection.insertMany(
    Array.from({ length: 2000 }, (_, at) => ({
      ...{ _id: `r${at}@corp.example`, provider: 'embedded', retentionDays: 14, hold: null, createdAt: now },
    })),
  );
  for (let from = 0; from < MESSAGES; from += BATCH) {
    const docs = Array.from({ length: Math.min(BATCH, MESSAGES - from) }, (_, at) => messageOf(from + at, now));
    await store.messages.collection.insertMany(docs, { ordered: false, writeConcern: { w: 1 } });
  }
}

function messageOf(at: number, now: Date): MessageDoc {
  const sender = (at * 7919) % 5000;
  const mailbox = `r${at % 2000}@corp.example`;
  const folder = at % 50 === 0 ? 'junkemail' : at % 97 === 0 ? 'sentitems' : at % 61 === 0 ? 'deleteditems' : 'inbox';
  const evil = at % 500 === 0;
  const facts = {
    ...{ networkMessageId: `n${at}`, internetMessageId: `<${at}@d.example>`, answers: [] },
    subject: `Report ${at % 9973} of the ${at % 100 === 0 ? 'quarterly' : 'weekly'} figures`,
    ...{ senderAddress: `user${sender}@d${sender % 1000}.example`, senderName: 'Somebody', senderIp: '192.0.2.7' },
    ...{ senderDomain: `d${sender % 1000}.example`, recipients: [mailbox], sentAt: now, bodyFingerprint: null },
    ...{ size: 3000, sha256: at.toString(16).padStart(64, '0') },
    attachments: evil
      ? [
          {
            ...{ fileName: 'Invoice.pdf', sha256: SHA256, size: 10, contentType: 'application/pdf' },
            inline: false,
            nested: false,
          },
        ]
      : [],
    urls: [
      {
        ...{ url: evil ? URL_ : `https://site${at % 3000}.example/`, host: 'x', location: 'Body', unwrapped: false },
        domain: evil ? 'evil.example' : `site${at % 3000}.example`,
      },
    ],
    keys: evil ? [fileKey(SHA256), urlKey(URL_)] : [urlKey(`https://site${at % 3000}.example/`)],
    ...{ brokenLimits: [], defects: [] },
  };
  return {
    ...{ _id: newId(), provider: 'embedded', mailbox, originalFolder: folder, revision: 0, flags: [] },
    receivedAt: new Date(now.getTime() - Math.floor((at / MESSAGES) * 29 * DAY_MS)),
    ...placed(folder),
    ...{ removedBy: null, removedFrom: null, removedAt: null, restoredBy: null, purgedAt: null, clearedKeys: [] },
    ...facts,
    terms: termsOf(facts, mailbox, folder),
  };
}
