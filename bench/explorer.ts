import { type AddressInfo } from 'node:net';
import { z } from 'zod';
import { ensureToken } from '../api/auth';
import { explorerRows } from '../api/message-views';
import { explorerFilter } from '../api/schemas/explorer';
import { facetsOf, type Pivot, PIVOTS } from '../domain/facets';
import { appOf } from '../test/support/app';
import { type Harness } from '../test/support/harness';
import { type Case, casesOf, handWritten, LIMIT } from './explorer-cases';
import { fill, MESSAGES } from './explorer-mail';
import { median } from './figures';

const ROUNDS = 21;
const PAGE_TARGET = 1.5;
const FACETS_TARGET = 3;
const SECRET = 'a-secret-of-the-bench-with-32-characters';
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * An Explorer page with its total, on a million messages, by each filter alone, against the same answer by MongoDB's driver
 * alone: the rows, what events and clusters say of them, and the total. The two take turns, and who is first. Facets, by
 * the slowest pivot, against the page of the same filter. The page over HTTP is shown beside. Answers whether every ratio of medians is within its target, and no
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
    for (const { name, filter, byHand, selective, whole } of casesOf(now)) {
      const query = new URLSearchParams({ ...filter, limit: String(LIMIT) }).toString();
      const since = { receivedAt: { $gte: new Date(now.getTime() - 30 * DAY_MS) } };
      const hand = async (): Promise<void> => {
        if (whole !== undefined) return whole(harness, since);
        const meant = typeof byHand === 'function' ? await byHand(harness, since) : byHand;
        await handWritten(harness, { $and: [since, meant] });
      };
      const times = { hand: [] as number[], page: [] as number[], http: [] as number[] };
      const pivots = PIVOTS.map((pivot) => ({ pivot, took: [] as number[] }));
      for (let round = 0; round < ROUNDS; round++) {
        const turns = [
          async () => times.hand.push(await timed(hand)),
          async () => times.page.push(await timed(() => pageOf(harness, filter, now))),
        ];
        for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
        times.http.push(await timed(() => get(`/messages?${query}`)));
        for (const { pivot, took } of pivots) took.push(await timed(() => facetsBy(harness, filter, pivot, now)));
      }
      const [floor, page] = [median(times.hand), median(times.page)];
      const facets = Math.max(...pivots.map(({ took }) => median(took)));
      const http = median(times.http);
      const scans = selective && (await scansAll(harness, filter, now));
      const within = page <= PAGE_TARGET * floor && facets < FACETS_TARGET * page && !scans;
      ok &&= within;
      console.log(
        `${name.padEnd(26)} by hand ${floor.toFixed(1)} ms, page ${page.toFixed(1)} ms (ratio ${(page / floor).toFixed(2)}, over HTTP ${http.toFixed(1)} ms), ` +
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
  const query = await asked.query(SCHEMA.parse(filter), now);
  const [rows, total] = await Promise.all([
    asked.page(query, null, LIMIT + 1).then((found) => explorerRows(asked, found)),
    asked.count(query, 10_001),
  ]);
  JSON.stringify({ rows, total });
}

/** Facets as the API makes them. */
async function facetsBy({ store }: Harness, filter: Case['filter'], pivot: Pivot, now: Date): Promise<void> {
  const query = await store.explorer.query(SCHEMA.parse(filter), now);
  const rows = await store.explorer.facetRows(query, pivot, 1001);
  JSON.stringify(facetsOf(rows, { from: query.from, to: now, buckets: 30 }));
}

/** Read as the route reads it, whose schema is made once too. */
const SCHEMA = z.strictObject(explorerFilter);

async function scansAll({ store }: Harness, filter: Readonly<Record<string, string>>, now: Date): Promise<boolean> {
  const query = await store.explorer.query(SCHEMA.parse(filter), now);
  const where = { $and: [{ receivedAt: { $gte: query.from } }, ...query.conditions] };
  const plan = await store.messages.collection.find(where).sort({ receivedAt: -1, _id: -1 }).limit(LIMIT).explain();
  return JSON.stringify(plan).includes('COLLSCAN');
}
