import { fillCounts, REMOVAL_OUTCOMES, REVERT_OUTCOMES, sum } from '../../domain/ledger';
import { newId } from '../../store/collection';
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
import { stateOf } from '../support/mail';

const RECOVERABLE = 'recoverableitemsdeletions';

let harness: Harness;

beforeAll(async () => {
  harness = await createHarness();
  await harness.startWorker();
});

afterAll(async () => {
  await harness.close();
});

beforeEach(async () => {
  await setSettings(harness, { ...BOTH_ON, maxAutomaticMessages: 10_000, excludedMailboxes: [] });
});

const PLACES = [
  ['a@corp.example', 'inbox'],
  ['b@corp.example', 'junkemail'],
  ['c@corp.example', 'Projects/2026'],
  ['d@corp.example', 'sentitems'],
  ['e@corp.example', 'drafts'],
  ['f@corp.example', 'archive'],
  ['g@corp.example', 'deleteditems'],
] as const;

describe('the main job', () => {
  test('removes exactly the messages in Inbox, Junk and personal folders, and puts each back as it was', async () => {
    const { file, ids } = await deliverCampaign(harness, PLACES);
    const before = await Promise.all(ids.map((id) => stateOf(harness, id)));
    const { id } = await raise(harness, [file]);
    const { investigation, actions } = await ended(harness, id);

    expect(investigation).toMatchObject({ status: 'Remediated', open: false });
    expect(await foldersOf(harness, ids)).toEqual([
      RECOVERABLE,
      RECOVERABLE,
      RECOVERABLE,
      'sentitems',
      'drafts',
      'archive',
      'deleteditems',
    ]);
    const [action] = actions;
    expect(action).toMatchObject({
      status: 'Completed',
      decidedBy: 'Automation',
      actionSource: 'Automated email action',
      messageCount: 3,
      outcomes: { ...fillCounts(REMOVAL_OUTCOMES, {}), removed: 3 },
      undoBasis: 'configured',
    });
    const [cluster] = await harness.store.clusters.of(id);
    expect(cluster).toMatchObject({ messageCount: 7, protectedCount: 4, locationCounts: { 'Inbox/folder': 5 } });

    const revert = await finished(harness, await startRevert(harness, action?._id ?? ''));
    expect(revert).toMatchObject({
      status: 'Completed',
      outcomes: { ...fillCounts(REVERT_OUTCOMES, {}), restored: 3 },
    });
    expect(await Promise.all(ids.map((message) => stateOf(harness, message)))).toEqual(before);
  });

  test('leaves one event for each message and side, in the words of hunting', async () => {
    const { url, ids } = await deliverCampaign(harness, [['a@corp.example', 'inbox']]);
    const { id } = await raise(harness, [url]);
    const { actions } = await ended(harness, id);
    await finished(harness, await startRevert(harness, actions[0]?._id ?? '', 'junk'));
    expect(await harness.store.events.of(ids[0] ?? '')).toMatchObject([
      {
        action: 'Soft delete',
        actionType: 'Automated Remediation',
        actionTrigger: 'Automation',
        actionResult: 'Success',
        additionalAction: 'Automated remediation:automated',
      },
      { action: 'Moved to junk folder', actionType: 'Manual Remediation', actionTrigger: 'AdminAction' },
    ]);
    expect(await foldersOf(harness, ids)).toEqual(['junkemail']);
  });

  test('removes nothing when the box is off: the action waits, is listed and frozen', async () => {
    await setSettings(harness, { messageClusters: { similarFiles: false } });
    const { file, ids } = await deliverCampaign(harness, PLACES);
    const { id } = await raise(harness, [file]);
    await until(async () => (await investigationOf(harness, id)).status === 'Pending Action');
    const [action] = await harness.store.actions.of(id);
    expect(action).toMatchObject({ status: 'Pending', decidedBy: null, reasons: [{ code: 'clusterTypeOff' }] });
    expect(await harness.store.ledger.counts(action?._id ?? '')).toEqual({ open: 3 });
    expect(await foldersOf(harness, ids)).toEqual(PLACES.map(([, folder]) => folder));
  });

  test('a suspicious verdict acts on nothing and ends Partially Investigated', async () => {
    const { file, ids } = await deliverCampaign(harness, [['a@corp.example', 'inbox']]);
    const { id } = await raise(harness, [file], { verdict: 'suspicious' });
    expect((await ended(harness, id)).investigation.status).toBe('Partially Investigated');
    expect(await foldersOf(harness, ids)).toEqual(['inbox']);
  });

  test('an entity that no message carries is No Threats Found', async () => {
    const { id } = await raise(harness, [{ type: 'file', sha256: 'f'.repeat(64), threat: 'Malware' }]);
    expect((await ended(harness, id)).investigation.status).toBe('No Threats Found');
  });

  test('what a person started waits for a person', async () => {
    const { file } = await deliverCampaign(harness, [['a@corp.example', 'inbox']]);
    const { id } = await raise(harness, [file], { startedByPerson: true });
    await until(async () => (await investigationOf(harness, id)).status === 'Pending Action');
    expect(await harness.store.actions.of(id)).toMatchObject([{ reasons: [{ code: 'startedByPerson' }] }]);
  });

  test('an excluded mailbox never enters a ledger, is counted, and stops nothing', async () => {
    await setSettings(harness, { excludedMailboxes: ['soc@corp.example'] });
    const { file, ids } = await deliverCampaign(harness, [
      ['soc@corp.example', 'inbox'],
      ['a@corp.example', 'inbox'],
    ]);
    const { id } = await raise(harness, [file]);
    await ended(harness, id);
    expect(await foldersOf(harness, ids)).toEqual(['inbox', RECOVERABLE]);
    expect(await harness.store.clusters.of(id)).toMatchObject([{ messageCount: 1, excludedCount: 1 }]);
  });
});

