import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import mongoose from 'mongoose';
import { pino } from 'pino';
import { ensureToken, type Role } from '../../api/auth';
import { createEventHub, type EventHub, type HubOptions } from '../../api/events/hub';
import { type ActionSource, EXPLORER_ACTION } from '../../domain/action';
import { type ActionDoc } from '../../store/actions';
import { newId } from '../../store/collection';
import { type Change, createChangeStore, HistoryLostError } from '../../store/changes';
import { type InvestigationDoc } from '../../store/investigations';
import { type Store } from '../../store/store';
import { appOf } from '../support/app';
import { BOTH_ON, deliverCopies, ended, finished, raise, setSettings, startRevert } from '../support/cases';
import { startCuttingProxy } from '../support/cutting-proxy';
import { openEvents, type Stream } from '../support/events';
import { createHarness, env, type Harness, pauseRounds, until } from '../support/harness';
import { nextTurn } from '../support/next-turn';

const clock = (): Date => new Date();
const logger = pino({ level: 'silent' });

let harness: Harness;
/** Of each test: ended after it. */
let ends: (() => unknown)[] = [];

beforeAll(async () => {
  harness = await createHarness();
});

afterEach(async () => {
  for (const end of ends.reverse()) await end();
  ends = [];
});

afterAll(async () => {
  await harness.close();
});

interface Running {
  readonly url: string;
  readonly hub: EventHub;
}

