import { type Express } from 'express';
import request from 'supertest';
import { createDeliverWebhook } from '../../activities/deliver-webhook';
import { createUpkeep } from '../../activities/upkeep';
import { ensureToken, ROLES } from '../../api/auth';
import { entityKey } from '../../domain/entity';
import { NOTICE_EVENTS } from '../../domain/notices';
import { TERM } from '../../domain/search-terms';
import { connectStore, SCHEMA_VERSION } from '../../store/store';
import { appOf } from '../support/app';
import { BOTH_ON, deliverCampaign, ended, finished, raise, setSettings, startRevert } from '../support/cases';
import {
  activityDeps,
  createHarness,
  env,
  freshStore,
  type Harness,
  LOOPBACK_TARGETS,
  until,
} from '../support/harness';
import { mail } from '../support/mail';

const SECRET = 'a-secret-of-the-tests-with-32-characters';
const OTHER = 'another-secret-of-the-tests-with-32-characters';
const PROFILE_BYTES = 64 * 1024 * 1024;

/** What MongoDB's profiler keeps of one operation. */
interface Profiled {
  readonly ns: string;
  readonly op: string;
  readonly planSummary?: string;
  readonly command: Record<string, unknown>;
}

let harness: Harness;
let app: Express;

beforeAll(async () => {
  harness = await createHarness();
  await harness.startWorker();
  app = appOf({ ...harness, targets: LOOPBACK_TARGETS });
  await ensureToken(harness.store, { name: 'admin', secret: SECRET, roles: [...ROLES, 'detector'], at: new Date() });
  await setSettings(harness, BOTH_ON);
});

afterAll(async () => {
  await harness.close();
});

async function profile(level: 0 | 2): Promise<void> {
  const { db } = harness.store.connection;
  if (level === 2) await db?.createCollection('system.profile', { capped: true, size: PROFILE_BYTES });
  await db?.command({ profile: level });
}

async function get(path: string): Promise<void> {
  const reply = await request(app).get(`/api/v1${path}`).set('authorization', `Bearer ${SECRET}`);
  expect([path, reply.status]).toEqual([path, 200]);
}

async function wouldRevert(filter: object): Promise<void> {
  const reply = await request(app)
    .post('/api/v1/reverts')
    .set('authorization', `Bearer ${SECRET}`)
    .send({ filter, destination: 'original', dryRun: true });
  expect([filter, reply.status]).toEqual([filter, 200]);
}

function send(method: 'post' | 'delete', path: string): request.Test {
  return request(app)[method](`/api/v1${path}`).set('authorization', `Bearer ${SECRET}`);
}

async function subscribe(): Promise<string> {
  const made = await send('post', '/webhooks').send({
    ...{ url: 'http://127.0.0.1:1/', events: NOTICE_EVENTS, secret: 'a-secret-of-a-webhook' },
  });
  return (made.body as { id: string }).id;
}

/** What is asked of MongoDB when a notice is sent, sent again, and when its webhook is deleted. */
async function webhookLife(webhookId: string): Promise<void> {
  const { deliveries } = harness.store;
  await until(async () => (await deliveries.list(webhookId, null, 1)).length > 0);
  const [delivery] = await deliveries.list(webhookId, null, 1);
  const _id = delivery?._id ?? '';
  await until(async () => (await deliveries.byId(_id))?.attempts.length !== 0);
  await createDeliverWebhook(activityDeps(harness)).giveUp({ deliveryId: _id });
  expect((await send('post', `/webhooks/${webhookId}/deliveries/${_id}/replay`)).status).toBe(202);
  expect((await send('delete', `/webhooks/${webhookId}`)).status).toBe(204);
}

