import { type Express } from 'express';
import { createApplyChunk } from '../../activities/apply-chunk';
import { createDecide } from '../../activities/decide';
import { createFreezeSelection } from '../../activities/freeze-selection';
import { createOwnerReverts } from '../../activities/owner-reverts';
import { createFinishAction } from '../../activities/retried';
import { createTendWaiting } from '../../activities/tend-waiting';
import { createUpkeep } from '../../activities/upkeep';
import { type ActionView } from '../../api/views';
import { type WorkflowGateway } from '../../domain/gateway';
import { actionWorkflowId } from '../../domain/ids';
import { type ActionDoc } from '../../store/actions';
import { type Store } from '../../store/store';
import { workAgain } from '../../store/work-again';
import { appOf } from '../support/app';
import { type Campaign, deliverCampaign, deliverCopies, foldersOf, setSettings } from '../support/cases';
import { activityDeps, createHarness, type Harness } from '../support/harness';
import { type Caller, caller } from '../support/rest';

/** No worker runs here: each step is taken by hand, as Temporal may take it. */
let harness: Harness;
let app: Express;
let analyst: Caller;
let other: Caller;

/** Temporal that takes everything, answers no decision, and says of every workflow that it never began. */
const idle: Pick<WorkflowGateway, 'startAction' | 'standing' | 'decide'> = {
  startAction: async () => ({ runId: 'none' }),
  standing: async () => 'running',
  decide: async () => 'noAnswer',
};

beforeAll(async () => {
  harness = await createHarness();
  app = appOf({ ...harness, gateway: { ...harness.gateway, ...idle } });
  analyst = await caller(app, harness.store, 'analyst', ['reader', 'approver']);
  other = await caller(app, harness.store, 'other', ['reader', 'approver', 'admin']);
});

afterAll(async () => {
  await harness.close();
});

afterEach(async () => {
  // What a test leaves at work is nobody's.
  const open = { status: { $in: ['Freezing', 'Pending', 'Running'] } } as const;
  await harness.store.actions.collection.updateMany(open, { $set: { status: 'Failed' } });
});

async function order(body: object): Promise<string> {
  const reply = await analyst('post', '/remediations').send({ name: 'Case', action: 'softDelete', ...body });
  expect([reply.status, reply.body]).toEqual([202, expect.anything()]);
  return (reply.body as ActionView).id;
}

async function known(id: string): Promise<ActionDoc> {
  const found = await harness.store.actions.byId(id);
  if (found === null) throw new Error(`There is no action ${id}`);
  return found;
}

const linkOf = ({ url }: Campaign): string => (url.type === 'url' ? url.url : '');
const two = (): Promise<Campaign> =>
  deliverCampaign(harness, [
    ['a@corp.example', 'inbox'],
    ['b@corp.example', 'inbox'],
  ]);

/** The store, with a freezing that comes to its gate after the first page. */
function gated(store: Store, gate: () => Promise<void>): Store {
  return {
    ...store,
    selections: {
      ...store.selections,
      async *inLedgerOrder(query, after) {
        let first = true;
        for await (const page of store.selections.inLedgerOrder(query, after, 500)) {
          if (!first) await gate();
          first = false;
          yield page;
        }
      },
    },
  };
}

test('a freezing that broke off goes on where it was, and an attempt that wakes up late can write nothing', async () => {
  const campaign = await deliverCopies(harness, 'frozen', 1_200);
  const filter = { url: linkOf(campaign) };
  const dry = await analyst('post', '/remediations').send({ name: 'x', action: 'softDelete', filter, dryRun: true });
  const id = await order({ filter, selectionHash: (dry.body as { selectionHash: string }).selectionHash });
  const deps = activityDeps(harness);
  const broken = gated(harness.store, () => Promise.reject(new Error('The worker died')));
  const freezing = (store: Store) => createFreezeSelection({ ...deps, store }).freezeSelection({ actionId: id });
  await expect(freezing(broken)).rejects.toThrow('The worker died');
  expect(await harness.store.ledger.counts(id)).toEqual({ open: 500 });
  const { job } = await freezing(harness.store).then(async (result) => {
    expect(result.state).toBe('ready');
    return known(id);
  });
  const wakeUp = gated(harness.store, async () => undefined);
  // Frozen already: a late attempt only says how it stands.
  expect(await freezing(wakeUp)).toMatchObject({ state: 'ready', job });
  expect(await harness.store.ledger.counts(id)).toEqual({ open: 1_200 });
  const rows = await harness.store.ledger.rows(id, {}, null, 2_000);
  expect(new Set(rows.map(({ messageId }) => messageId)).size).toBe(1_200);
  for (const { first, count } of job.lanes) {
    const inLane = rows.filter(({ chunk }) => chunk >= first && chunk < first + count).map(({ mailbox }) => mailbox);
    const outside = rows.filter(({ chunk }) => chunk < first || chunk >= first + count).map(({ mailbox }) => mailbox);
    expect(outside.some((mailbox) => inLane.includes(mailbox))).toBe(false);
  }
});

