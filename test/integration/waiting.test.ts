import { investigationWorkflowId } from '../../domain/ids';
import { newId } from '../../store/collection';
import { appOf } from '../support/app';
import {
  BOTH_ON,
  type Campaign,
  deliverCampaign,
  ended,
  foldersOf,
  investigationOf,
  raise,
  setSettings,
} from '../support/cases';
import { createHarness, type Harness, type HarnessOptions, pauseRounds, until } from '../support/harness';
import { ownTemporal } from '../support/own-servers';
import { type Caller, caller } from '../support/rest';

const RECOVERABLE = 'recoverableitemsdeletions';
const PLACES = [
  ['a@corp.example', 'inbox'],
  ['b@corp.example', 'inbox'],
] as const;
const SECOND = 1_000;
const WEEK = 7 * 24 * 60 * 60 * SECOND;

let harness: Harness;
let alice: Caller;

async function start(options: HarnessOptions): Promise<void> {
  harness = await createHarness(options);
  alice = await caller(appOf(harness), harness.store, 'alice', ['reader', 'approver']);
  await setSettings(harness, BOTH_ON);
}

afterEach(async () => {
  await harness.close();
});

async function waiting(): Promise<{ readonly campaign: Campaign; readonly id: string; readonly actionId: string }> {
  const campaign = await deliverCampaign(harness, PLACES);
  const { id } = await raise(harness, [campaign.file], { startedByPerson: true });
  await until(async () => (await investigationOf(harness, id)).status === 'Pending Action');
  return { campaign, id, actionId: (await harness.store.actions.of(id))[0]?._id ?? '' };
}

async function reconcile(name: string): Promise<void> {
  await harness.client.workflow.execute('reconcile', { workflowId: name, taskQueue: 'clawback', args: [] });
}

test('what nobody decides expires: Terminated By System, nothing moved, the entity free, a late approval refused', async () => {
  // The last seventh is when it is told of: as long as a busy machine may need to get there.
  await start({ deps: { pendingExpiryMs: 20 * SECOND } });
  const told = ['action.pending', 'action.expiring', 'action.expired'] as const;
  await harness.store.webhooks.collection.insertOne({
    ...{ _id: newId(), url: 'https://receiver.example/', events: told, createdBy: 'test', createdAt: new Date() },
  });
  await harness.startWorker();
  const { campaign, id, actionId } = await waiting();
  expect((await ended(harness, id)).investigation).toMatchObject({ status: 'Terminated By System', open: false });
  expect(await harness.store.actions.byId(actionId)).toMatchObject({ status: 'Expired', decidedBy: 'System' });
  expect(await foldersOf(harness, campaign.ids)).toEqual(['inbox', 'inbox']);
  expect(await harness.store.openEntities.collection.countDocuments({ investigationId: id })).toBe(0);
  const late = await alice('post', `/actions/${actionId}/approve`).send({});
  const events = await harness.store.notices.collection.find({ 'data.actionId': actionId }).sort({ at: 1 }).toArray();
  expect(events.map(({ event }) => event)).toEqual(told);
  expect(late.status).toBe(409);
  expect((late.body as { detail: string }).detail).toMatch(/^It was expired by System at /);
});

test('what waits is counted again: when nothing is left in a mailbox it is cancelled, and counts as remediated', async () => {
  await start({ recountMs: [SECOND], deps: { pendingExpiryMs: WEEK } });
  await harness.startWorker();
  const { campaign, id, actionId } = await waiting();
  // One message is left: the first counts change nothing.
  await harness.admin.userDelete(campaign.ids[0] ?? '');
  await harness.admin.userDelete(campaign.ids[0] ?? '');
  const counts = async (): Promise<number> => {
    const { events } = await harness.client.workflow.getHandle(investigationWorkflowId(id)).fetchHistory();
    const scheduled = events?.map((event) => event.activityTaskScheduledEventAttributes?.activityType?.name) ?? [];
    return scheduled.filter((name) => name === 'recount').length;
  };
  await until(async () => (await counts()) >= 2);
  expect((await harness.store.actions.byId(actionId))?.status).toBe('Pending');
  await harness.admin.userDelete(campaign.ids[1] ?? '');
  await harness.admin.userDelete(campaign.ids[1] ?? '');
  expect((await ended(harness, id)).investigation.status).toBe('Remediated');
  const view = await alice('get', `/actions/${actionId}`);
  expect(view.body).toMatchObject({
    status: 'Cancelled',
    decidedBy: 'System',
    remainingInMailboxes: 0,
    outcomes: { alreadyGone: 2 },
  });
});

test('a decision while the worker is down is kept with 202, and taken once when one is back', async () => {
  await start({});
  const first = await harness.startWorker();
  const { campaign, id, actionId } = await waiting();
  await first.stop();
  const answer = await alice('post', `/actions/${actionId}/approve`).send({ comment: 'go' });
  expect(answer.status).toBe(202);
  expect(answer.headers['location']).toBe(`/api/v1/actions/${actionId}`);
  expect(answer.body).toMatchObject({ status: 'Pending' });
  // Asking again while nobody answers is the same question.
  expect((await alice('post', `/actions/${actionId}/approve`).send({ comment: 'go' })).status).toBe(202);
  expect(await harness.store.decisions.collection.countDocuments({ actionId })).toBe(1);
  await harness.startWorker();
  await until(async () => {
    await reconcile(`reconcile-${Date.now()}`);
    return (await harness.store.actions.byId(actionId))?.status !== 'Pending';
  });
  const { actions } = await ended(harness, id);
  expect(actions).toMatchObject([{ decidedBy: 'alice', comment: 'go', outcomes: { removed: 2 } }]);
  expect(await foldersOf(harness, campaign.ids)).toEqual([RECOVERABLE, RECOVERABLE]);
  expect(await harness.store.decisions.collection.find({ actionId }).toArray()).toMatchObject([{ state: 'won' }]);
});

