import { type Express } from 'express';
import { investigationWorkflowId } from '../../domain/ids';
import { type MailboxProvider } from '../../mail/provider';
import { appOf } from '../support/app';
import { sum } from '../../domain/ledger';
import {
  BOTH_ON,
  deliverCampaign,
  deliverCopies,
  ended,
  finished,
  foldersOf,
  investigationOf,
  raise,
  setSettings,
  startRevert,
  workflowEnded,
} from '../support/cases';
import { createHarness, type Harness, pauseRounds, until } from '../support/harness';
import { type Caller, caller } from '../support/rest';

const RECOVERABLE = 'recoverableitemsdeletions';
/** Chunks that the workflow works at once (domain/chunk.ts). */
const WINDOW = 4;

let harness: Harness;
let app: Express;
let alice: Caller;
/** What the provider does before a soft delete; a test puts its gate here. */
let beforeMove: () => Promise<void> = async () => undefined;
let afterMove: (provider: MailboxProvider) => Partial<MailboxProvider> = () => ({});
let moves = 0;

beforeAll(async () => {
  harness = await createHarness({
    wrapProvider: (provider) => ({
      ...provider,
      async softDelete(refs, stamp) {
        await beforeMove();
        moves++;
        return (afterMove(provider).softDelete ?? provider.softDelete)(refs, stamp);
      },
    }),
  });
  await harness.startWorker();
  // What Temporal has not heard of is not started before a test says so.
  await pauseRounds(harness);
  app = appOf(harness);
  alice = await caller(app, harness.store, 'alice', ['reader', 'approver', 'admin']);
});

afterAll(async () => {
  await harness.close();
});

beforeEach(async () => {
  beforeMove = async () => undefined;
  afterMove = () => ({});
  moves = 0;
  await alice('put', '/automation/state').send({ paused: false });
  await setSettings(harness, { ...BOTH_ON, budget: { perHour: 50_000, perDay: 200_000 } });
});

/** Holds every move back from the n-th on, until it is opened; `reached` says when one waits. */
function gateAfter(passes: number): { readonly reached: () => boolean; readonly open: () => void } {
  let reached = false;
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  let passed = 0;
  beforeMove = async () => {
    if (passed++ < passes) return;
    reached = true;
    await opened;
  };
  return { reached: () => reached, open: () => open() };
}

async function onlyAction(id: string) {
  const [action] = await harness.store.actions.of(id);
  if (action === undefined) throw new Error('There is no action');
  return action;
}

describe('pause', () => {
  test('says who and since when, and resuming starts nothing by itself', async () => {
    const paused = await alice('put', '/automation/state').send({ paused: true, comment: 'looking into it' });
    expect(paused.body).toMatchObject({ paused: true, by: 'alice', comment: 'looking into it' });
    const { file, ids } = await deliverCampaign(harness, [['a@corp.example', 'inbox']]);
    const { id } = await raise(harness, [file]);
    await until(async () => (await investigationOf(harness, id)).status === 'Pending Action');
    expect(await onlyAction(id)).toMatchObject({ reasons: [{ code: 'automationPaused' }] });
    await alice('put', '/automation/state').send({ paused: false });
    expect((await alice('get', '/automation/state')).body).toMatchObject({ paused: false });
    expect(await foldersOf(harness, ids)).toEqual(['inbox']);
    await alice('post', `/actions/${(await onlyAction(id))._id}/approve`).send({});
    expect((await ended(harness, id)).actions).toMatchObject([{ decidedBy: 'alice', outcomes: { removed: 1 } }]);
  });

  test('lets a move finish that has passed its last look, and begins nothing more', async () => {
    const gate = gateAfter(0);
    const { file, ids } = await deliverCampaign(harness, [['a@corp.example', 'inbox']]);
    const { id } = await raise(harness, [file]);
    await until(gate.reached);
    await alice('put', '/automation/state').send({ paused: true });
    gate.open();
    await ended(harness, id);
    expect(await foldersOf(harness, ids)).toEqual([RECOVERABLE]);
  });

  test('halts a running 10,000-message action within a batch a lane; the rest waits, a person decides it, all come back', async () => {
    const gate = gateAfter(WINDOW);
    const { file, ids } = await deliverCopies(harness, 'paused', 10_000);
    const { id } = await raise(harness, [file]);
    await until(gate.reached);
    await alice('put', '/automation/state').send({ paused: true });
    const before = moves;
    gate.open();
    await until(async () => (await investigationOf(harness, id)).status === 'Pending Action');
    // Only those that stood at the gate, past their last look, still moved: one batch for each lane.
    expect(moves - before).toBeLessThanOrEqual(WINDOW);
    const [done, rest] = await harness.store.actions.of(id);
    expect(done).toMatchObject({ status: 'Completed', decidedBy: 'Automation', followedBy: rest?._id });
    expect(rest).toMatchObject({ status: 'Pending', reasons: [{ code: 'automationPaused' }] });
    const worked = done?.outcomes?.removed ?? 0;
    expect(worked).toBe(done?.messageCount);
    expect(sum(await harness.store.ledger.counts(rest?._id ?? ''))).toBe(10_000 - worked);
    expect(await harness.store.messages.collection.countDocuments({ removedBy: done?._id ?? '' })).toBe(worked);

    await alice('post', `/actions/${rest?._id ?? ''}/approve`).send({});
    const { actions, investigation } = await ended(harness, id);
    expect(investigation.status).toBe('Remediated');
    expect(actions.map(({ outcomes }) => outcomes?.removed)).toEqual([worked, 10_000 - worked]);
    for (const { _id } of actions) await finished(harness, await startRevert(harness, _id));
    expect(new Set(await foldersOf(harness, ids))).toEqual(new Set(['inbox']));
  });

  test('leaves what a person decided alone', async () => {
    const { file, ids } = await deliverCampaign(harness, [['a@corp.example', 'inbox']]);
    const { id } = await raise(harness, [file], { startedByPerson: true });
    await until(async () => (await investigationOf(harness, id)).status === 'Pending Action');
    await alice('put', '/automation/state').send({ paused: true });
    await alice('post', `/actions/${(await onlyAction(id))._id}/approve`).send({});
    await ended(harness, id);
    expect(await foldersOf(harness, ids)).toEqual([RECOVERABLE]);
  });

  test.each([{}, { paused: 'yes' }, { paused: true, until: 'tomorrow' }])('%j is 400', async (body) => {
    expect((await alice('put', '/automation/state').send(body)).status).toBe(400);
  });
});

