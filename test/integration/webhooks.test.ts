import { type Express } from 'express';
import request from 'supertest';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { announce as announceInActivity } from '../../activities/announce';
import { createActivities } from '../../activities';
import { createUpkeep } from '../../activities/upkeep';
import { ensureToken, type Role, ROLES } from '../../api/auth';
import { type ChunkInput, type PrepareResult } from '../../domain/contracts';
import { type Entity } from '../../domain/entity';
import { deliveryWorkflowId, TASK_QUEUE } from '../../domain/ids';
import { type NoticeEvent, NOTICE_EVENTS } from '../../domain/notices';
import { newId } from '../../store/collection';
import { openOrJoin } from '../../store/intake';
import { type DeliveryDoc } from '../../store/deliveries';
import { appOf } from '../support/app';
import {
  BOTH_ON,
  deliverCampaign,
  ended,
  finished,
  foldersOf,
  investigationOf,
  raise,
  setSettings,
  startRevert,
  workflowEnded,
} from '../support/cases';
import { activityDeps, createHarness, type Harness, LOOPBACK_TARGETS, pauseRounds, until } from '../support/harness';
import { type Received, type Receiver, startReceiver } from '../support/receiver';

const ADMIN = 'a-secret-of-the-tests-with-32-characters';
const APPROVER = 'an-approvers-secret-of-the-tests-32-chars';
const SECRET = 'the-secret-of-a-webhook';
const RETRY = { firstMs: 100, maxMs: 400, withinMs: 100_000 };
const UNKNOWN = '0'.repeat(24);

let harness: Harness;
let app: Express;
let receiver: Receiver;

beforeAll(async () => {
  harness = await createHarness({ deliveryRetry: RETRY, heartbeatMs: 2_000 });
  app = appOf({ ...harness, targets: LOOPBACK_TARGETS });
  const tokens: readonly (readonly [string, string, readonly Role[]])[] = [
    ['admin', ADMIN, ROLES],
    ['approver', APPROVER, ROLES.filter((role) => role !== 'admin')],
  ];
  for (const [name, secret, roles] of tokens) await ensureToken(harness.store, { name, secret, roles, at: new Date() });
});

afterAll(() => harness.close());

beforeEach(async () => {
  receiver = await startReceiver(SECRET);
});

afterEach(async () => {
  for (const { _id } of await harness.store.webhooks.all()) await call('delete', `/webhooks/${_id}`);
  await receiver.close();
});

function call(method: 'get' | 'post' | 'put' | 'delete', path: string, token = ADMIN): request.Test {
  return request(app)[method](`/api/v1${path}`).set('authorization', `Bearer ${token}`);
}

async function subscribe(...events: readonly NoticeEvent[]): Promise<string> {
  const made = await call('post', '/webhooks').send({ url: `${receiver.url}/hook`, events, secret: SECRET });
  expect(made.status).toBe(201);
  return (made.body as { id: string }).id;
}

let keys = 0;

/** Announces something new, or what has this key, as activities do. */
async function tell(event: NoticeEvent = 'automation.paused', key = `key-${keys++}`): Promise<void> {
  await announceInActivity(activityDeps(harness), { event, key, data: { settingsVersion: 7 } });
}

/** Announces while Temporal is away. */
async function tellWithoutTemporal(): Promise<void> {
  const gateway = { ...harness.gateway, startDelivery: () => Promise.reject(new Error('Temporal is away')) };
  await announceInActivity(activityDeps({ ...harness, gateway }), {
    event: 'automation.paused',
    key: `key-${keys++}`,
    data: {},
  });
}

async function deliveriesOf(webhookId: string): Promise<DeliveryDoc[]> {
  return harness.store.deliveries.list(webhookId, null, 100);
}

async function onlyDelivery(webhookId: string): Promise<DeliveryDoc> {
  const [delivery, ...others] = await deliveriesOf(webhookId);
  if (delivery === undefined || others.length > 0) throw new Error(`${others.length} further deliveries`);
  return delivery;
}