test('an action whose workflow was terminated at Temporal cannot be decided, is cancelled, and leaves no lock', async () => {
  await start({});
  await harness.startWorker();
  await pauseRounds(harness);
  const { id, actionId } = await waiting();
  await harness.client.workflow.getHandle(investigationWorkflowId(id)).terminate();
  expect((await alice('post', `/actions/${actionId}/approve`).send({})).status).toBe(409);
  await reconcile(`reconcile-${id}`);
  expect(await harness.store.actions.byId(actionId)).toMatchObject({ status: 'Cancelled' });
  expect(await harness.store.openEntities.collection.countDocuments({ investigationId: id })).toBe(0);
  expect(await harness.store.decisions.collection.find({ actionId }).toArray()).toMatchObject([{ state: 'lost' }]);
});

test('an investigation that waits for long goes on as a new run, and is decided there', async () => {
  const temporal = await ownTemporal(['limit.historyCount.suggestContinueAsNew=40']);
  await temporal.start();
  try {
    await start({ temporalAddress: temporal.address, recountMs: [SECOND] });
    await harness.startWorker();
    const { campaign, id, actionId } = await waiting();
    const handle = harness.client.workflow.getHandle(investigationWorkflowId(id));
    const { runId } = await handle.describe();
    await until(async () => (await handle.describe()).runId !== runId);
    expect((await alice('post', `/actions/${actionId}/approve`).send({})).status).toBe(200);
    expect((await ended(harness, id)).actions).toMatchObject([{ decidedBy: 'alice', outcomes: { removed: 2 } }]);
    expect(await foldersOf(harness, campaign.ids)).toEqual([RECOVERABLE, RECOVERABLE]);
  } finally {
    await temporal.remove();
  }
});

test('whatever else is sent as a signal or an update decides nothing, and the action can still be decided', async () => {
  await start({});
  await harness.startWorker();
  const { campaign, id, actionId } = await waiting();
  const handle = harness.client.workflow.getHandle(investigationWorkflowId(id));
  for (const signal of ['approve', 'reject']) {
    await handle.signal(signal);
    for (const input of [
      null,
      'x',
      [1],
      {},
      { actionId: 5 },
      { actionId: { $ne: '' } },
      { actionId: 'f'.repeat(24) },
    ]) {
      await handle.signal(signal, input);
    }
  }
  const noDecision = { actionId, decision: 'approve', decisionId: 'f'.repeat(24) };
  expect(await handle.executeUpdate('decide', { args: [noDecision] })).toEqual({ outcome: 'lost' });
  for (const input of [null, {}, { ...noDecision, decision: 'maybe' }, { ...noDecision, decisionId: 7 }]) {
    await expect(handle.executeUpdate('decide', { args: [input] })).rejects.toThrow();
  }
  expect(await foldersOf(harness, campaign.ids)).toEqual(['inbox', 'inbox']);
  expect((await alice('post', `/actions/${actionId}/approve`).send({})).status).toBe(200);
  expect((await ended(harness, id)).actions).toMatchObject([{ decidedBy: 'alice', outcomes: { removed: 2 } }]);
});

test('signals decide nothing where they are switched off', async () => {
  await start({ deps: { signalDecisions: false } });
  await harness.startWorker();
  const { campaign, id, actionId } = await waiting();
  await harness.client.workflow.getHandle(investigationWorkflowId(id)).signal('approve', { actionId });
  await until(
    async () => (await harness.store.decisions.collection.countDocuments({ actionId, state: 'refused' })) === 1,
  );
  expect(await foldersOf(harness, campaign.ids)).toEqual(['inbox', 'inbox']);
  await alice('post', `/actions/${actionId}/reject`).send({});
  expect((await ended(harness, id)).actions).toMatchObject([{ status: 'Rejected' }]);
});

test('mail of a mailbox with short retention waits as an action of its own, the rest goes', async () => {
  await start({});
  await harness.startWorker();
  const campaign = await deliverCampaign(harness, PLACES);
  await harness.admin.setMailbox('a@corp.example', { retentionDays: 2 });
  await setSettings(harness, { minUndoDays: 3 });
  const { id } = await raise(harness, [campaign.file]);
  await until(async () => (await investigationOf(harness, id)).status === 'Pending Action');
  const actions = await harness.store.actions.of(id);
  expect(actions.map(({ status, reasons }) => [status, reasons.map(({ code }) => code)])).toEqual([
    ['Completed', []],
    ['Pending', ['shortRetention']],
  ]);
  expect(await foldersOf(harness, campaign.ids)).toEqual(['inbox', RECOVERABLE]);
});