test('an attempt that another has overtaken may not write its next page', async () => {
  const campaign = await deliverCopies(harness, 'overtaken', 1_200);
  const filter = { url: linkOf(campaign) };
  const dry = await analyst('post', '/remediations').send({ name: 'x', action: 'softDelete', filter, dryRun: true });
  const id = await order({ filter, selectionHash: (dry.body as { selectionHash: string }).selectionHash });
  const deps = activityDeps(harness);
  const overtake = async (): Promise<void> => {
    await createFreezeSelection(deps).freezeSelection({ actionId: id });
  };
  const late = createFreezeSelection({ ...deps, store: gated(harness.store, overtake) });
  await expect(late.freezeSelection({ actionId: id })).rejects.toThrow('A later attempt owns these rows');
  expect((await known(id)).status).toBe('Running');
  expect(await harness.store.ledger.counts(id)).toEqual({ open: 1_200 });
});

test('a selection that changed before it was frozen ends the action, and nothing is touched', async () => {
  const campaign = await two();
  const id = await order({ filter: { url: linkOf(campaign), latestDeliveryLocation: 'Inbox/folder' } });
  await harness.admin.userDelete(campaign.ids[0] ?? '');
  expect(await createFreezeSelection(activityDeps(harness)).freezeSelection({ actionId: id })).toMatchObject({
    state: 'over',
  });
  expect(await known(id)).toMatchObject({ status: 'Failed', messageCount: 0, problem: { code: 'selectionChanged' } });
  expect(await harness.store.ledger.counts(id)).toEqual({});
  expect(await foldersOf(harness, campaign.ids)).toEqual(['deleteditems', 'inbox']);
});

test('an action that is stopped while it is frozen touches nothing', async () => {
  const { ids } = await two();
  const id = await order({ messageIds: ids });
  expect((await analyst('get', '/actions?status=Freezing')).body).toMatchObject({ items: [{ id }] });
  expect((await analyst('post', `/actions/${id}/stop`).send({ comment: 'Wrong one' })).status).toBe(202);
  await createFreezeSelection(activityDeps(harness)).freezeSelection({ actionId: id });
  expect((await analyst('get', `/actions/${id}`)).body).toMatchObject({
    ...{ status: 'Stopped', stopped: { by: 'analyst', comment: 'Wrong one' } },
  });
  expect(await foldersOf(harness, ids)).toEqual(['inbox', 'inbox']);
});

test.each(['its freezing', 'its end', 'the reconciler'] as const)(
  'where a worker dies before it has removed the rows of an action that was not frozen, %s removes them',
  async (step) => {
    const deps = activityDeps(harness);
    const { ids } = await two();
    const id = await order({ messageIds: ids });
    const freezing = (store: Store) => createFreezeSelection({ ...deps, store }).freezeSelection({ actionId: id });
    const { store } = harness;
    const stopped = async function* (): AsyncGenerator<never[]> {
      expect((await analyst('post', `/actions/${id}/stop`).send({})).status).toBe(202);
      yield [];
    };
    // Its rows are written, it is stopped, it has ended: and they are there still.
    const inLedgerOrder: Store['selections']['inLedgerOrder'] = async function* (...asked) {
      yield* store.selections.inLedgerOrder(...asked);
      yield* stopped();
    };
    const removeAll = () => Promise.reject(new Error('The worker died'));
    const dying: Store = {
      ...store,
      selections: { ...store.selections, inLedgerOrder },
      ledger: { ...store.ledger, removeAll },
    };
    await expect(freezing(dying)).rejects.toThrow('The worker died');
    expect(await known(id)).toMatchObject({ status: 'Stopped', messageCount: 0 });
    expect(await store.ledger.counts(id)).toEqual({ open: 2 });
    if (step === 'its freezing') expect(await freezing(store)).toMatchObject({ state: 'over', owners: 0 });
    else if (step === 'its end') await createFinishAction(deps)({ actionId: id });
    else await createUpkeep({ ...deps, gateway: { ...harness.gateway, ...idle } }).reconcileOnce();
    expect(await store.ledger.counts(id)).toEqual({});
    expect(await foldersOf(harness, ids)).toEqual(['inbox', 'inbox']);
  },
);

