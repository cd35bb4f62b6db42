import { createRevert } from '../../activities/revert';
import { createUpkeep } from '../../activities/upkeep';
import { type WorkflowGateway } from '../../domain/gateway';
import { investigationWorkflowId } from '../../domain/ids';
import { newId } from '../../store/collection';
import { openOrJoin } from '../../store/intake';
import { terminate } from '../../store/terminate';
import { approveSignal } from '../../workflows/messages';
import { appOf } from '../support/app';
import {
  deliverCampaign,
  ended,
  finished,
  foldersOf,
  investigationOf,
  raise,
  setSettings,
  startRevert,
} from '../support/cases';
import { activityDeps, createHarness, type Harness, pauseRounds, until } from '../support/harness';
import { type Caller, caller } from '../support/rest';

const RECOVERABLE = 'recoverableitemsdeletions';
const ALERT = { verdict: 'malicious', alert: null, startedBy: 'detector', startedByPerson: false } as const;

let harness: Harness;
let alice: Caller;
/** What the mailbox does before it answers; a test puts its door here. */
let onLocate: (messages: number) => Promise<void>;
let onRetention: () => Promise<void>;
let beforeMove: () => Promise<void>;

beforeAll(async () => {
  harness = await createHarness({
    wrapProvider: (provider) => ({
      ...provider,
      async locate(refs) {
        await onLocate(refs.length);
        return provider.locate(refs);
      },
      async softDelete(refs, stamp) {
        await beforeMove();
        return provider.softDelete(refs, stamp);
      },
      async retention(mailboxes) {
        await onRetention();
        return provider.retention(mailboxes);
      },
    }),
  });
  await harness.startWorker();
  // The tests make each round themselves.
  await pauseRounds(harness);
  alice = await caller(appOf(harness), harness.store, 'alice', ['reader', 'approver']);
});

afterAll(async () => {
  await harness.close();
});

beforeEach(() => {
  onLocate = onRetention = beforeMove = async () => undefined;
});

/** A door for the first who comes to it: shut until it is opened. */
function door() {
  let open: () => void = () => undefined;
  let reached = false;
  let through = false;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const pass = async (): Promise<void> => {
    if (reached) return;
    reached = true;
    await opened;
    through = true;
  };
  return { pass, reached: () => reached, through: () => through, open: () => open() };
}

function upkeep(gateway: Partial<WorkflowGateway> = {}) {
  const deps = activityDeps(harness);
  return createUpkeep({ ...deps, gateway: { ...deps.gateway, ...gateway } });
}

async function boxes(similarFiles: boolean, similarUrls: boolean): Promise<void> {
  await setSettings(harness, { messageClusters: { similarFiles, similarUrls } });
}

async function pendingOf(id: string): Promise<string> {
  let actionId = '';
  await until(async () => {
    actionId = (await harness.store.actions.of(id)).find(({ status }) => status === 'Pending')?._id ?? '';
    return actionId !== '';
  });
  return actionId;
}

async function activitiesDone(id: string): Promise<number> {
  const { events } = await harness.client.workflow.getHandle(investigationWorkflowId(id)).fetchHistory();
  return (events ?? []).filter(({ activityTaskCompletedEventAttributes: done }) => Boolean(done)).length;
}

async function locksOf(investigationId: string): Promise<number> {
  return harness.store.openEntities.collection.countDocuments({ investigationId });
}

async function approve(actionId: string): Promise<void> {
  expect((await alice('post', `/actions/${actionId}/approve`).send({})).status).toBe(200);
}

test('a stop while an approval looks again ends the action, also where another removal has taken all of it', async () => {
  await boxes(true, false);
  const { file, url } = await deliverCampaign(harness, [['a@corp.example', 'inbox']]);
  const { id } = await raise(harness, [url]);
  const actionId = await pendingOf(id);
  await ended(harness, (await raise(harness, [file])).id);
  const gate = door();
  onLocate = async (messages) => {
    if (messages === 0) await gate.pass();
  };
  await approve(actionId);
  await until(gate.reached);
  expect((await alice('post', `/actions/${actionId}/stop`).send({})).status).toBe(202);
  gate.open();
  const { investigation, actions } = await ended(harness, id);
  expect(investigation.open).toBe(false);
  expect(actions).toMatchObject([{ status: 'Stopped', outcomes: { alreadyGone: 1, open: 0 } }]);
  expect(await locksOf(id)).toBe(0);
});

test('a plan that outlives its workflow makes nothing real in the investigation that was closed meanwhile', async () => {
  await boxes(true, false);
  const { file, url, ids } = await deliverCampaign(harness, [['a@corp.example', 'inbox']]);
  const gate = door();
  onRetention = gate.pass;
  const { id } = await raise(harness, [file, url]);
  await until(gate.reached);
  await harness.client.workflow.getHandle(investigationWorkflowId(id)).terminate();
  await upkeep().reconcileOnce();
  gate.open();
  await until(gate.through);
  // Its drafts are thrown away when it finds the investigation closed.
  await until(async () => (await harness.store.actions.collection.countDocuments({ investigationId: id })) === 0);
  expect(await investigationOf(harness, id)).toMatchObject({ status: 'Terminated By User', open: false });
  expect(await foldersOf(harness, ids)).toEqual(['inbox']);
});