describe('stop', () => {
  test('ends an action at its next batch: what was not worked stays open, what was removed can be reverted', async () => {
    const gate = gateAfter(1);
    const { file, ids } = await deliverCopies(harness, 'stopped', 2_000);
    const { id } = await raise(harness, [file]);
    await until(gate.reached);
    const { _id } = await onlyAction(id);
    expect((await alice('post', `/actions/${_id}/revert`).send({ destination: 'original' })).status).toBe(409);
    expect((await alice('post', `/actions/${_id}/stop`).send({ comment: 'wrong hash' })).status).toBe(202);
    gate.open();
    const { investigation } = await ended(harness, id);
    expect(investigation.status).toBe('Partially Remediated');
    const action = await onlyAction(id);
    expect(action).toMatchObject({ status: 'Stopped', halt: { by: 'alice', comment: 'wrong hash' } });
    const { removed = 0, open = 0 } = action.outcomes ?? {};
    expect(removed + open).toBe(2_000);
    expect(open).toBeGreaterThan(0);
    await finished(harness, await startRevert(harness, _id));
    expect(new Set(await foldersOf(harness, ids))).toEqual(new Set(['inbox']));
    expect((await alice('post', `/actions/${_id}/stop`).send({})).status).toBe(409);
  });

  test('of an action that waits is 409: it is rejected instead', async () => {
    const { file } = await deliverCampaign(harness, [['a@corp.example', 'inbox']]);
    const { id } = await raise(harness, [file], { startedByPerson: true });
    await until(async () => (await investigationOf(harness, id)).status === 'Pending Action');
    const { _id } = await onlyAction(id);
    expect((await alice('post', `/actions/${_id}/stop`).send({})).status).toBe(409);
    await alice('post', `/actions/${_id}/reject`).send({});
    await ended(harness, id);
  });
});