test('what nobody decides expires in its time', async () => {
  await setSettings(harness, { secondPerson: 'always' });
  const { ids } = await two();
  const id = await order({ messageIds: ids });
  const deps = activityDeps(harness);
  expect(await createFreezeSelection(deps).freezeSelection({ actionId: id })).toMatchObject({ state: 'waiting' });
  const { expiresAt } = await known(id);
  const tend = (at: number) => createTendWaiting({ ...deps, clock: () => new Date(at) })({ actionId: id });
  expect(await tend((expiresAt?.getTime() ?? 0) - 1)).toEqual({ waits: true, dueAt: expiresAt?.toISOString() });
  expect(await tend(expiresAt?.getTime() ?? 0)).toEqual({ waits: false, dueAt: null });
  expect(await known(id)).toMatchObject({ status: 'Expired', decidedBy: 'System', outcomes: { open: 2 } });
  await setSettings(harness, { secondPerson: 'never' });
});

test('as many as the settings say are at work at once', async () => {
  await setSettings(harness, { remediation: { atOnce: 1 } });
  const first = await order({ messageIds: (await two()).ids });
  const { ids } = await two();
  const refused = await analyst('post', '/remediations').send({ name: 'x', action: 'softDelete', messageIds: ids });
  expect([refused.status, refused.headers['retry-after']]).toEqual([429, '60']);
  await analyst('post', `/actions/${first}/stop`).send({});
  await createFreezeSelection(activityDeps(harness)).freezeSelection({ actionId: first });
  await order({ messageIds: ids });
  await setSettings(harness, { remediation: { atOnce: 50 } });
});

describe('where as many are at work as may be', () => {
  /** An order that is frozen, and waits where a second person is needed. */
  async function frozen(body: object): Promise<string> {
    const id = await order(body);
    await createFreezeSelection(activityDeps(harness)).freezeSelection({ actionId: id });
    return id;
  }
  afterEach(async () => {
    await setSettings(harness, { secondPerson: 'never', remediation: { atOnce: 50, messagesInFlight: 1_000_000 } });
  });

  test('none that waits is approved, by itself or with others; what is approved counts before it is at work', async () => {
    await setSettings(harness, { secondPerson: 'always' });
    const waiting = [await frozen({ messageIds: (await two()).ids }), await frozen({ messageIds: (await two()).ids })];
    const [first = '', second = ''] = waiting;
    await setSettings(harness, { remediation: { atOnce: 1 } });
    const busy = await order({ messageIds: (await two()).ids });
    const refused = await other('post', `/actions/${first}/approve`).send({});
    expect([refused.status, refused.headers['retry-after'], (refused.body as { detail: string }).detail]).toEqual([
      429,
      '60',
      expect.stringMatching(/1 Take actions are at work.*stop one/),
    ]);
    const bulk = await other('post', '/actions/decide').send({ ids: waiting, decision: 'approve' });
    expect(bulk.body).toMatchObject({
      results: waiting.map((id) => ({ id, status: 'Pending', problem: { type: '/problems/too-many-requests' } })),
    });
    expect(await harness.store.decisions.collection.countDocuments({ actionId: { $in: waiting } })).toBe(0);

    await analyst('post', `/actions/${busy}/stop`).send({});
    await createFreezeSelection(activityDeps(harness)).freezeSelection({ actionId: busy });
    expect((await other('post', `/actions/${first}/approve`).send({})).status).toBe(202);
    expect((await other('post', `/actions/${first}/approve`).send({})).status).toBe(202);
    expect((await other('post', `/actions/${second}/approve`).send({})).status).toBe(429);
    expect((await other('post', `/actions/${second}/reject`).send({})).status).toBe(202);
  });

  test('none is worked again', async () => {
    const { ids } = await two();
    const id = await frozen({ messageIds: ids });
    await createFinishAction(activityDeps(harness))({ actionId: id });
    await setSettings(harness, { remediation: { messagesInFlight: 3 } });
    const busy = await order({ messageIds: (await two()).ids });
    const refused = await analyst('post', `/actions/${id}/retry`).send({});
    expect([refused.status, refused.headers['retry-after'], (refused.body as { detail: string }).detail]).toEqual([
      429,
      '60',
      expect.stringContaining('with 2 more they would be over 3'),
    ]);
    expect(await known(id)).toMatchObject({ status: 'Failed', retries: 0, outcomes: { failed: 2 } });
    expect(await harness.store.ledger.counts(id)).toEqual({ failed: 2 });
    await analyst('post', `/actions/${busy}/stop`).send({});
    await createFreezeSelection(activityDeps(harness)).freezeSelection({ actionId: busy });
    expect((await analyst('post', `/actions/${id}/retry`).send({})).status).toBe(202);
  });
});

