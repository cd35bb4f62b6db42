import { type ActivityDeps } from '../../activities/deps';
import { createApplyChunk } from '../../activities/apply-chunk';
import { createClose } from '../../activities/close';
import { type Entity } from '../../domain/entity';
import { createPrepare } from '../../activities/prepare';
import { createRevert } from '../../activities/revert';
import { type MailboxProvider } from '../../mail/provider';
import { newId } from '../../store/collection';
import { openOrJoin } from '../../store/intake';
import { BOTH_ON, deliverCampaign, foldersOf, setSettings } from '../support/cases';
import { activityDeps, createHarness, type Harness } from '../support/harness';

const RECOVERABLE = 'recoverableitemsdeletions';
const PLACES = [
  ['a@corp.example', 'inbox'],
  ['b@corp.example', 'junkemail'],
] as const;

let harness: Harness;

beforeAll(async () => {
  harness = await createHarness();
  await setSettings(harness, BOTH_ON);
});

afterAll(async () => {
  await harness.close();
});

function depsWith(provider: MailboxProvider): ActivityDeps {
  return activityDeps(harness, provider);
}

/** A door that stays shut until it is opened, and says when somebody stands before it. */
function door(): { readonly reached: Promise<void>; open(): void; pass(): Promise<void> } {
  let reach: () => void = () => undefined;
  let open: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const opened = new Promise<void>((resolve) => (open = resolve));
  return {
    reached,
    open: () => open(),
    pass: () => {
      reach();
      return opened;
    },
  };
}

/** An action that is frozen and running, and its messages. */
async function runningAction(): Promise<{ readonly actionId: string; readonly ids: readonly string[] }> {
  const { file, ids } = await deliverCampaign(harness, PLACES);
  const { investigationId } = await openOrJoin(harness.store, {
    entities: [file],
    verdict: 'malicious',
    alert: null,
    startedBy: 'test',
    startedByPerson: false,
    at: new Date(),
  });
  const plan = await createPrepare(depsWith(harness.provider))({ investigationId });
  return { actionId: plan.automatic[0]?.id ?? '', ids };
}

async function restoreAll(actionId: string): Promise<void> {
  const { store } = harness;
  const revertId = newId();
  await store.reverts.create({
    _id: revertId,
    actionId,
    destination: 'original',
    messageIds: null,
    status: 'Running',
    open: true,
    requestedBy: 'test',
    comment: null,
    job: null,
    outcomes: null,
    startedAt: new Date(),
    endedAt: null,
  });
  const deps = depsWith(harness.provider);
  await createRevert(deps).plan({ revertId });
  await createApplyChunk(deps)({ kind: 'revert', jobId: revertId, chunk: 0 });
  await createRevert(deps).close({ revertId });
}