describe('terminate', () => {
  test('cancels what waits, stops what runs, and frees the entity', async () => {
    const { file } = await deliverCampaign(harness, [['a@corp.example', 'inbox']]);
    const { id } = await raise(harness, [file], { startedByPerson: true });
    await until(async () => (await investigationOf(harness, id)).status === 'Pending Action');
    expect((await alice('post', `/investigations/${id}/terminate`).send({ comment: 'ours' })).status).toBe(202);
    expect((await ended(harness, id)).investigation).toMatchObject({
      status: 'Terminated By User',
      termination: { by: 'alice', comment: 'ours' },
    });
    expect(await onlyAction(id)).toMatchObject({ status: 'Cancelled' });
    expect((await alice('post', `/investigations/${id}/terminate`).send({})).status).toBe(409);
    expect((await raise(harness, [file])).joined).toBe(false);
  });

  test('stops a removal that runs at its next batch', async () => {
    const gate = gateAfter(1);
    const { file, ids } = await deliverCopies(harness, 'terminated', 2_000);
    const { id } = await raise(harness, [file]);
    await until(gate.reached);
    await alice('post', `/investigations/${id}/terminate`).send({});
    gate.open();
    expect((await ended(harness, id)).investigation.status).toBe('Terminated By User');
    const action = await onlyAction(id);
    expect(action.status).toBe('Stopped');
    await finished(harness, await startRevert(harness, action._id));
    expect(new Set(await foldersOf(harness, ids))).toEqual(new Set(['inbox']));
  });

  test('before the workflow has begun leaves nothing to do', async () => {
    const { file, ids } = await deliverCampaign(harness, [['a@corp.example', 'inbox']]);
    const silent = { ...harness, gateway: { ...harness.gateway, startInvestigation: async () => ({ runId: '' }) } };
    const { id } = await raise(silent, [file]);
    await alice('post', `/investigations/${id}/terminate`).send({});
    await harness.gateway.startInvestigation(id);
    expect((await ended(harness, id)).investigation.status).toBe('Terminated By User');
    expect(await foldersOf(harness, ids)).toEqual(['inbox']);
  });
});

describe('retry', () => {
  test('works again on what failed, in the name of a person, and the investigation is remediated after all', async () => {
    afterMove = (provider) => ({ softDelete: (refs, stamp) => provider.softDelete(refs.slice(1), stamp) });
    const { file, ids } = await deliverCampaign(harness, [
      ['a@corp.example', 'inbox'],
      ['b@corp.example', 'inbox'],
      ['c@corp.example', 'inbox'],
    ]);
    const { id } = await raise(harness, [file]);
    await ended(harness, id);
    const { _id } = await onlyAction(id);
    // The provider said nothing of the first: its row is movedByUser to the ledger, made unverified for the case.
    await harness.store.ledger.collection.updateMany(
      { jobId: _id, outcome: 'movedByUser' },
      { $set: { outcome: 'unverified' } },
    );
    expect((await investigationOf(harness, id)).status).toBe('Partially Remediated');
    afterMove = () => ({});
    expect((await alice('post', `/actions/${_id}/retry`).send({})).status).toBe(202);
    await workflowEnded(harness, `action/${_id}/retry-1`);
    expect(await onlyAction(id)).toMatchObject({ status: 'Completed', retries: 1, outcomes: { removed: 3 } });
    expect((await investigationOf(harness, id)).status).toBe('Remediated');
    expect(await foldersOf(harness, ids)).toEqual([RECOVERABLE, RECOVERABLE, RECOVERABLE]);
    const triggers = await harness.store.events.ofJob(_id);
    expect(triggers.map(({ actionTrigger }) => actionTrigger).sort()).toEqual([
      'AdminAction',
      'Automation',
      'Automation',
    ]);
    expect((await alice('post', `/actions/${_id}/retry`).send({})).status).toBe(409);
  });

  test('that Temporal did not take is started by the reconciler', async () => {
    afterMove = () => ({ softDelete: async (refs) => refs.map(({ messageId }) => ({ messageId, moved: true })) });
    const { file, ids } = await deliverCampaign(harness, [['a@corp.example', 'inbox']]);
    const { id } = await raise(harness, [file]);
    await ended(harness, id);
    const { _id, status } = await onlyAction(id);
    expect(status).toBe('Failed');
    afterMove = () => ({});
    const away = appOf({
      ...harness,
      gateway: { ...harness.gateway, startAction: async () => Promise.reject(new Error('Temporal is away')) },
    });
    const offline = await caller(away, harness.store, 'offline', ['approver']);
    expect((await offline('post', `/actions/${_id}/retry`).send({})).status).toBe(202);
    await harness.client.workflow.execute('reconcile', { workflowId: `r-${_id}`, taskQueue: 'clawback', args: [] });
    await workflowEnded(harness, `action/${_id}/retry-1`);
    expect(await foldersOf(harness, ids)).toEqual([RECOVERABLE]);
  });
});

