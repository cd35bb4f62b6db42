import { type Express } from 'express';
import { createApplyChunk } from '../../activities/apply-chunk';
import { createFreezeSelection } from '../../activities/freeze-selection';
import { createOwnerReverts, FOLLOWING } from '../../activities/owner-reverts';
import { createFinishAction } from '../../activities/retried';
import { createRevert } from '../../activities/revert';
import { createUpkeep } from '../../activities/upkeep';
import { type ActionView } from '../../api/views';
import { type ChunkResult } from '../../domain/contracts';
import { type WorkflowGateway } from '../../domain/gateway';
import { actionWorkflowId } from '../../domain/ids';
import { type ActionType } from '../../domain/remediation';
import { type ActionDoc } from '../../store/actions';
import { type LedgerDoc } from '../../store/ledger';
import { type Store } from '../../store/store';
import { appOf } from '../support/app';
import { deliverCampaign, foldersOf } from '../support/cases';
import { activityDeps, createHarness, type Harness } from '../support/harness';
import { type Caller, caller } from '../support/rest';

/** No worker runs here: each step of a move that stands for reverts is taken by hand, as Temporal may take it. */
let harness: Harness;
let app: Express;
let analyst: Caller;

beforeAll(async () => {
  harness = await createHarness();
  const gateway = { ...harness.gateway, startAction: async () => ({ runId: 'none' }) };
  app = appOf({ ...harness, gateway });
  analyst = await caller(app, harness.store, 'analyst', ['reader', 'approver']);
});

afterAll(async () => {
  await harness.close();
});

/** An order that is frozen and about to be worked. */
async function frozen(action: ActionType, messageIds: readonly string[]): Promise<string> {
  const reply = await analyst('post', '/remediations').send({ name: 'Case', action, messageIds });
  expect([reply.status, reply.body]).toEqual([202, expect.anything()]);
  const { id } = reply.body as ActionView;
  expect(await createFreezeSelection(activityDeps(harness)).freezeSelection({ actionId: id })).toMatchObject({
    state: 'ready',
  });
  return id;
}

async function known(id: string): Promise<ActionDoc> {
  const found = await harness.store.actions.byId(id);
  if (found === null) throw new Error(`There is no action ${id}`);
  return found;
}

/** Messages that as many actions have removed, one each, and the actions in the order of their messages. */
async function removed(owners: number): Promise<{ readonly ids: readonly string[]; readonly owners: string[] }> {
  const places = Array.from({ length: owners }, (_, at) => [`user${at}@corp.example`, 'inbox'] as const);
  const { ids } = await deliverCampaign(harness, places);
  const actions: string[] = [];
  for (const messageId of ids) {
    const id = await frozen('softDelete', [messageId]);
    await createApplyChunk(activityDeps(harness))({ kind: 'action', jobId: id, chunk: 0 });
    await createFinishAction(activityDeps(harness))({ actionId: id });
    actions.push(id);
  }
  return { ids, owners: actions };
}

/** Takes a revert from its plan to its end, as its workflow does; gives what its only chunk said. */
async function carryOut(revertId: string): Promise<ChunkResult> {
  const deps = activityDeps(harness);
  const revert = createRevert(deps);
  await revert.plan({ revertId });
  const result = await createApplyChunk(deps)({ kind: 'revert', jobId: revertId, chunk: 0 });
  await revert.close({ revertId });
  return result;
}

async function stop(id: string): Promise<void> {
  expect((await analyst('post', `/actions/${id}/stop`).send({ comment: 'Wrong ones' })).status).toBe(202);
}

/** The reverts of these owners, in their order. */
async function revertsOf(id: string, owners: readonly string[]): Promise<readonly string[]> {
  const found = await harness.store.reverts.forAction(id);
  return owners.flatMap((owner) => found.filter(({ actionId }) => actionId === owner).map(({ _id }) => _id));
}

async function outcomesOf(id: string, ids: readonly string[]): Promise<[string, string | null][]> {
  const rows = await harness.store.ledger.rows(id, {}, null, 100);
  return ids.flatMap((id) =>
    rows
      .filter(({ messageId }) => messageId === id)
      .map((row: LedgerDoc) => [row.outcome, row.reason] as [string, string | null]),
  );
}

/** The store, with something that happens once, when a worker is about to open the revert of this owner. */
function whenAskedFor(ownerId: string, work: () => Promise<unknown>): Store {
  const { store } = harness;
  let waits = true;
  return {
    ...store,
    actions: {
      ...store.actions,
      async byId(id) {
        const found = await store.actions.byId(id);
        if (id === ownerId && waits) {
          waits = false;
          await work();
        }
        return found;
      },
    },
  };
}

/** The store, with something that happens once, when a worker has read open rows and is about to go on with them. */
function whenRead(work: () => Promise<unknown>): Store {
  const { store } = harness;
  let waits = true;
  return {
    ...store,
    ledger: {
      ...store.ledger,
      async openRows(...asked) {
        const rows = await store.ledger.openRows(...asked);
        if (waits) {
          waits = false;
          await work();
        }
        return rows;
      },
    },
  };
}