test('an alert that joined what ended at Temporal goes on in an investigation of its own', async () => {
  await boxes(false, false);
  const { file, ids } = await deliverCampaign(harness, [['a@corp.example', 'inbox']]);
  const { id } = await raise(harness, [file]);
  await pendingOf(id);
  await harness.client.workflow.getHandle(investigationWorkflowId(id)).terminate();
  await boxes(true, true);
  const joined = await openOrJoin(harness.store, { ...ALERT, entities: [file], at: new Date() });
  expect(joined).toMatchObject({ investigationId: id, joined: true });
  await upkeep().reconcileOnce();
  const next = await harness.store.investigations.collection.findOne({ relatedInvestigations: id });
  expect(next).toMatchObject({ status: 'Starting', open: true });
  expect([await locksOf(id), await locksOf(next?._id ?? '')]).toEqual([0, 1]);
  await upkeep().reconcileOnce();
  expect((await ended(harness, next?._id ?? '')).investigation.status).toBe('Remediated');
  expect(await foldersOf(harness, ids)).toEqual([RECOVERABLE]);
});

test('an alert for what a person is ending opens an investigation of its own, and takes the entity', async () => {
  await boxes(false, false);
  const { file } = await deliverCampaign(harness, [['a@corp.example', 'inbox']]);
  const { id } = await raise(harness, [file]);
  await pendingOf(id);
  await terminate(harness.store, id, { by: 'bob', comment: null, at: new Date() });
  const next = await openOrJoin(harness.store, { ...ALERT, entities: [file], at: new Date() });
  expect(next.joined).toBe(false);
  await harness.gateway.terminate(id);
  expect((await ended(harness, id)).investigation.status).toBe('Terminated By User');
  expect([await locksOf(id), await locksOf(next.investigationId)]).toEqual([0, 1]);
  await terminate(harness.store, next.investigationId, { by: 'bob', comment: null, at: new Date() });
  await harness.gateway.startInvestigation(next.investigationId);
  await ended(harness, next.investigationId);
});

test.each(['Approved', 'Running'] as const)(
  'a workflow that Temporal lost with an action %s is started anew and carries the decision out',
  async (status) => {
    await boxes(false, false);
    const { file, ids } = await deliverCampaign(harness, [['a@corp.example', 'inbox']]);
    const { id } = await raise(harness, [file]);
    const actionId = await pendingOf(id);
    const gate = door();
    if (status === 'Running') beforeMove = gate.pass;
    else onLocate = gate.pass;
    await approve(actionId);
    await until(gate.reached);
    expect((await harness.store.actions.byId(actionId))?.status).toBe(status);
    const workflowId = investigationWorkflowId(id);
    await harness.client.workflowService.deleteWorkflowExecution({
      namespace: harness.namespace,
      workflowExecution: { workflowId },
    });
    await until(async () => (await harness.gateway.standing(workflowId)) === 'missing');
    onLocate = beforeMove = async () => undefined;
    await upkeep().reconcileOnce();
    const { investigation, actions } = await ended(harness, id);
    gate.open();
    expect(investigation.status).toBe('Remediated');
    expect(actions).toMatchObject([{ status: 'Completed', decidedBy: 'alice', outcomes: { removed: 1 } }]);
    await until(gate.through);
    await finished(harness, await startRevert(harness, actionId));
    expect(await foldersOf(harness, ids)).toEqual(['inbox']);
  },
);

test('a revert whose workflow ended before it was planned has failed, and can be asked for again', async () => {
  await boxes(true, false);
  const { file, ids } = await deliverCampaign(harness, [['a@corp.example', 'inbox']]);
  const [action] = (await ended(harness, (await raise(harness, [file])).id)).actions;
  const actionId = action?._id ?? '';
  const revertId = newId();
  await harness.store.reverts.create({
    ...{ _id: revertId, actionId, destination: 'original', messageIds: null, status: 'Running', open: true },
    ...{ requestedBy: 'test', comment: null, job: null, outcomes: null, startedAt: new Date(), endedAt: null },
  });
  const revert = createRevert(activityDeps(harness));
  expect(await revert.close({ revertId })).toMatchObject({ status: 'Failed', restored: 0 });
  // A plan that comes too late leaves nothing behind.
  expect(await revert.plan({ revertId })).toMatchObject({ messageCount: 0, chunkCount: 0 });
  expect(await harness.store.ledger.counts(revertId)).toEqual({});
  await finished(harness, await startRevert(harness, actionId));
  expect(await foldersOf(harness, ids)).toEqual(['inbox']);
});