/** Waits until all deliveries of a webhook have ended, and for the workflows that ended them. */
async function settled(webhookId: string): Promise<DeliveryDoc[]> {
  await until(async () => (await deliveriesOf(webhookId)).every(({ status }) => status !== 'pending'));
  return deliveriesOf(webhookId);
}

const resultOf = (deliveryId: string): Promise<unknown> => workflowEnded(harness, deliveryWorkflowId(deliveryId));

// The first tests have no worker yet: each starts, or does without, as it says.

test('what is announced while no worker runs is delivered by the one that starts later', async () => {
  const webhook = await subscribe('automation.paused');
  await tell();
  await until(
    async () => (await harness.gateway.standing(deliveryWorkflowId((await onlyDelivery(webhook))._id))) === 'running',
  );
  expect(receiver.received).toEqual([]);
  const worker = await harness.startWorker();
  // The tests make each round themselves.
  await pauseRounds(harness);
  const [delivery] = await settled(webhook);
  expect(delivery).toMatchObject({ status: 'delivered', attemptCount: 1, attempts: [{ status: 204, code: null }] });
  expect(receiver.received).toEqual([
    {
      id: delivery?._id,
      event: 'automation.paused',
      at: delivery?.at.toISOString(),
      data: { settingsVersion: 7 },
      genuine: true,
    },
  ]);
  await worker.stop();
});

test('a delivery that a worker began is ended by another, with every attempt in its log', async () => {
  const first = await harness.startWorker();
  const webhook = await subscribe('automation.paused');
  receiver.answers.push(...Array.from({ length: 1_000 }, () => 500));
  await tell();
  await until(async () => (await onlyDelivery(webhook)).attemptCount > 0);
  await first.stop();
  receiver.answers.length = 0;
  await harness.startWorker();
  const [delivery] = await settled(webhook);
  expect(delivery?.status).toBe('delivered');
  expect(delivery?.attempts.map(({ status, code }) => [status, code])).toEqual([
    ...Array.from({ length: (delivery?.attemptCount ?? 0) - 1 }, () => [500, 'status']),
    [204, null],
  ]);
});