describe('the budget of automation', () => {
  test('holds over twenty investigations at once: what does not fit waits, with the figures', async () => {
    await harness.store.budget.collection.deleteMany({});
    await setSettings(harness, { budget: { perHour: 25, perDay: 200_000 } });
    const places = [0, 1, 2].map((at) => [`budget${at}@corp.example`, 'inbox'] as const);
    const campaigns = [];
    for (let at = 0; at < 20; at++) campaigns.push(await deliverCampaign(harness, places));
    const cases = await Promise.all(campaigns.map(({ file }) => raise(harness, [file])));
    await until(async () => {
      const found = await Promise.all(cases.map(({ id }) => investigationOf(harness, id)));
      return found.every(({ status }) => status === 'Remediated' || status === 'Pending Action');
    });
    const actions = (await Promise.all(cases.map(({ id }) => harness.store.actions.of(id)))).flat();
    const removed = actions.reduce((total, { outcomes }) => total + (outcomes?.removed ?? 0), 0);
    expect(removed).toBe(24);
    const waiting = actions.filter(({ status }) => status === 'Pending');
    expect(waiting).toHaveLength(12);
    for (const { reasons } of waiting) {
      expect(reasons).toMatchObject([
        { code: 'overBudget', detail: expect.stringMatching(/more than the 25/) as string },
      ]);
    }
    const all = campaigns.flatMap(({ ids }) => ids);
    expect((await foldersOf(harness, all)).filter((folder) => folder === RECOVERABLE)).toHaveLength(24);
    for (const { id } of cases)
      await harness.client.workflow
        .getHandle(investigationWorkflowId(id))
        .terminate()
        .catch(() => undefined);
  });

  test('of which part was not used is free again when the action has ended', async () => {
    await harness.store.budget.collection.deleteMany({});
    const { file, ids } = await deliverCampaign(harness, [
      ['a@corp.example', 'inbox'],
      ['b@corp.example', 'inbox'],
    ]);
    beforeMove = () => harness.admin.userDelete(ids[0] ?? '');
    const { id } = await raise(harness, [file]);
    await ended(harness, id);
    expect(await harness.store.budget.used(new Date())).toEqual({ hour: 1, day: 1 });
  });
});

test('a token without the role detector can never cause a removal by automation', async () => {
  const operator = await caller(app, harness.store, 'operator', ['operator']);
  const { file, url, ids } = await deliverCampaign(harness, [['a@corp.example', 'inbox']]);
  const sha256 = file.type === 'file' ? file.sha256 : '';
  const answer = await operator('post', '/investigations').send({ entities: [{ type: 'file', sha256 }] });
  const { id } = answer.body as { id: string };
  await until(async () => (await investigationOf(harness, id)).status === 'Pending Action');
  // A detector's alert that the person's joins: what the person adds waits all the same.
  const other = await raise(harness, [url]);
  await ended(harness, other.id);
  expect(await onlyAction(id)).toMatchObject({ status: 'Pending', reasons: [{ code: 'startedByPerson' }] });
  expect(await harness.store.actions.of(other.id)).toMatchObject([{ decidedBy: 'Automation' }]);
  await alice('post', `/actions/${(await onlyAction(id))._id}/reject`).send({});
  await ended(harness, id);
  expect(await foldersOf(harness, ids)).toEqual([RECOVERABLE]);
});

describe('two actions whose ledgers overlap, run at once', () => {
  test.each([
    [0, 1],
    [1, 0],
  ] as const)('reverted in the order %d, %d: every message is back, every sum right', async (first, second) => {
    const places = Array.from(
      { length: 30 },
      (_, at) => [`both${at}@corp.example`, at % 3 === 0 ? 'junkemail' : 'inbox'] as const,
    );
    const { file, url, ids } = await deliverCampaign(harness, places);
    const cases = await Promise.all([raise(harness, [file]), raise(harness, [url])]);
    const actions = [];
    for (const { id } of cases) actions.push(...(await ended(harness, id)).actions);
    const counts = await Promise.all(actions.map(({ _id }) => harness.store.ledger.counts(_id)));
    expect(counts.map(sum)).toEqual([30, 30].slice(0, actions.length));
    expect(counts.reduce((total, { removed = 0 }) => total + removed, 0)).toBe(30);
    const order = [actions[first], actions[second]].flatMap((action) => action ?? []);
    let restored = 0;
    for (const { _id, outcomes } of order) {
      if ((outcomes?.removed ?? 0) === 0) continue;
      const revert = await finished(harness, await startRevert(harness, _id));
      expect(revert.outcomes?.restored).toBe(outcomes?.removed);
      restored += revert.outcomes?.restored ?? 0;
    }
    expect(restored).toBe(30);
    expect(await foldersOf(harness, ids)).toEqual(places.map(([, folder]) => folder));
  });
});
