import { type Express } from 'express';
import request from 'supertest';
import { ensureToken, ROLES } from '../../api/auth';
import { type Entity } from '../../domain/entity';
import { expectAgreement } from '../support/agreement';
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
} from '../support/cases';
import { createHarness, type Harness, until } from '../support/harness';
import { type OwnServer, ownMongod, ownTemporal } from '../support/own-servers';

const SECRET = 'a-secret-of-the-tests-with-32-characters';
const RECOVERABLE = 'recoverableitemsdeletions';
/** The reconciler looks every minute; a worker comes back to a server within half a minute. */
const PATIENCE_MS = 180_000;
const COPIES = 600;
const PLACES = Array.from({ length: COPIES }, (_, at) => [`user${at % 12}@corp.example`, 'inbox'] as const);

let servers: OwnServer[] = [];
let harness: Harness;
let app: Express;

afterEach(async () => {
  await harness.close();
  for (const server of servers) await server.remove();
  servers = [];
});

async function own(server: OwnServer): Promise<OwnServer> {
  servers.push(server);
  await server.start();
  return server;
}

async function start(options: Parameters<typeof createHarness>[0]): Promise<void> {
  harness = await createHarness({ heartbeatMs: 2_000, ...options });
  app = appOf(harness);
  await ensureToken(harness.store, { name: 'admin', secret: SECRET, roles: [...ROLES, 'detector'], at: new Date() });
  await setSettings(harness, BOTH_ON);
}

function get(path: string): request.Test {
  return request(app).get(path).set('authorization', `Bearer ${SECRET}`);
}

function report({ type, ...entity }: Entity): request.Test {
  return request(app)
    .post('/api/v1/investigations')
    .set('authorization', `Bearer ${SECRET}`)
    .send({ entities: [{ type, ...entity }] });
}

/** Calls `act` once, as soon as an action has its first rows done and the others not. */
async function inTheMiddle(id: string, act: () => Promise<void>): Promise<void> {
  await until(async () => {
    const [action] = await harness.store.actions.of(id);
    return action !== undefined && ((await harness.store.ledger.counts(action._id))['removed'] ?? 0) > 0;
  });
  await act();
}

test('mongod is killed in the middle of a removal: calls get 503, and when it is back all goes on by itself', async () => {
  const mongod = await own(await ownMongod());
  await start({ mongoUri: `mongodb://${mongod.address}/?replicaSet=rs0` });
  const { file, ids } = await deliverCampaign(harness, PLACES);
  await harness.startWorker();
  const { id } = await raise(harness, [file]);
  await inTheMiddle(id, () => mongod.kill());

  const refused = await get('/api/v1/actions');
  expect(refused.status).toBe(503);
  expect(refused.headers['retry-after']).toBe('5');
  expect(refused.body).toMatchObject({
    type: '/problems/unavailable',
    detail: expect.stringContaining('MongoDB') as string,
  });
  const notReady = await request(app).get('/readyz');
  expect(notReady.status).toBe(503);
  expect(notReady.body).toMatchObject({ detail: expect.stringContaining('MongoDB') as string });
  expect((await request(app).get('/healthz')).status).toBe(200);

  await mongod.start();
  const { investigation, actions } = await ended(harness, id);
  expect(investigation.status).toBe('Remediated');
  expect(await expectAgreement(harness, actions[0]?._id ?? '')).toEqual({ removed: COPIES });
  const revert = await finished(harness, await startRevert(harness, actions[0]?._id ?? ''));
  expect(await expectAgreement(harness, revert._id)).toEqual({ restored: COPIES });
  expect(await foldersOf(harness, ids)).toEqual(PLACES.map(([, folder]) => folder));
  await until(async () => (await request(app).get('/readyz')).status === 200);
});

test('Temporal is killed in the middle of a removal: an alert is taken and kept, and all goes on when it is back', async () => {
  const temporal = await own(await ownTemporal());
  await start({ temporalAddress: temporal.address });
  const { file } = await deliverCampaign(harness, PLACES);
  const other = await deliverCampaign(harness, [['late@corp.example', 'inbox']]);
  await harness.startWorker();
  const { id } = await raise(harness, [file]);
  await inTheMiddle(id, () => temporal.kill());

  const notReady = await request(app).get('/readyz');
  expect(notReady.status).toBe(503);
  expect(notReady.body).toMatchObject({ detail: expect.stringContaining('Temporal') as string });
  const taken = await report(other.file);
  expect(taken.status).toBe(202);
  const late = (taken.body as { id: string }).id;

  await temporal.start();
  await until(async () => !(await investigationOf(harness, late)).open, PATIENCE_MS);
  expect(await foldersOf(harness, other.ids)).toEqual([RECOVERABLE]);
  const { investigation, actions } = await ended(harness, id);
  expect(investigation.status).toBe('Remediated');
  expect(await expectAgreement(harness, actions[0]?._id ?? '')).toEqual({ removed: COPIES });
});