describe('from here on a worker runs', () => {
  test('a receiver that fails twice takes it at the third attempt, always with the same id', async () => {
    const webhook = await subscribe('automation.paused');
    receiver.answers.push(503, 302);
    await tell();
    const [delivery] = await settled(webhook);
    expect(delivery?.attempts.map(({ status, code }) => [status, code])).toEqual([
      [503, 'status'],
      [302, 'redirect'],
      [204, null],
    ]);
    expect(delivery).toMatchObject({ status: 'delivered', attemptCount: 3, code: null });
    expect(await resultOf(delivery?._id ?? '')).toEqual({ status: 'delivered' });
    expect(receiver.received.map(({ id, genuine }) => [id, genuine])).toEqual(
      Array.from({ length: 3 }, () => [delivery?._id, true]),
    );
  });

  test('what is announced twice, also at once, is one notice and delivered once to each subscriber', async () => {
    const webhooks = [await subscribe('automation.paused'), await subscribe('automation.paused', 'settings.changed')];
    const other = await subscribe('automation.resumed');
    await Promise.all(Array.from({ length: 8 }, () => tell('automation.paused', 'twice')));
    await tell('automation.paused', 'twice');
    for (const webhook of webhooks) expect(await settled(webhook)).toMatchObject([{ status: 'delivered' }]);
    expect(await deliveriesOf(other)).toEqual([]);
    expect(receiver.received).toHaveLength(2);
    expect(await harness.store.notices.collection.countDocuments({ _id: 'automation.paused:twice' })).toBe(1);
  });

  test('a webhook is not told of what came about before it', async () => {
    const before = new Date();
    await until(() => Date.now() > before.getTime());
    const webhook = await subscribe('automation.paused');
    await announceInActivity(activityDeps(harness), {
      event: 'automation.paused',
      key: 'before',
      data: {},
      at: before,
    });
    expect(await deliveriesOf(webhook)).toEqual([]);
  });

  test('what Temporal did not take is started by the reconciler', async () => {
    const webhook = await subscribe('automation.paused');
    await tellWithoutTemporal();
    expect((await onlyDelivery(webhook)).status).toBe('pending');
    await createUpkeep(activityDeps(harness)).reconcileOnce();
    expect(await settled(webhook)).toMatchObject([{ status: 'delivered' }]);
  });

  test('a delivery whose workflow an operator terminated is given up by the reconciler', async () => {
    const webhook = await subscribe('automation.paused');
    receiver.answers.push(...Array.from({ length: 1_000 }, () => 500));
    await tell();
    await until(async () => (await onlyDelivery(webhook)).attemptCount > 0);
    await harness.client.workflow.getHandle(deliveryWorkflowId((await onlyDelivery(webhook))._id)).terminate();
    await createUpkeep(activityDeps(harness)).reconcileOnce();
    expect(await onlyDelivery(webhook)).toMatchObject({ status: 'failed', code: 'workflowEnded' });
  });

  test('a receiver that never takes it is given up when the time is over, with the reason of the last attempt', async () => {
    const webhook = await subscribe('automation.paused');
    receiver.answers.push(...Array.from({ length: 1_000 }, () => 500));
    await tellWithoutTemporal();
    const { _id } = await onlyDelivery(webhook);
    const result: unknown = await harness.client.workflow.execute('deliverWebhook', {
      workflowId: deliveryWorkflowId(_id),
      taskQueue: TASK_QUEUE,
      args: [{ deliveryId: _id, retry: { firstMs: 50, maxMs: 100, withinMs: 5_000 } }],
    });
    expect(result).toEqual({ status: 'failed' });
    const delivery = await onlyDelivery(webhook);
    expect(delivery).toMatchObject({ status: 'failed', code: 'status' });
    expect(delivery.attemptCount).toBeGreaterThan(1);
  });

  test('an address that it may not reach is asked once, never called, and given up', async () => {
    const _id = newId();
    const webhook = { _id, url: 'http://10.0.0.1/', events: ['automation.paused'] as const, createdBy: 'test' };
    await harness.store.webhooks.collection.insertOne({ ...webhook, createdAt: new Date() });
    await harness.store.webhookSecrets.collection.insertOne({ _id, secret: SECRET });
    await tell();
    expect(await settled(_id)).toMatchObject([{ status: 'failed', code: 'refusedAddress', attemptCount: 1 }]);
  });

  test('a deleted webhook ends what was on its way, and its secret is gone', async () => {
    const webhook = await subscribe('automation.paused');
    receiver.answers.push(...Array.from({ length: 1_000 }, () => 500));
    await tell();
    await until(async () => (await onlyDelivery(webhook)).attemptCount > 0);
    expect((await call('delete', `/webhooks/${webhook}`)).status).toBe(204);
    const delivery = await onlyDelivery(webhook);
    expect(delivery).toMatchObject({ status: 'dropped', code: 'webhookDeleted' });
    expect(await resultOf(delivery._id)).toEqual({ status: 'dropped' });
    expect((await onlyDelivery(webhook)).attemptCount).toBe(delivery.attemptCount);
    expect(await harness.store.webhookSecrets.of(webhook)).toBeNull();
    expect((await call('get', `/webhooks/${webhook}/deliveries`)).status).toBe(404);
  });
});

/** An investigation that is prepared and whose action may run, with the activities that go on with it by hand. */
async function prepared(file: Entity, store = harness.store) {
  const alert = { entities: [file], verdict: 'malicious' as const, alert: null, startedBy: 'test' };
  const { investigationId } = await openOrJoin(store, { ...alert, startedByPerson: false, at: new Date() });
  const warnings: string[] = [];
  const logger = new DefaultLogger('WARN', ({ message }) => warnings.push(message));
  const environment = new MockActivityEnvironment({}, { logger });
  const activities = createActivities(activityDeps({ ...harness, store }));
  const plan: PrepareResult = await environment.run(activities.prepare, { investigationId });
  return { investigationId, job: plan.automatic[0]?.id ?? '', activities, environment, warnings };
}