describe('ownership (law 6)', () => {
  test('two entities on the same messages: one removal owns each, the other lists its owner, sums are right', async () => {
    const { file, url, ids } = await deliverCampaign(harness, [
      ['a@corp.example', 'inbox'],
      ['b@corp.example', 'inbox'],
    ]);
    const { id } = await raise(harness, [file, url]);
    const { actions, investigation } = await ended(harness, id);
    expect(investigation.status).toBe('Remediated');
    expect(actions).toHaveLength(2);
    const counts = await Promise.all(actions.map(({ _id }) => harness.store.ledger.counts(_id)));
    expect(counts.map(sum)).toEqual([2, 2]);
    expect(counts.map(({ removed = 0 }) => removed).reduce((total, removed) => total + removed, 0)).toBe(2);
    for (const action of actions) {
      const rows = await harness.store.ledger.rows(action._id, { outcome: 'alreadyGone' }, null, 10);
      for (const row of rows) expect(actions.map(({ _id }) => _id)).toContain(row.ownerActionId);
    }
    for (const { _id } of actions) await finished(harness, await startRevert(harness, _id));
    expect(await foldersOf(harness, ids)).toEqual(['inbox', 'inbox']);
  });

  test('a reverted message is not taken again by automation: it waits as an action of its own', async () => {
    const { file, ids } = await deliverCampaign(harness, [['a@corp.example', 'inbox']]);
    const first = await raise(harness, [file]);
    const { actions } = await ended(harness, first.id);
    await finished(harness, await startRevert(harness, actions[0]?._id ?? ''));
    const second = await raise(harness, [file]);
    await until(async () => (await investigationOf(harness, second.id)).status === 'Pending Action');
    expect(await harness.store.actions.of(second.id)).toMatchObject([
      { status: 'Pending', reasons: [{ code: 'reverted' }] },
    ]);
    expect(await foldersOf(harness, ids)).toEqual(['inbox']);
  });

  test('a message that its user moved meanwhile stays, and the revert of the rest says so', async () => {
    const { file, ids } = await deliverCampaign(harness, [
      ['a@corp.example', 'inbox'],
      ['b@corp.example', 'inbox'],
    ]);
    const { id } = await raise(harness, [file]);
    const { actions } = await ended(harness, id);
    await harness.admin.userMove(ids[0] ?? '', 'inbox');
    const revert = await finished(harness, await startRevert(harness, actions[0]?._id ?? ''));
    expect(revert.outcomes).toMatchObject({ restored: 1, alreadyThere: 1 });
  });

  test('what retention has taken is expired', async () => {
    const { file, ids } = await deliverCampaign(harness, [['short@corp.example', 'inbox']]);
    const { id } = await raise(harness, [file]);
    const { actions } = await ended(harness, id);
    await harness.admin.sweep(new Date(Date.now() + 15 * 24 * 60 * 60 * 1000));
    const revert = await finished(harness, await startRevert(harness, actions[0]?._id ?? ''));
    expect(revert).toMatchObject({ status: 'Failed', outcomes: { expired: 1 } });
    expect((await harness.store.messages.byId(ids[0] ?? ''))?.purgedAt).not.toBeNull();
  });

  test('a hold stops purging, never a soft delete', async () => {
    const { file, ids } = await deliverCampaign(harness, [['held@corp.example', 'inbox']]);
    await harness.admin.setMailbox('held@corp.example', { hold: { reason: 'case', reference: '42' } });
    const { id } = await raise(harness, [file]);
    const { actions } = await ended(harness, id);
    await harness.admin.sweep(new Date(Date.now() + 15 * 24 * 60 * 60 * 1000));
    const revert = await finished(harness, await startRevert(harness, actions[0]?._id ?? ''));
    expect(revert).toMatchObject({ status: 'Completed', outcomes: { restored: 1 } });
    expect(await foldersOf(harness, ids)).toEqual(['inbox']);
  });
});