test('a hard delete is neither approved nor worked again once it is switched off, and may still be rejected', async () => {
  const third = await caller(app, harness.store, 'third', ['reader', 'approver', 'admin']);
  const deps = activityDeps(harness);
  const switched = (hardDelete: boolean) => setSettings(harness, { remediation: { hardDelete } });
  const refused = async (path: string): Promise<void> => {
    const reply = await third('post', path).send({});
    expect([path, reply.status, (reply.body as { detail: string }).detail]).toEqual([
      path,
      409,
      expect.stringContaining('remediation.hardDelete'),
    ]);
  };
  await switched(true);
  const { ids } = await two();
  const reply = await other('post', '/remediations').send({ name: 'Case', action: 'hardDelete', messageIds: ids });
  const { id } = reply.body as ActionView;
  expect(await createFreezeSelection(deps).freezeSelection({ actionId: id })).toMatchObject({ state: 'waiting' });
  await switched(false);
  await refused(`/actions/${id}/approve`);
  expect(await harness.store.decisions.collection.countDocuments({ actionId: id })).toBe(0);

  await switched(true);
  expect((await third('post', `/actions/${id}/approve`).send({})).status).toBe(202);
  await switched(false);
  const asked = await harness.store.decisions.collection.findOne({ actionId: id });
  const decision = { decisionId: asked?._id ?? '', actionId: id, decision: 'approve', investigationId: null } as const;
  expect(await createDecide(deps)({ ...decision, via: 'update' })).toEqual({ outcome: 'refused' });
  expect(await known(id)).toMatchObject({ status: 'Pending' });
  expect((await third('post', `/actions/${id}/reject`).send({})).status).toBe(202);

  await harness.store.actions.collection.updateOne({ _id: id }, { $set: { status: 'Running' } });
  await createFinishAction(deps)({ actionId: id });
  expect(await known(id)).toMatchObject({ status: 'Failed', outcomes: { failed: 2 } });
  await refused(`/actions/${id}/retry`);
  expect(await known(id)).toMatchObject({ status: 'Failed', retries: 0 });
  await switched(true);
  expect((await third('post', `/actions/${id}/retry`).send({})).status).toBe(202);
  await switched(false);
});

test('messages of mailboxes that no provider has are refused where they were picked, and left out of a filter', async () => {
  const campaign = await deliverCampaign(harness, [
    ['a@corp.example', 'inbox'],
    ['lost@corp.example', 'inbox'],
  ]);
  await harness.store.mailboxes.collection.deleteOne({ _id: 'lost@corp.example' });
  const picked = await analyst('post', '/remediations').send({
    ...{ name: 'x', action: 'softDelete', messageIds: campaign.ids },
  });
  expect([picked.status, (picked.body as { detail: string }).detail]).toEqual([
    409,
    expect.stringContaining('lost@corp.example'),
  ]);
  const found = await analyst('post', '/remediations').send({
    ...{ name: 'x', action: 'softDelete', filter: { url: linkOf(campaign) }, dryRun: true },
  });
  expect(found.body).toMatchObject({ messageCount: 1, leftOut: { messages: 1, mailboxes: 1 } });
});