/** Of an activity, a timer, and the workflow tasks after them. */
const EVENTS_OF_A_ROUND = 11;

const RECOVERABLE = 'recoverableitemsdeletions';

describe('a move that stands for reverts and is stopped', () => {
  test('restores nothing more: what was put back stays back, the rest stays removed, and it ends as Stopped', async () => {
    const deps = activityDeps(harness);
    const { ids, owners } = await removed(2);
    const id = await frozen('moveToInbox', ids);
    await createOwnerReverts(deps).openReverts({ actionId: id });
    const [first = '', second = ''] = await revertsOf(id, owners);
    expect(await carryOut(first)).toEqual({ done: 1, halted: false });
    await stop(id);
    expect(await carryOut(second)).toEqual({ done: 0, halted: true });
    expect(await foldersOf(harness, ids)).toEqual(['inbox', RECOVERABLE]);
    expect(await outcomesOf(second, ids)).toEqual([['failed', 'stopped']]);
    expect(await createOwnerReverts(deps).followReverts({ actionId: id })).toEqual({ done: true });
    await createFinishAction(deps)({ actionId: id });
    expect(await known(id)).toMatchObject({ status: 'Stopped', outcomes: { restored: 1, open: 1, failed: 0 } });
  });

  test('opens no further revert, and says of nobody that he is at work', async () => {
    const { ids, owners } = await removed(2);
    const id = await frozen('moveToInbox', ids);
    const store = whenAskedFor(owners[1] ?? '', () => stop(id));
    const { revertIds } = await createOwnerReverts({ ...activityDeps(harness), store }).openReverts({ actionId: id });
    expect(revertIds).toHaveLength(1);
    expect(await revertsOf(id, owners)).toHaveLength(1);
    expect(await harness.store.ledger.counts(id)).toEqual({ open: 2 });
    for (const revertId of revertIds) await carryOut(revertId);
    await createFinishAction(activityDeps(harness))({ actionId: id });
    expect(await known(id)).toMatchObject({ status: 'Stopped', outcomes: { open: 2 } });
    expect(await foldersOf(harness, ids)).toEqual([RECOVERABLE, RECOVERABLE]);
  });
});

describe('an attempt to open reverts', () => {
  test('that wakes up after a later one has ended the action opens none, and writes nothing', async () => {
    const deps = activityDeps(harness);
    const { ids, owners } = await removed(2);
    const id = await frozen('moveToInbox', ids);
    const store = whenAskedFor(owners[1] ?? '', async () => {
      await createOwnerReverts(deps).openReverts({ actionId: id });
      for (const revertId of await revertsOf(id, owners)) await carryOut(revertId);
      await createFinishAction(deps)({ actionId: id });
    });
    await createOwnerReverts({ ...deps, store }).openReverts({ actionId: id });
    expect(await revertsOf(id, owners)).toHaveLength(2);
    expect(await outcomesOf(id, ids)).toEqual(ids.map(() => ['restored', 'reverted']));
    expect(await known(id)).toMatchObject({ status: 'Completed', outcomes: { restored: 2 } });
    expect(await harness.store.events.ofJob(id)).toHaveLength(0);
  });

  test('that is repeated after its reverts have ended opens no second ones', async () => {
    const { openReverts, followReverts } = createOwnerReverts(activityDeps(harness));
    const { ids, owners } = await removed(2);
    const id = await frozen('moveToInbox', ids);
    const [first = '', second = ''] = (await openReverts({ actionId: id })).revertIds;
    await carryOut(first);
    expect(await openReverts({ actionId: id })).toEqual({ revertIds: [second] });
    await carryOut(second);
    expect(await openReverts({ actionId: id })).toEqual({ revertIds: [] });
    expect(await revertsOf(id, owners)).toHaveLength(2);
    expect(await followReverts({ actionId: id })).toEqual({ done: true });
    expect(await outcomesOf(id, ids)).toEqual(ids.map(() => ['restored', 'reverted']));
  });

  test('that another has overtaken says nothing of messages that the other has closed', async () => {
    const deps = activityDeps(harness);
    const { ids, owners } = await removed(2);
    const id = await frozen('moveToInbox', ids);
    await harness.store.actions.collection.updateMany({ _id: { $in: owners } }, { $set: { status: 'Running' } });
    const { openReverts } = createOwnerReverts(deps);
    const late = createOwnerReverts({ ...deps, store: whenRead(() => openReverts({ actionId: id })) });
    expect(await late.openReverts({ actionId: id })).toEqual({ revertIds: [] });
    expect(await outcomesOf(id, ids)).toEqual(ids.map(() => ['failed', 'ownerAtWork']));
    expect((await harness.store.events.ofJob(id)).map(({ actionResult }) => actionResult)).toEqual(['Error', 'Error']);
    await harness.store.actions.collection.updateMany({ _id: { $in: owners } }, { $set: { status: 'Completed' } });
  });
});