/** What a person does by Take action: what a filter finds is removed, then put back for the action that removed it. */
async function takeActions(url: string): Promise<void> {
  await setSettings(harness, { remediation: { hardDelete: true } });
  const ended = async (body: object): Promise<string> => {
    const reply = await send('post', '/remediations').send({ name: 'Case', ...body });
    expect([reply.status, reply.body]).toEqual([202, expect.anything()]);
    const { id } = reply.body as { id: string };
    await until(async () => !['Freezing', 'Running'].includes((await harness.store.actions.byId(id))?.status ?? ''));
    return id;
  };
  const dryRun = { name: 'x', action: 'softDelete', filter: { url }, dryRun: true };
  expect((await send('post', '/remediations').send(dryRun)).status).toBe(200);
  await ended({ action: 'softDelete', filter: { url } });
  const back = await ended({ action: 'moveToInbox', filter: { url, additionalAction: 'Manual remediation' } });
  const messageIds = (await harness.store.ledger.rows(back, {}, null, 10)).map(({ messageId }) => messageId);
  const gone = await ended({ action: 'hardDelete', messageIds });
  await ensureToken(harness.store, { name: 'other', secret: OTHER, roles: ROLES, at: new Date() });
  const approve = request(app).post(`/api/v1/actions/${gone}/approve`).set('authorization', `Bearer ${OTHER}`);
  expect((await approve.send({})).status).toBe(200);
  await until(async () => (await harness.store.actions.byId(gone))?.endedAt !== null);
  await get(`/actions?tab=history&actionSource=${encodeURIComponent('Explorer action')}`);
  await get('/actions?status=Freezing');
  await get(`/actions/${gone}/evidence`);
}

/** What is asked where mail is compared with that of an alert: its pairs, what shares them, and what is known of that. */
async function similarMail(ids: readonly string[], entity: string): Promise<void> {
  const { messages, clusters, history } = harness.store;
  const [pair] = await messages.pairsOf(ids, 20);
  const key = pair?.key ?? '';
  expect(pair?.pair).toBe('Subject/SenderIp');
  expect(await messages.countCarrying(key, 10)).toBe(1);
  let members = 0;
  for await (const batch of messages.membersOf(key)) members += batch.length;
  expect(members).toBe(1);
  expect((await clusters.detected([entity])).map(({ key: found }) => found)).toEqual([entity]);
  await history.othersWith(TERM.senderIp('203.0.113.9'), new Date(), key);
}

/** Everything that the product asks of MongoDB: a removal, what waits, a revert, upkeep, and every list. */
async function everything(): Promise<void> {
  const { admin } = harness;
  const webhookId = await subscribe();
  const { file, url, ids } = await deliverCampaign(harness, [
    ['a@corp.example', 'inbox'],
    ['b@corp.example', 'junkemail'],
  ]);
  const { id } = await raise(harness, [file, url]);
  const [action] = (await ended(harness, id)).actions;
  const actionId = action?._id ?? '';
  const raw = Buffer.from(
    mail({ subject: 'Please confirm your storage plan', from: 'a@gmail.com' })
      .toString()
      .replace('192.0.2.7', '203.0.113.9'),
  );
  const delivery = { mailbox: 'a@corp.example', folder: 'inbox', flags: [], receivedAt: new Date(), raw };
  await similarMail([(await admin.deliver(delivery))._id], entityKey(file));
  const revert = await finished(harness, await startRevert(harness, actionId));
  await setSettings(harness, { messageClusters: { similarFiles: false, similarUrls: false } });
  await createUpkeep(activityDeps(harness)).reconcileOnce();
  await admin.sweep(new Date());
  await admin.userMove(ids[0] ?? '', 'archive');
  for (const path of [
    ...['/investigations', '/investigations?status=Remediated', `/investigations/${id}`],
    ...[`/investigations/${id}/clusters`, `/investigations/${id}/actions`, `/investigations/${id}/log`],
    ...['/actions', '/actions?tab=pending', '/actions?tab=history', '/actions?status=Completed'],
    ...[`/actions/${actionId}`, `/actions/${actionId}/ledger`, `/actions/${actionId}/ledger?outcome=removed`],
    `/actions/${actionId}/ledger?mailbox=a@corp.example`,
    ...[`/reverts/${revert._id}`, `/reverts/${revert._id}/ledger`],
    ...['/mailboxes', '/mailboxes/a@corp.example', '/mailboxes/a@corp.example/messages'],
    '/mailboxes/a@corp.example/messages?folder=inbox',
    ...[`/messages/${ids[0]}`, `/messages/${ids[0]}/raw`, '/settings/automation', '/tokens'],
    ...['/audit', '/audit?subject=admin', '/audit?action=token.create', '/audit?target=automation'],
    ...['/audit?result=ok&from=2020-01-01T00:00:00Z', '/audit?requestId=x', '/audit/verify'],
    ...['/webhooks', `/webhooks/${webhookId}/deliveries`],
    ...['/overview', '/session', `/actions/${actionId}/summary`, `/messages/${ids[0]}/preview`],
    ...['/messages', '/messages?subject=invoice', '/messages?sender=a@evil.example', `/messages/${ids[0]}/timeline`],
    ...[
      '/messages?latestDeliveryLocation=Junk%20folder',
      '/messages?threatType=Malware',
      `/messages/${ids[0]}/similar`,
    ],
    ...['/messages?additionalAction=Manual%20remediation', '/messages?additionalAction=None&urlDomain=evil.example'],
    ...['/messages/facets?pivot=threat', '/messages/facets?pivot=additionalAction', '/messages?directionality=Inbound'],
  ]) {
    await get(path);
  }
  const from = '2026-01-01T00:00:00Z';
  for (const filter of [{ entity: 'http://evil.example/' }, { decidedBy: 'Automation' }, { from }]) {
    await wouldRevert(filter);
    await wouldRevert({ ...filter, from, to: new Date().toISOString() });
  }
  await webhookLife(webhookId);
  await takeActions(url.type === 'url' ? url.url : '');
  await createUpkeep(activityDeps(harness)).reconcileOnce();
}

