import { investigationWorkflowId, runWorkflowId } from '../../domain/ids';
import { appOf } from '../support/app';
import { expectAgreement } from '../support/agreement';
import { BOTH_ON, deliverCopies, ended, investigationOf, raise, setSettings } from '../support/cases';
import { createHarness, type Harness, until } from '../support/harness';
import { caller } from '../support/rest';

const AUTOMATIC_AT_MOST = 10_000;
const EVENTS_UNDER = 300;

let harness: Harness;

beforeAll(async () => {
  harness = await createHarness();
  await setSettings(harness, BOTH_ON);
  await harness.startWorker();
});

afterAll(async () => {
  await harness.close();
});

test('10,000 messages are removed by automation, in under 300 history events', async () => {
  const { file } = await deliverCopies(harness, 'ten-thousand', AUTOMATIC_AT_MOST);
  const { id } = await raise(harness, [file]);
  const { investigation, actions } = await ended(harness, id);
  expect(investigation.status).toBe('Remediated');
  expect(await expectAgreement(harness, actions[0]?._id ?? '')).toEqual({ removed: AUTOMATIC_AT_MOST });
  const { historyLength } = await harness.client.workflow.getHandle(investigationWorkflowId(id)).describe();
  expect(historyLength).toBeLessThan(EVENTS_UNDER);
});

test('10,001 messages wait for a person, with the reason; one who finds them by a filter removes them in a child', async () => {
  const { file, url } = await deliverCopies(harness, 'one-more', AUTOMATIC_AT_MOST + 1);
  const { id } = await raise(harness, [file]);
  await until(async () => (await investigationOf(harness, id)).status === 'Pending Action');
  const [action] = await harness.store.actions.of(id);
  expect(action).toMatchObject({
    status: 'Pending',
    reasons: [{ code: 'tooManyMessages', detail: '10001 messages, more than the 10000 that automation may take' }],
  });
  expect(await harness.store.ledger.counts(action?._id ?? '')).toEqual({ open: AUTOMATIC_AT_MOST + 1 });
  expect(await harness.store.messages.collection.countDocuments({ removedBy: action?._id ?? '' })).toBe(0);

  const analyst = await caller(appOf(harness), harness.store, 'analyst', ['reader', 'approver']);
  const order = { name: 'Case', action: 'softDelete', filter: { url: url.type === 'url' ? url.url : '' } };
  const dry = await analyst('post', '/remediations').send({ ...order, dryRun: true });
  const { selectionHash } = dry.body as { selectionHash: string };
  const reply = await analyst('post', '/remediations').send({ ...order, selectionHash });
  const { id: takenId } = reply.body as { id: string };
  await until(async () => (await harness.store.actions.byId(takenId))?.endedAt !== null);
  expect(await expectAgreement(harness, takenId)).toEqual({ removed: AUTOMATIC_AT_MOST + 1 });
  expect((await harness.client.workflow.getHandle(runWorkflowId(takenId)).describe()).historyLength).toBeLessThan(
    EVENTS_UNDER,
  );
});