describe('what the product tells of', () => {
  test('a removal and its revert, in ids and counts', async () => {
    await setSettings(harness, BOTH_ON);
    const webhook = await subscribe(...NOTICE_EVENTS);
    const { file } = await deliverCampaign(harness, [
      ['told@corp.example', 'inbox'],
      ['told@corp.example', 'junkemail'],
    ]);
    const { id } = await raise(harness, [file]);
    const [action] = (await ended(harness, id)).actions;
    const revertId = await startRevert(harness, action?._id ?? '');
    await finished(harness, revertId);
    await until(() => receiver.received.length === 3);
    await settled(webhook);
    const told = new Map(receiver.received.map((notice) => [notice.event, notice]));
    expect([...told.keys()].sort()).toEqual(['action.completed', 'revert.completed', 'revert.started']);
    expect(told.get('action.completed')).toMatchObject({
      at: action?.endedAt?.toISOString(),
      data: { actionId: action?._id, investigationId: id, messageCount: 2, outcomes: { removed: 2 } },
    });
    expect(told.get('revert.completed')?.data).toMatchObject({ revertId, outcomes: { restored: 2 } });
    expect(receiver.received.every(({ genuine }) => genuine)).toBe(true);
    const words = ['@', 'corp.example', 'evil.example', 'http', 'Invoice'];
    expect(words.filter((word) => JSON.stringify(receiver.received).includes(word))).toEqual([]);
  });

  test('an action that waits, with its reasons, and once although alerts join; then that it expired', async () => {
    const webhook = await subscribe('action.pending', 'action.expired');
    const { url } = await deliverCampaign(harness, [['waits@corp.example', 'inbox']]);
    const { id } = await raise(harness, [url], { startedByPerson: true });
    await until(async () => (await investigationOf(harness, id)).status === 'Pending Action');
    await raise(harness, [url], { startedByPerson: true });
    await until(async () => (await harness.store.alerts.of(id)).every(({ state }) => state === 'prepared'));
    await settled(webhook);
    const [action] = await harness.store.actions.of(id);
    expect(receiver.received.map(({ event, data }) => [event, data['actionId'], data['reasons']])).toEqual([
      ['action.pending', action?._id, ['startedByPerson']],
    ]);
    await harness.store.actions.collection.updateOne({ _id: action?._id ?? '' }, { $set: { expiresAt: new Date() } });
    await raise(harness, [url], { startedByPerson: true });
    await ended(harness, id);
    const expired = (): Received[] => receiver.received.filter(({ event }) => event === 'action.expired');
    await until(() => expired().length > 0);
    expect(expired()).toMatchObject([{ data: { actionId: action?._id, status: 'Expired' } }]);
  });

  test('a change of the settings', async () => {
    const webhook = await subscribe('settings.changed');
    const { headers } = await call('get', '/settings/automation');
    const changed = await call('put', '/settings/automation')
      .set('if-match', headers['etag'] ?? '')
      .send({ maxAutomaticMessages: 9 });
    await settled(webhook);
    expect(receiver.received).toMatchObject([
      { event: 'settings.changed', data: { settingsVersion: (changed.body as { version: number }).version } },
    ]);
  });

  test('an action that the last look before its first move made pending, before anything else ends', async () => {
    await setSettings(harness, BOTH_ON);
    const webhook = await subscribe('action.pending');
    const { file, ids } = await deliverCampaign(harness, [['late@corp.example', 'inbox']]);
    const { job, activities, environment } = await prepared(file);
    await setSettings(harness, { messageClusters: { similarFiles: false } });
    const chunk: ChunkInput = { kind: 'action', jobId: job, chunk: 0 };
    await environment.run(activities.applyChunk, chunk);
    expect(await settled(webhook)).toMatchObject([
      { data: { actionId: job, reasons: expect.arrayContaining(['clusterTypeOff']) as string[] } },
    ]);
    expect(await foldersOf(harness, ids)).toEqual(['inbox']);
  });

  test('nothing, where the outbox fails: the removal goes on as if nobody had asked', async () => {
    await setSettings(harness, { ...BOTH_ON, maxAutomaticMessages: 10_000 });
    await subscribe(...NOTICE_EVENTS);
    const { file, ids } = await deliverCampaign(harness, [['outbox@corp.example', 'inbox']]);
    const announce = (): Promise<never> => Promise.reject(new Error('The outbox is away'));
    const store = { ...harness.store, notices: { ...harness.store.notices, announce } };
    const { investigationId, job, activities, environment, warnings } = await prepared(file, store);
    const chunk: ChunkInput = { kind: 'action', jobId: job, chunk: 0 };
    await environment.run(activities.applyChunk, chunk);
    const closed = await environment.run(activities.close, {
      ...{ investigationId, failed: false },
      over: [{ actionId: job, decisionId: null }],
    });
    expect(closed).toMatchObject({ status: 'Remediated', removed: 1 });
    expect(await foldersOf(harness, ids)).toEqual(['recoverableitemsdeletions']);
    expect(warnings).toEqual(['A notice or its delivery has to wait']);
  });
});