test('what an attempt had moved when it died is counted once, by its retry or where its action ends', async () => {
  const deps = activityDeps(harness);
  for (const end of ['retry', 'end'] as const) {
    const { ids } = await two();
    const id = await order({ action: 'moveToJunk', messageIds: ids });
    await createFreezeSelection(deps).freezeSelection({ actionId: id });
    const rows = await harness.store.ledger.rows(id, {}, null, 10);
    const refs = rows.map(({ messageId, mailbox, from, revision }) => ({ messageId, mailbox, folder: from, revision }));
    await harness.provider.move(refs, 'junkemail', { jobId: id, at: new Date() });
    if (end === 'retry') await createApplyChunk(deps)({ kind: 'action', jobId: id, chunk: 0 });
    await createFinishAction(deps)({ actionId: id });
    expect(await known(id)).toMatchObject({ status: 'Completed', outcomes: { moved: 2, failed: 0 } });
    const events = await harness.store.events.ofJob(id);
    expect(events.map(({ action, actionResult }) => [action, actionResult])).toEqual([
      ['Moved to junk folder', 'Success'],
      ['Moved to junk folder', 'Success'],
    ]);
  }
});

test('what Temporal never began is started, what it lost is ended', async () => {
  const { ids } = await two();
  const id = await order({ messageIds: ids });
  const started: unknown[] = [];
  const gateway = (standing: 'missing' | 'terminated'): WorkflowGateway => ({
    ...harness.gateway,
    startAction: async (...given) => {
      started.push(given);
      return { runId: 'none' };
    },
    standing: async () => standing,
  });
  const round = (standing: 'missing' | 'terminated') =>
    createUpkeep({ ...activityDeps(harness), gateway: gateway(standing) }).reconcileOnce();
  await round('missing');
  expect(started).toEqual([[id, actionWorkflowId(id), true]]);
  await round('terminated');
  expect(await known(id)).toMatchObject({ status: 'Failed', problem: { code: 'workflowEnded' } });
  expect(await foldersOf(harness, ids)).toEqual(['inbox', 'inbox']);
});

test('what another action holds stays with it while that is at work; asked again later, it is put back', async () => {
  const { ids } = await two();
  const deps = activityDeps(harness);
  const freezing = createFreezeSelection(deps);
  const { openReverts } = createOwnerReverts(deps);
  const owner = await order({ messageIds: ids });
  await freezing.freezeSelection({ actionId: owner });
  const refs = await harness.store.ledger.rows(owner, {}, null, 10);
  await harness.provider.softDelete(
    refs.map(({ messageId, mailbox, from, revision }) => ({ messageId, mailbox, folder: from, revision })),
    { jobId: owner, at: new Date() },
  );
  const id = await order({ action: 'moveToInbox', messageIds: ids });
  expect(await freezing.freezeSelection({ actionId: id })).toMatchObject({ state: 'ready', owners: 1 });
  expect(await openReverts({ actionId: id })).toEqual({ revertIds: [] });
  const failed = await harness.store.ledger.rows(id, {}, null, 10);
  expect(failed.map(({ outcome, reason, ownerActionId }) => [outcome, reason, ownerActionId])).toEqual([
    ['failed', 'ownerAtWork', owner],
    ['failed', 'ownerAtWork', owner],
  ]);
  expect((await harness.store.events.ofJob(id)).map(({ actionResult }) => actionResult)).toEqual(['Error', 'Error']);

  await harness.store.actions.collection.updateOne({ _id: owner }, { $set: { status: 'Completed' } });
  await harness.store.actions.collection.updateOne({ _id: id }, { $set: { status: 'Failed' } });
  await workAgain(harness.store, await known(id), () => Promise.resolve());
  const { revertIds } = await openReverts({ actionId: id });
  expect(await harness.store.reverts.byId(revertIds[0] ?? '')).toMatchObject({ actionId: owner, forAction: id });
  // A second look finds the one that is open.
  expect(await openReverts({ actionId: id })).toEqual({ revertIds });
  expect(await harness.store.events.ofJob(id)).toHaveLength(0);
});