describe('joining', () => {
  test('an alert for an open investigation adds a further cluster of what came since', async () => {
    await setSettings(harness, { messageClusters: { similarFiles: false } });
    const { file } = await deliverCampaign(harness, [['a@corp.example', 'inbox']]);
    const first = await raise(harness, [file]);
    await until(async () => (await investigationOf(harness, first.id)).status === 'Pending Action');
    const copy = await harness.store.messages.collection.findOne({
      keys: `file:${file.type === 'file' ? file.sha256 : ''}`,
    });
    if (copy === null) throw new Error('The campaign is not there');
    await harness.store.messages.collection.insertOne({ ...copy, _id: newId(), mailbox: 'late@corp.example' });
    const second = await raise(harness, [file]);
    expect(second).toEqual({ id: first.id, joined: true });
    await until(async () => (await harness.store.actions.of(first.id)).length === 2);
    expect((await harness.store.actions.of(first.id)).map(({ messageCount }) => messageCount)).toEqual([1, 1]);
  });
});

describe('upkeep', () => {
  test('an investigation that Temporal never heard of is started by the reconciler', async () => {
    const { file, ids } = await deliverCampaign(harness, [['a@corp.example', 'inbox']]);
    const silent = { ...harness, gateway: { ...harness.gateway, startInvestigation: async () => ({ runId: '' }) } };
    const { id } = await raise(silent, [file]);
    await harness.client.workflow.execute('reconcile', {
      workflowId: `reconcile-${id}`,
      taskQueue: 'clawback',
      args: [],
    });
    expect((await ended(harness, id)).investigation.status).toBe('Remediated');
    expect(await foldersOf(harness, ids)).toEqual([RECOVERABLE]);
  });

  test('a workflow that an operator terminated leaves no lock and no waiting action', async () => {
    await setSettings(harness, { messageClusters: { similarFiles: false } });
    const { file } = await deliverCampaign(harness, [['a@corp.example', 'inbox']]);
    const { id } = await raise(harness, [file]);
    await until(async () => (await investigationOf(harness, id)).status === 'Pending Action');
    await harness.client.workflow.getHandle(`investigation/${id}`).terminate();
    await harness.client.workflow.execute('reconcile', {
      workflowId: `reconcile-${id}`,
      taskQueue: 'clawback',
      args: [],
    });
    expect(await investigationOf(harness, id)).toMatchObject({ status: 'Terminated By User', open: false });
    expect(await harness.store.actions.of(id)).toMatchObject([{ status: 'Cancelled' }]);
    expect(await harness.store.openEntities.collection.countDocuments({ investigationId: id })).toBe(0);
  });
});