describe('the routes', () => {
  test('a webhook is made, listed and deleted; its secret is in no answer, no list and no audit', async () => {
    const body = {
      url: 'https://hooks.example/T0K3N?x=1#part',
      events: ['action.pending', 'action.pending'],
      secret: SECRET,
    };
    const made = await call('post', '/webhooks').send(body);
    const { id } = made.body as { id: string };
    expect([made.status, made.body]).toMatchObject([
      201,
      { url: 'https://hooks.example/T0K3N?x=1', events: ['action.pending'], createdBy: 'admin' },
    ]);
    const listed = await call('get', '/webhooks');
    expect(listed.body).toMatchObject({ items: [{ id }], nextCursor: null, total: 1 });
    expect((await call('delete', `/webhooks/${id}`)).status).toBe(204);
    const rows = await harness.store.audit.collection.find({ target: id }).sort({ at: 1 }).toArray();
    expect(rows.map(({ action }) => action)).toEqual(['webhook.create', 'webhook.delete']);
    expect(rows[0]?.after).toEqual({ origin: 'https://hooks.example', events: ['action.pending'] });
    const shown = JSON.stringify([made.body, listed.body, rows, await harness.store.webhooks.all()]);
    expect(shown).not.toContain(SECRET);
    expect(JSON.stringify(rows)).not.toContain('T0K3N');
  });

  test.each<[string, object]>([
    ['a literal private address', { url: 'http://10.0.0.1/' }],
    ['an odd spelling of one', { url: 'http://0xa.1/' }],
    ['a metadata address', { url: 'http://169.254.169.254/' }],
    ['an IPv6 loopback address', { url: 'http://[::1]/' }],
    ['credentials', { url: 'https://user:password@hooks.example/' }],
    ['another scheme', { url: 'file:///etc/passwd' }],
    ['no URL', { url: 'hooks' }],
    ['a URL that is too long', { url: `https://hooks.example/${'x'.repeat(2_048)}` }],
    ['an unknown event', { events: ['message.read'] }],
    ['no event', { events: [] }],
    ['a secret of 15 characters', { secret: 'x'.repeat(15) }],
    ['a secret of 257 characters', { secret: 'x'.repeat(257) }],
    ['no secret', { secret: undefined }],
    ['an unknown field', { color: 'red' }],
  ])('%s is refused: 400', async (_name, wrong) => {
    const good = { url: 'https://hooks.example/', events: ['action.pending'], secret: SECRET };
    const answer = await call('post', '/webhooks').send({ ...good, ...wrong });
    expect([answer.status, (answer.body as { type: string }).type]).toEqual([400, '/problems/bad-request']);
    expect(answer.text).not.toContain(SECRET);
    expect(await harness.store.webhooks.all()).toEqual([]);
  });

  test('a secret of 16 characters is long enough', async () => {
    const good = { url: 'https://hooks.example/', events: ['action.pending'], secret: 'x'.repeat(16) };
    expect((await call('post', '/webhooks').send(good)).status).toBe(201);
  });

  test.each<['get' | 'post' | 'delete', string]>([
    ['get', '/webhooks'],
    ['post', '/webhooks'],
    ['delete', `/webhooks/${UNKNOWN}`],
    ['get', `/webhooks/${UNKNOWN}/deliveries`],
    ['post', `/webhooks/${UNKNOWN}/deliveries/${UNKNOWN}/replay`],
  ])('%s %s is for admins only, and an attempt to change something is in the audit', async (method, path) => {
    const answer = await call(method, path, APPROVER);
    expect([answer.status, (answer.body as { detail: string }).detail]).toEqual([
      403,
      'The token needs the role admin',
    ]);
    const refused = await harness.store.audit.collection.countDocuments({
      subject: 'approver',
      action: /^webhook\./,
      result: 'refused: forbidden',
    });
    expect(method === 'get' || refused > 0).toBe(true);
  });

  test.each<['get' | 'post' | 'delete', string]>([
    ['delete', `/webhooks/${UNKNOWN}`],
    ['get', `/webhooks/${UNKNOWN}/deliveries`],
    ['post', `/webhooks/${UNKNOWN}/deliveries/${UNKNOWN}/replay`],
  ])('%s %s of an unknown webhook: 404', async (method, path) => {
    expect((await call(method, path)).status).toBe(404);
  });

  test('there are 50 webhooks at most', async () => {
    const events = ['action.pending'] as const;
    await harness.store.webhooks.collection.insertMany(
      Array.from({ length: 50 }, () => ({
        ...{ _id: newId(), url: 'https://hooks.example/', events, createdBy: 'test', createdAt: new Date() },
      })),
    );
    const first = await call('get', '/webhooks?limit=30');
    const { items, nextCursor } = first.body as { items: { id: string }[]; nextCursor: string };
    const second = await call('get', `/webhooks?limit=30&cursor=${nextCursor}`);
    const rest = (second.body as { items: { id: string }[] }).items;
    expect(new Set([...items, ...rest].map(({ id }) => id)).size).toBe(50);
    const one = { url: 'https://hooks.example/', events, secret: SECRET };
    expect((await call('post', '/webhooks').send(one)).status).toBe(409);
  });

  test('the log is paged, newest first, and what was delivered can be sent again under a new id', async () => {
    const webhook = await subscribe('automation.paused');
    for (const key of ['log-1', 'log-2', 'log-3']) {
      await tell('automation.paused', key);
      await settled(webhook);
    }
    const path = `/webhooks/${webhook}/deliveries`;
    const first = await call('get', `${path}?limit=2`);
    const { items, nextCursor, total } = first.body as {
      items: { noticeId: string; id: string }[];
      nextCursor: string;
      total: number;
    };
    const second = await call('get', `${path}?limit=2&cursor=${nextCursor}`);
    const all = [...items, ...(second.body as { items: typeof items }).items];
    expect([all.map(({ noticeId }) => noticeId), total]).toEqual([
      ['automation.paused:log-3', 'automation.paused:log-2', 'automation.paused:log-1'],
      3,
    ]);
    expect(first.body).toMatchObject({
      items: [{ status: 'delivered', attemptCount: 1, attempts: [{ status: 204 }] }, {}],
    });

    const earlier = items[0]?.id ?? '';
    const replayed = await call('post', `${path}/${earlier}/replay`);
    const { id } = replayed.body as { id: string };
    expect([replayed.status, replayed.body]).toMatchObject([
      202,
      { status: 'pending', replayOf: earlier, noticeId: 'automation.paused:log-3', attempts: [] },
    ]);
    expect(id).not.toBe(earlier);
    await settled(webhook);
    expect(receiver.received.map((notice) => notice.id).slice(-2)).toEqual([earlier, id]);
    expect(receiver.received.at(-1)).toMatchObject({ data: { settingsVersion: 7 }, genuine: true });
    expect(await harness.store.audit.collection.findOne({ action: 'webhook.replay', result: 'ok' })).toMatchObject({
      target: webhook,
      after: { deliveryId: id, replayOf: earlier },
    });
    const other = await subscribe('automation.resumed');
    expect((await call('post', `/webhooks/${other}/deliveries/${earlier}/replay`)).status).toBe(404);
  });

  test('what is still being tried is not sent again beside that: 409', async () => {
    const webhook = await subscribe('automation.paused');
    receiver.answers.push(...Array.from({ length: 1_000 }, () => 500));
    await tell();
    const { _id } = await onlyDelivery(webhook);
    expect((await call('post', `/webhooks/${webhook}/deliveries/${_id}/replay`)).status).toBe(409);
  });
});