/** One process of the API. */
async function serve(
  options: HubOptions & { readonly now?: () => Date } = {},
  store: Store = harness.store,
  log = logger,
): Promise<Running> {
  const { now = clock, ...rest } = options;
  // The servers of all tests are one: what the others wrote before is not looked at.
  const hub = createEventHub({ store, clock: now, logger: log }, { keptMs: 0, ...rest });
  const server: Server = createServer(appOf({ ...harness, store }, { events: hub }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(async () => {
    await hub.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, hub };
}

async function bearer(name: string, roles: readonly Role[] = ['reader']): Promise<Record<string, string>> {
  const secret = `a-secret-of-the-tests-32-characters-${name}`;
  await ensureToken(harness.store, { name, secret, roles, at: new Date() });
  return { authorization: `Bearer ${secret}` };
}

async function listen(url: string, headers: Readonly<Record<string, string>>, lastId?: string): Promise<Stream> {
  const stream = await openEvents(url, { ...headers, ...(lastId === undefined ? {} : { 'last-event-id': lastId }) });
  ends.push(() => stream.close());
  await until(() => stream.status !== 200 || stream.lastId() !== '');
  return stream;
}

/** An investigation that nobody works, as it lies in the store. */
async function investigation(status: InvestigationDoc['status'] = 'Starting'): Promise<string> {
  const { store } = harness;
  const about = { entities: new Map(), verdict: 'malicious' as const, at: new Date(), related: [] };
  const { _id } = await store.transaction((session) => store.investigations.create(about, session));
  if (status !== 'Starting') await store.investigations.setOpenStatus(_id, status);
  return _id;
}

test('a removal and its way back are told as they happen: ids, statuses and counts that add up, and no content', async () => {
  await harness.startWorker();
  // What other tests leave in the store is nobody's: no round begins to work it while one listens.
  await pauseRounds(harness);
  await setSettings(harness, BOTH_ON);
  const { url } = await serve();
  const stream = await listen(url, await bearer('reader'));
  expect(stream.status).toBe(200);
  expect(stream.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'x-accel-buffering': 'no',
  });
  const { file } = await deliverCopies(harness, 'told', 600);
  const { id } = await raise(harness, [file]);
  const actionId = (await ended(harness, id)).actions[0]?._id ?? '';
  await stream.hears('investigation', { id, status: 'Remediated' });
  await stream.hears('action', { id: actionId, investigationId: id, status: 'Completed', remainingInMailboxes: 0 });
  const revertId = await startRevert(harness, actionId);
  await finished(harness, revertId);
  await stream.hears('revert', { id: revertId, actionId, investigationId: id, status: 'Completed' });
  const counted = stream.told.filter(({ event, data }) => event === 'action' && data['outcomes'] !== null);
  expect(counted.length).toBeGreaterThan(0);
  for (const { data } of counted) {
    expect(Object.values(data['outcomes'] as Record<string, number>).reduce((sum, one) => sum + one, 0)).toBe(600);
  }
  const said = JSON.stringify(stream.told);
  expect(said).toContain(actionId);
  expect(said).not.toMatch(/corp\.example|evil|Freezing/);
});

test('who comes back with Last-Event-ID is told what came meanwhile, and by another process too', async () => {
  const first = await serve();
  const headers = await bearer('reader');
  const before = await listen(first.url, headers);
  const seen = await investigation();
  await before.hears('investigation', { id: seen });
  const lastId = before.lastId();
  before.close();
  const missed = [await investigation(), await investigation('Running'), await investigation()];
  const second = await serve({ keptMs: 30_000 });
  for (const { url } of [first, second]) {
    const back = await listen(url, headers, lastId);
    for (const id of missed) await back.hears('investigation', { id });
    expect(back.told.map(({ event }) => event)).not.toContain('reset');
    // It goes on from there.
    const next = await investigation();
    await back.hears('investigation', { id: next });
    await until(() => back.lastId() > lastId);
  }
});

test('who comes back from before what is known is told to read everything again, and goes on from there', async () => {
  const { url } = await serve({ keptFrames: 2 });
  const headers = await bearer('reader');
  const stream = await listen(url, headers);
  const firstId = stream.lastId();
  for (let n = 0; n < 5; n++) await stream.hears('investigation', { id: await investigation() });
  for (const lastId of [firstId, 'what no server has said']) {
    const back = await listen(url, headers, lastId);
    await back.hears('reset', {});
    expect(back.told).toHaveLength(1);
    const id = await investigation();
    await back.hears('investigation', { id });
  }
});

test('what happens is told where our clock is ahead of the one of MongoDB', async () => {
  const { url } = await serve({ now: () => new Date(Date.now() + 60_000) });
  const stream = await listen(url, await bearer('reader'));
  await stream.hears('investigation', { id: await investigation() });
});

test('where MongoDB has lost the history, every client is told so, and the stream goes on from now', async () => {
  const { store } = harness;
  let lostBefore = '';
  const losing: Store = {
    ...store,
    changes: {
      ...store.changes,
      open(after) {
        const stream = store.changes.open(after);
        return {
          ...stream,
          async next() {
            const batch = await stream.next();
            // Lost for whoever asks, and as often as he asks.
            if (after < lostBefore) throw new HistoryLostError();
            return batch;
          },
        };
      },
    },
  };
  const { url } = await serve({}, losing);
  const stream = await listen(url, await bearer('reader'));
  await stream.hears('investigation', { id: await investigation() });
  lostBefore = await store.changes.position();
  await stream.hears('reset', {});
  await stream.hears('investigation', { id: await investigation() });
});

test('what a person ordered is told of while it freezes, as it is listed; an attempt’s draft is not', async () => {
  const { url } = await serve();
  const headers = await bearer('reader');
  const stream = await listen(url, headers);
  const freezing = async (actionSource: ActionSource): Promise<string> => {
    const _id = newId();
    const action = { _id, actionSource, status: 'Freezing', messageCount: 0, mailboxCount: 0, createdAt: new Date() };
    await harness.store.actions.collection.insertOne({
      ...{ ...(action as ActionDoc), investigationId: null, key: null, outcomes: null, halt: null, reasons: [] },
    });
    return _id;
  };
  const drafts = [await freezing('Automated email action'), await freezing('Manual email action')];
  const ordered = await freezing(EXPLORER_ACTION);
  await stream.hears('action', { id: ordered, status: 'Freezing', messageCount: 0, outcomes: null });
  expect(stream.told.filter(({ data }) => drafts.includes(String(data['id'])))).toEqual([]);
  expect(JSON.stringify(stream.told)).not.toContain(EXPLORER_ACTION);
  const listed = await fetch(`${url}/api/v1/actions?status=Freezing`, { headers });
  expect(await listed.json()).toMatchObject({ items: [{ id: ordered }] });

  // A draft that becomes real is told of then.
  await harness.store.actions.collection.updateMany({ _id: { $in: drafts } }, { $set: { status: 'Pending' } });
  for (const id of drafts) await stream.hears('action', { id, status: 'Pending' });
});

test('each is told of what its roles may know; without one of them there is no stream', async () => {
  const { url } = await serve();
  const approver = await listen(url, await bearer('approver', ['approver']));
  const detector = await listen(url, await bearer('detector', ['detector']));
  const all = await listen(url, await bearer('reader'));
  expect((await listen(url, await bearer('auditor', ['auditor']))).status).toBe(403);
  expect((await listen(url, {})).status).toBe(401);
  const id = await investigation();
  const revertId = newId();
  await harness.store.reverts.create({
    ...{ _id: revertId, actionId: newId(), destination: 'inbox', messageIds: null, status: 'Failed', open: false },
    ...{ requestedBy: 'test', comment: null, job: null, outcomes: null, startedAt: new Date(), endedAt: new Date() },
  });
  await all.hears('investigation', { id });
  await all.hears('revert', { id: revertId, investigationId: null });
  await approver.hears('revert', { id: revertId });
  await detector.hears('investigation', { id });
  expect(new Set(approver.told.map(({ event }) => event))).toEqual(new Set(['revert']));
  expect(new Set(detector.told.map(({ event }) => event))).toEqual(new Set(['investigation']));
});

test('the stream ends with the right to it: a token that is deleted, a session that has ended', async () => {
  const { url } = await serve({ beatMs: 50 });
  const headers = await bearer('short-lived');
  const signedIn = await fetch(`${url}/api/v1/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: headers['authorization']?.slice('Bearer '.length) }),
  });
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
  const byToken = await listen(url, headers);
  const byCookie = await listen(url, { cookie });
  const id = await investigation();
  await byCookie.hears('investigation', { id });
  await harness.store.sessions.collection.deleteMany({});
  await until(() => byCookie.ended());
  expect(byToken.ended()).toBe(false);
  await harness.store.tokens.collection.updateOne({ name: 'short-lived' }, { $set: { deletedAt: new Date() } });
  await until(() => byToken.ended());
});

test('two clients share one stream; one more than the bound is refused, and all end with the server', async () => {
  const { store } = harness;
  let opened = 0;
  const counting: Store = {
    ...store,
    changes: {
      ...store.changes,
      open(after) {
        opened++;
        return store.changes.open(after);
      },
    },
  };
  const { url, hub } = await serve({ maxClients: 2 }, counting);
  const headers = await bearer('reader');
  const both = await Promise.all([listen(url, headers), listen(url, headers)]);
  const id = await investigation();
  for (const stream of both) await stream.hears('investigation', { id });
  expect(opened).toBe(1);
  const refused = await listen(url, headers);
  expect([refused.status, refused.headers['retry-after']]).toEqual([429, '60']);
  await hub.close();
  await until(() => both.every((stream) => stream.ended()));
});

test('a client that does not read is closed, and the others are told on', async () => {
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  // More than the sockets of both sides hold: ids as long as that needs.
  const long = 'x'.repeat(64 * 1024);
  const told = (n: number): Change => ({
    kind: 'revert',
    doc: { _id: `${n}`, status: 'Failed', actionId: `${n}${long}`, outcomes: null, position: `F${n}` },
  });
  let flood = 0;
  const { store } = harness;
  const flooding: Store = {
    ...store,
    changes: {
      position: async () => 'A',
      open: () => ({
        async next() {
          await nextTurn();
          return { change: flood > 0 && flood < 400 ? told(++flood) : null, position: 'B' };
        },
        close: async () => undefined,
      }),
    },
  };
  const { url } = await serve({ maxWaitingBytes: 2 * 1024 * 1024 }, flooding, log);
  const headers = await bearer('reader');
  const reading = await listen(url, headers);
  const stuck = connect(Number(new URL(url).port), '127.0.0.1');
  ends.push(() => stuck.destroy());
  stuck.on('error', () => undefined);
  stuck.write(`GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: ${headers['authorization']}\r\n\r\n`);
  await once(stuck, 'data');
  stuck.pause();
  flood = 1;
  await until(() => lines.some((line) => line.includes('reads too slowly')));
  await reading.hears('revert', { id: '400' });
  expect(lines.filter((line) => line.includes('reads too slowly'))).toHaveLength(1);
  const closed = once(stuck, 'close');
  stuck.resume();
  await closed;
});

test('MongoDB away and back: clients stay, the log says so, and nothing of what came meanwhile is lost', async () => {
  const proxy = await startCuttingProxy(Number(/:(\d+)/.exec(env('MONGODB_URI').slice('mongodb://'.length))?.[1]));
  ends.push(() => proxy.close());
  const connection = mongoose.createConnection(`mongodb://127.0.0.1:${proxy.port}/?directConnection=true`, {
    ...{ dbName: harness.database, serverSelectionTimeoutMS: 3_000, heartbeatFrequencyMS: 500 },
  });
  ends.push(() => connection.close());
  const store = { ...harness.store, changes: createChangeStore(await connection.asPromise()) };
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const { url } = await serve({}, store, log);
  const stream = await listen(url, await bearer('reader'));
  const before = await investigation();
  await stream.hears('investigation', { id: before });
  proxy.refuse(true);
  await until(() => lines.some((line) => line.includes('the stream of changes failed')));
  const missed = await investigation();
  proxy.refuse(false);
  await stream.hears('investigation', { id: missed });
  expect(stream.ended()).toBe(false);
  expect(stream.told.map(({ event }) => event)).not.toContain('reset');
  expect(lines.join('')).toContain('the stream of changes is back');
});
