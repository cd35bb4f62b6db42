import { appOf } from '../support/app';
import { BOTH_ON, deliverCampaign, ended, raise, setSettings } from '../support/cases';
import { createHarness, type Harness } from '../support/harness';
import { type Caller, caller } from '../support/rest';

let harness: Harness;
let admin: Caller;

beforeAll(async () => {
  harness = await createHarness();
  await harness.startWorker();
  admin = await caller(appOf(harness), harness.store, 'admin', ['reader', 'admin']);
});

afterAll(async () => {
  await harness.close();
});

async function preview(body: object) {
  const answer = await admin('post', '/settings/automation/preview').send(body);
  expect(answer.status).toBe(200);
  return answer.body as { readonly current: object; readonly proposed: object };
}

test('proposed settings are tried on what was found, beside those of now, and nothing changes', async () => {
  await setSettings(harness, { ...BOTH_ON, excludedMailboxes: ['soc@corp.example'] });
  const { file } = await deliverCampaign(harness, [
    ['a@corp.example', 'inbox'],
    ['b@corp.example', 'inbox'],
    ['c@corp.example', 'junkemail'],
    ['soc@corp.example', 'inbox'],
  ]);
  await ended(harness, (await raise(harness, [file])).id);
  const version = (await harness.store.settings.get()).version;

  expect(await preview({})).toMatchObject({ investigations: 1, clusters: 1, current: { removed: { messages: 3 } } });
  expect((await preview({ messageClusters: { similarFiles: false } })).proposed).toMatchObject({
    removed: { messages: 0 },
    waiting: { messages: 3, byReason: [{ code: 'clusterTypeOff', clusters: 1, messages: 3 }] },
  });
  expect((await preview({ excludedMailboxes: ['a@corp.example', 'soc@corp.example'] })).proposed).toMatchObject({
    removed: { messages: 2 },
  });
  expect((await preview({ excludedMailboxes: [] })).proposed).toMatchObject({ removed: { messages: 4 } });
  expect((await preview({ minUndoDays: 30 })).proposed).toMatchObject({
    removed: { messages: 0 },
    waiting: { byReason: [{ code: 'shortRetention', messages: 3 }] },
  });
  expect((await preview({ maxAutomaticMessages: 2 })).proposed).toMatchObject({
    waiting: { byReason: [{ code: 'tooManyMessages' }] },
  });
  expect((await harness.store.settings.get()).version).toBe(version);
});

test('what is older than 30 days is left out', async () => {
  await harness.store.clusters.collection.updateMany(
    {},
    { $set: { queryTime: new Date(Date.now() - 31 * 86_400_000) } },
  );
  expect(await preview({})).toMatchObject({ clusters: 0, current: { removed: { messages: 0 } } });
});

test('what automation did, and how it ended, is in the audit', async () => {
  await setSettings(harness, { ...BOTH_ON, excludedMailboxes: [] });
  const { file } = await deliverCampaign(harness, [['d@corp.example', 'inbox']]);
  const { actions } = await ended(harness, (await raise(harness, [file])).id);
  const rows = await harness.store.audit.collection
    .find({ target: actions[0]?._id ?? '' })
    .sort({ seq: 1 })
    .toArray();
  expect(rows).toMatchObject([
    { subject: 'Automation', action: 'action.automatic', after: { messageCount: 1 } },
    { subject: 'Automation', action: 'action.end', after: { status: 'Completed', outcomes: { removed: 1 } } },
  ]);
  expect(await harness.store.audit.verify()).toMatchObject({ ok: true });
});