describe('exactly once, fenced (law 5)', () => {
  test('a worker frozen before its move moves and records nothing when it wakes up after the restore', async () => {
    const { actionId, ids } = await runningAction();
    const gate = door();
    const frozen = createApplyChunk(
      depsWith({
        ...harness.provider,
        async softDelete(refs, stamp) {
          await gate.pass();
          return harness.provider.softDelete(refs, stamp);
        },
      }),
    )({ kind: 'action', jobId: actionId, chunk: 0 });
    const woken = expect(frozen).rejects.toThrow('A later attempt owns these rows');
    await gate.reached;

    const second = createApplyChunk(depsWith(harness.provider));
    expect(await second({ kind: 'action', jobId: actionId, chunk: 0 })).toEqual({ done: 2, halted: false });
    expect(await foldersOf(harness, ids)).toEqual([RECOVERABLE, RECOVERABLE]);
    await restoreAll(actionId);

    gate.open();
    await woken;
    expect(await foldersOf(harness, ids)).toEqual(['inbox', 'junkemail']);
    expect(await harness.store.ledger.counts(actionId)).toEqual({ removed: 2 });
    expect(await harness.store.events.ofJob(actionId)).toHaveLength(2);
  });

  test('a retry after a crash between the move and its record finds its own stamp: removed, not alreadyGone', async () => {
    const { actionId, ids } = await runningAction();
    const crash = createApplyChunk(
      depsWith({
        ...harness.provider,
        async softDelete(refs, stamp) {
          await harness.provider.softDelete(refs, stamp);
          throw new Error('the worker is killed');
        },
      }),
    );
    await expect(crash({ kind: 'action', jobId: actionId, chunk: 0 })).rejects.toThrow('killed');
    expect(await harness.store.ledger.counts(actionId)).toEqual({ open: 2 });
    await createApplyChunk(depsWith(harness.provider))({ kind: 'action', jobId: actionId, chunk: 0 });
    expect(await harness.store.ledger.counts(actionId)).toEqual({ removed: 2 });
    expect(await foldersOf(harness, ids)).toEqual([RECOVERABLE, RECOVERABLE]);
  });

  test('an attempt that is repeated after its outcomes are written does nothing', async () => {
    const { actionId } = await runningAction();
    const apply = createApplyChunk(depsWith(harness.provider));
    await apply({ kind: 'action', jobId: actionId, chunk: 0 });
    expect(await apply({ kind: 'action', jobId: actionId, chunk: 0 })).toEqual({ done: 0, halted: false });
    expect(await harness.store.events.ofJob(actionId)).toHaveLength(2);
  });

  test('a provider that claims a move which the mailbox does not show gives unverified, never removed', async () => {
    const { actionId, ids } = await runningAction();
    const lying = createApplyChunk(
      depsWith({
        ...harness.provider,
        softDelete: async (refs) => refs.map(({ messageId }) => ({ messageId, moved: true })),
      }),
    );
    await lying({ kind: 'action', jobId: actionId, chunk: 0 });
    expect(await harness.store.ledger.counts(actionId)).toEqual({ unverified: 2 });
    expect(await foldersOf(harness, ids)).toEqual(['inbox', 'junkemail']);
  });

  test('a box that is switched off just before the first move makes the action pending, and nothing moves', async () => {
    const { actionId, ids } = await runningAction();
    await setSettings(harness, { messageClusters: { similarFiles: false } });
    const result = await createApplyChunk(depsWith(harness.provider))({ kind: 'action', jobId: actionId, chunk: 0 });
    await setSettings(harness, BOTH_ON);
    expect(result).toEqual({ done: 0, halted: true });
    expect(await harness.store.actions.byId(actionId)).toMatchObject({
      status: 'Pending',
      decidedBy: null,
      reasons: [{ code: 'clusterTypeOff' }],
    });
    expect(await foldersOf(harness, ids)).toEqual(['inbox', 'junkemail']);
  });

  test('stopping one action spoils nothing for another that holds the same messages, nor for a revert', async () => {
    const { file, url, ids } = await deliverCampaign(harness, PLACES);
    const alert = { verdict: 'malicious', alert: null, startedBy: 'test', startedByPerson: false } as const;
    const deps = depsWith(harness.provider);
    const running = async (entity: Entity) => {
      const opened = await openOrJoin(harness.store, { ...alert, entities: [entity], at: new Date() });
      const plan = await createPrepare(deps)(opened);
      return { id: opened.investigationId, actionId: plan.automatic[0]?.id ?? '' };
    };
    const stop = async ({ id, actionId }: { readonly id: string; readonly actionId: string }) => {
      await harness.store.actions.halt(actionId, { reason: 'stopped', by: 'test', comment: null, at: new Date() });
      const over = [{ actionId, decisionId: null }];
      await createClose(deps).closeInvestigation({ investigationId: id, failed: false, over });
      expect((await harness.store.actions.byId(actionId))?.status).toBe('Stopped');
    };
    const [one, other] = [await running(file), await running(url)];
    await stop(other);
    await createApplyChunk(deps)({ kind: 'action', jobId: one.actionId, chunk: 0 });
    expect(await harness.store.ledger.counts(one.actionId)).toEqual({ removed: 2 });
    expect(await foldersOf(harness, ids)).toEqual([RECOVERABLE, RECOVERABLE]);
    await harness.provider.fence(ids.map((messageId) => ({ messageId, mailbox: '' })));
    await restoreAll(one.actionId);
    expect(await foldersOf(harness, ids)).toEqual(['inbox', 'junkemail']);
  });

  test('a pause just before the first move makes the action pending, and nothing moves', async () => {
    const { actionId, ids } = await runningAction();
    await harness.store.control.set({ paused: true, comment: null, by: 'test', since: new Date() });
    const result = await createApplyChunk(depsWith(harness.provider))({ kind: 'action', jobId: actionId, chunk: 0 });
    await harness.store.control.set({ paused: false, comment: null, by: 'test', since: new Date() });
    expect(result).toEqual({ done: 0, halted: true });
    expect(await harness.store.actions.byId(actionId)).toMatchObject({
      status: 'Pending',
      decidedBy: null,
      reasons: [{ code: 'automationPaused' }],
    });
    expect(await foldersOf(harness, ids)).toEqual(['inbox', 'junkemail']);
  });

  test('a mailbox that is excluded after the ledger was frozen keeps its message, and the ledger says why', async () => {
    const { actionId, ids } = await runningAction();
    const [row] = await harness.store.ledger.rows(actionId, {}, null, 1);
    await setSettings(harness, { excludedMailboxes: [row?.mailbox ?? ''] });
    await createApplyChunk(depsWith(harness.provider))({ kind: 'action', jobId: actionId, chunk: 0 });
    await setSettings(harness, { excludedMailboxes: [] });
    expect(await harness.store.ledger.rows(actionId, {}, null, 2)).toMatchObject([
      { mailbox: row?.mailbox, outcome: 'failed', reason: 'mailboxExcluded' },
      { outcome: 'removed' },
    ]);
    expect((await foldersOf(harness, ids)).sort()).toEqual(['inbox', RECOVERABLE].sort());
  });

  test('two attempts that prepare the same alert leave one cluster and one action', async () => {
    const { file } = await deliverCampaign(harness, PLACES);
    const { investigationId } = await openOrJoin(harness.store, {
      entities: [file],
      verdict: 'malicious',
      alert: null,
      startedBy: 'test',
      startedByPerson: false,
      at: new Date(),
    });
    const prepare = createPrepare(depsWith(harness.provider));
    await Promise.all([prepare({ investigationId }), prepare({ investigationId })]);
    expect(await harness.store.clusters.of(investigationId)).toHaveLength(1);
    expect(await harness.store.actions.collection.countDocuments({ investigationId })).toBe(1);
  });
});