describe('what came of the reverts', () => {
  test('is listed with an event for each message that stays removed, and once, however often it is looked at', async () => {
    const deps = activityDeps(harness);
    const { ids, owners } = await removed(3);
    const id = await frozen('moveToInbox', ids);
    await createOwnerReverts(deps).openReverts({ actionId: id });
    const [restored = '', unplanned = '', refused = ''] = await revertsOf(id, owners);
    await carryOut(restored);
    await createRevert(deps).close({ revertId: unplanned });
    await createRevert(deps).plan({ revertId: refused });
    await createRevert(deps).close({ revertId: refused });
    const { followReverts } = createOwnerReverts(deps);
    const late = createOwnerReverts({ ...deps, store: whenRead(() => followReverts({ actionId: id })) });
    expect(await late.followReverts({ actionId: id })).toEqual({ done: true });
    expect(await outcomesOf(id, ids)).toEqual([
      ['restored', 'reverted'],
      ['failed', 'notReverted'],
      ['failed', 'timedOut'],
    ]);
    const written = await harness.store.events.ofJob(id);
    expect(written.map(({ messageId, action, actionResult }) => [messageId, action, actionResult])).toEqual(
      ids.slice(1).map((messageId) => [messageId, 'Moved to inbox', 'Error']),
    );
    await createFinishAction(deps)({ actionId: id });
    expect(await known(id)).toMatchObject({ status: 'Partially Completed', outcomes: { restored: 1, failed: 2 } });
  });

  test('is of the life in which it is looked at: what an attempt before did is nothing to a retry that was stopped', async () => {
    const deps = activityDeps(harness);
    const { ids, owners } = await removed(1);
    const id = await frozen('moveToInbox', ids);
    const { openReverts, followReverts } = createOwnerReverts(deps);
    await openReverts({ actionId: id });
    const [first = ''] = await revertsOf(id, owners);
    await createRevert(deps).plan({ revertId: first });
    await createRevert(deps).close({ revertId: first });
    await createFinishAction(deps)({ actionId: id });
    expect((await analyst('post', `/actions/${id}/retry`).send({})).status).toBe(202);
    await stop(id);
    expect(await openReverts({ actionId: id })).toEqual({ revertIds: [] });
    expect(await followReverts({ actionId: id })).toEqual({ done: true });
    await createFinishAction(deps)({ actionId: id });
    expect(await known(id)).toMatchObject({ status: 'Stopped', outcomes: { open: 1 } });
    expect(await harness.store.events.ofJob(id)).toHaveLength(0);
  });

  test('is waited for by the activity, not by the workflow, so that a day of waiting is a short history', async () => {
    const deps = activityDeps(harness);
    const { ids, owners } = await removed(1);
    const id = await frozen('moveToInbox', ids);
    await createOwnerReverts(deps).openReverts({ actionId: id });
    const [revertId = ''] = await revertsOf(id, owners);
    const brief = createOwnerReverts(deps, { forMs: 50, everyMs: 10 });
    expect(await brief.followReverts({ actionId: id })).toEqual({ done: false });
    const patient = createOwnerReverts(deps, { ...FOLLOWING, everyMs: 10 }).followReverts({ actionId: id });
    await carryOut(revertId);
    expect(await patient).toEqual({ done: true });
    expect(await outcomesOf(id, ids)).toEqual([['restored', 'reverted']]);
    const aDay = 24 * 60 * 60 * 1000;
    expect((aDay / FOLLOWING.forMs) * EVENTS_OF_A_ROUND).toBeLessThan(1_600);
  });

  test('is not waited for by a worker that shuts down', async () => {
    const { ids } = await removed(1);
    const id = await frozen('moveToInbox', ids);
    const { openReverts, followReverts } = createOwnerReverts(activityDeps(harness));
    const { revertIds } = await openReverts({ actionId: id });
    const shutdown = new AbortController();
    const following = followReverts({ actionId: id }, shutdown.signal);
    shutdown.abort();
    expect(await following).toEqual({ done: false });
    for (const revertId of revertIds) await carryOut(revertId);
  });

  test('is awaited by the reconciler too: it ends no action whose reverts go on', async () => {
    const { ids, owners } = await removed(2);
    const id = await frozen('moveToInbox', ids);
    await createOwnerReverts(activityDeps(harness)).openReverts({ actionId: id });
    const [first = '', second = ''] = await revertsOf(id, owners);
    const standing: WorkflowGateway['standing'] = async (workflowId) =>
      workflowId === actionWorkflowId(id) ? 'terminated' : 'running';
    const gateway = { ...harness.gateway, standing };
    const { reconcileOnce } = createUpkeep({ ...activityDeps(harness), gateway });
    await carryOut(first);
    expect(await reconcileOnce()).toMatchObject({ closed: 0, failed: 0 });
    expect(await known(id)).toMatchObject({ status: 'Running' });
    expect(await harness.store.ledger.counts(id)).toEqual({ open: 2 });
    await carryOut(second);
    expect(await reconcileOnce()).toMatchObject({ closed: 1, failed: 0 });
    expect(await known(id)).toMatchObject({ status: 'Completed', outcomes: { restored: 2, failed: 0 } });
  });
});