/** Whole by their meaning: `mailboxes` and `tokens` are listed in full, one row for each mailbox and each token. */
const WHOLE = /^(mailboxes|tokens)$/;

test('no query that the product makes scans a collection', async () => {
  await profile(2);
  await everything();
  await profile(0);
  const { db } = harness.store.connection;
  const all = (await db?.collection<Profiled>('system.profile').find().toArray()) ?? [];
  const planned = all.filter(({ planSummary, ns }) => planSummary !== undefined && !ns.endsWith('system.profile'));
  const scans = planned
    .filter(({ planSummary }) => planSummary?.includes('COLLSCAN') === true)
    .map(
      ({ ns, op, command }) =>
        `${op} ${ns.split('.')[1]} ${JSON.stringify(command['filter'] ?? command['q'] ?? command['pipeline'] ?? command)}`,
    );
  expect([...new Set(scans)].filter((scan) => !WHOLE.test(scan.split(' ')[1] ?? ''))).toEqual([]);
  const asked = new Set(planned.map(({ ns }) => ns.split('.')[1]));
  expect([...asked]).toEqual(
    expect.arrayContaining([
      'messages',
      'ledger',
      'actions',
      'investigations',
      'alerts',
      'audit',
      'webhooks',
      'reverts',
    ]),
  );
  expect([...asked]).toEqual(expect.arrayContaining(['deliveries', 'notices']));
});

test('the messages that carry an entity are found by the index of keys', async () => {
  const plan = await harness.store.messages.collection
    .find({ keys: 'url:http://evil.example/' })
    .explain('queryPlanner');
  expect(JSON.stringify(plan)).toContain('"indexName":"keys_1_mailbox_1__id_1"');
  expect(JSON.stringify(plan)).not.toContain('COLLSCAN');
});

test('a database of another schema version is refused, and nothing in it is touched', async () => {
  const { store, database } = await freshStore();
  const meta = store.connection.collection<{ _id: string; version: number }>('meta');
  await meta.updateOne({ _id: 'schemaVersion' }, { $set: { version: SCHEMA_VERSION + 1 } });
  const other = await connectStore(env('MONGODB_URI'), database);
  await expect(other.prepare()).rejects.toThrow(
    `schema version ${SCHEMA_VERSION + 1}, this program needs ${SCHEMA_VERSION}`,
  );
  expect((await meta.findOne({ _id: 'schemaVersion' }))?.version).toBe(SCHEMA_VERSION + 1);
  await store.connection.dropDatabase();
  await Promise.all([store.close(), other.close()]);
});