test('a signal for what automation is about to remove does not keep it from being removed', async () => {
  await boxes(true, false);
  const { file, ids } = await deliverCampaign(harness, [['a@corp.example', 'inbox']]);
  const { actions, decisions } = harness.store;
  const gate = door();
  const find = decisions.collection.findOne.bind(decisions.collection);
  const late = jest.spyOn(decisions.collection, 'findOne').mockImplementation(async (...query: unknown[]) => {
    await gate.pass();
    return find(...(query as Parameters<typeof find>));
  });
  // The signal comes when the plan has made the action, and is looked at when the plan has been taken up.
  const of = actions.of.bind(actions);
  let signalled = false;
  const early = jest.spyOn(actions, 'of').mockImplementation(async (id) => {
    const found = await of(id);
    if (found[0] !== undefined && !signalled) {
      signalled = true;
      const handle = harness.client.workflow.getHandle(investigationWorkflowId(id));
      await handle.signal(approveSignal, { actionId: found[0]._id });
      await until(gate.reached);
    }
    return found;
  });
  try {
    const { id } = await raise(harness, [file]);
    await until(gate.reached);
    await until(async () => (await activitiesDone(id)) > 0);
    gate.open();
    const { investigation, actions: after } = await ended(harness, id);
    expect(investigation.status).toBe('Remediated');
    expect(after).toMatchObject([{ status: 'Completed', decisionId: null, outcomes: { removed: 1 } }]);
    expect(await foldersOf(harness, ids)).toEqual([RECOVERABLE]);
  } finally {
    late.mockRestore();
    early.mockRestore();
  }
});

describe('the reconciler', () => {
  const OLD = new Date(0);

  async function manyThatWait(count: number): Promise<ReadonlySet<string>> {
    const { file } = await deliverCampaign(harness, [['a@corp.example', 'inbox']]);
    const { investigationId } = await openOrJoin(harness.store, { ...ALERT, entities: [file], at: OLD });
    const like = await investigationOf(harness, investigationId);
    const rows = Array.from({ length: count }, () => {
      const _id = newId();
      return { ...like, _id, workflowId: investigationWorkflowId(_id) };
    });
    await harness.store.investigations.collection.insertMany(rows);
    return new Set([like.workflowId, ...rows.map(({ workflowId }) => workflowId)]);
  }

  afterEach(async () => {
    await harness.store.investigations.collection.deleteMany({ startedAt: OLD });
  });

  test('comes to every open investigation, however many wait before it', async () => {
    const waiting = await manyThatWait(600);
    const { file } = await deliverCampaign(harness, [['b@corp.example', 'inbox']]);
    const { investigationId } = await openOrJoin(harness.store, { ...ALERT, entities: [file], at: new Date() });
    const started: string[] = [];
    await upkeep({
      standing: async (workflowId) => (waiting.has(workflowId) ? 'running' : 'missing'),
      alertJoined: async () => undefined,
      startInvestigation: async (id) => {
        started.push(id);
        return { runId: '' };
      },
    }).reconcileOnce();
    expect(started).toEqual([investigationId]);
  });

  test('goes on with the others where one cannot be looked at', async () => {
    const [broken = ''] = await manyThatWait(1);
    const { file } = await deliverCampaign(harness, [['b@corp.example', 'inbox']]);
    const { investigationId } = await openOrJoin(harness.store, { ...ALERT, entities: [file], at: new Date() });
    const started: string[] = [];
    const round = await upkeep({
      standing: async (workflowId) => {
        if (workflowId === broken) throw new Error('refused for the test');
        return 'missing';
      },
      startInvestigation: async (id) => {
        started.push(id);
        return { runId: '' };
      },
    }).reconcileOnce();
    expect(round.failed).toBe(1);
    expect(started).toContain(investigationId);
  });

  test('writes down what the workflow answered, so that no decision is asked for ever', async () => {
    const decision = (via: 'update' | 'signal') => ({
      ...{ _id: newId(), actionId: newId(), investigationId: newId(), decision: 'approve' as const, by: 'alice' },
      ...{ comment: null, via, state: 'asked' as const, at: OLD },
    });
    const rows = [decision('update'), decision('signal')];
    await harness.store.decisions.collection.insertMany(rows);
    await upkeep({
      decide: async () => 'lost',
      standing: async () => 'running',
      alertJoined: async () => undefined,
    }).reconcileOnce();
    for (const { _id } of rows) expect((await harness.store.decisions.byId(_id))?.state).toBe('lost');
  });

  test('stops what works for an investigation that a person ended, where he did not come to it', async () => {
    await boxes(true, false);
    const { file } = await deliverCampaign(harness, [['c@corp.example', 'inbox']]);
    const gate = door();
    beforeMove = gate.pass;
    const { id } = await raise(harness, [file]);
    await until(gate.reached);
    const termination = { by: 'bob', comment: 'ours', at: new Date() };
    await harness.store.investigations.collection.updateOne({ _id: id }, { $set: { termination } });
    await upkeep().reconcileOnce();
    expect(await harness.store.actions.of(id)).toMatchObject([{ halt: { by: 'bob', reason: 'stopped' } }]);
    gate.open();
    expect((await ended(harness, id)).investigation.status).toBe('Terminated By User');
  });
});
