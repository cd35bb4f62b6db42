import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { type Activities, createActivities } from '../../activities';
import { type PrepareResult } from '../../domain/contracts';
import { MailboxError, type MailboxProvider } from '../../mail/provider';
import { newId } from '../../store/collection';
import { openOrJoin } from '../../store/intake';
import { BOTH_ON, type Campaign, deliverCampaign, foldersOf, setSettings } from '../support/cases';
import { activityDeps, createHarness, type Harness, until } from '../support/harness';

const RECOVERABLE = 'recoverableitemsdeletions';

let harness: Harness;

beforeAll(async () => {
  harness = await createHarness();
  await setSettings(harness, BOTH_ON);
});

afterAll(async () => {
  await harness.close();
});

function activitiesWith(provider: Partial<MailboxProvider> = {}): Activities {
  return createActivities(activityDeps(harness, provider));
}

async function campaign(): Promise<{ readonly investigationId: string } & Campaign> {
  const delivered = await deliverCampaign(harness, [
    ['a@corp.example', 'inbox'],
    ['b@corp.example', 'junkemail'],
  ]);
  const { investigationId } = await openOrJoin(harness.store, {
    entities: [delivered.file],
    verdict: 'malicious',
    alert: null,
    startedBy: 'test',
    startedByPerson: false,
    at: new Date(),
  });
  return { investigationId, ...delivered };
}

/** A campaign whose action is frozen and may run. */
async function frozen(): Promise<{ readonly actionId: string; readonly ids: readonly string[] }> {
  const { investigationId, ids } = await campaign();
  const plan: PrepareResult = await new MockActivityEnvironment().run(activitiesWith().prepare, { investigationId });
  return { actionId: plan.automatic[0]?.id ?? '', ids };
}

/** What an activity's failure looks like to the retry rule and in the history. */
async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'no failure',
    (error: unknown) => error,
  );
}

describe('activities at the edge of Temporal', () => {
  test('prepare, applyChunk and close take an investigation from its alert to its end', async () => {
    const { investigationId, ids } = await campaign();
    const environment = new MockActivityEnvironment();
    const { prepare, applyChunk, close } = activitiesWith();
    const plan: PrepareResult = await environment.run(prepare, { investigationId });
    expect(plan).toMatchObject({ clusters: 1, messages: 2, pending: 0, automatic: [{ messageCount: 2 }] });
    const jobId = plan.automatic[0]?.id ?? '';
    const done = await environment.run(applyChunk, { kind: 'action' as const, jobId, chunk: 0 });
    expect(done).toEqual({ done: 2, halted: false });
    expect(await foldersOf(harness, ids)).toEqual([RECOVERABLE, RECOVERABLE]);
    const ending = await environment.run(close, {
      ...{ investigationId, failed: false },
      over: [{ actionId: jobId, decisionId: null }],
    });
    expect(ending).toMatchObject({ status: 'Remediated' });
  });

  test('prepare that is repeated after its plan is written answers the same plan and makes no second action', async () => {
    const { investigationId } = await campaign();
    const { prepare } = activitiesWith();
    const first = await new MockActivityEnvironment().run(prepare, { investigationId });
    const again = await new MockActivityEnvironment({ attempt: 2 }).run(prepare, { investigationId });
    expect(again).toEqual(first);
    expect(await harness.store.actions.of(investigationId)).toHaveLength(1);
  });

  test('a heartbeat is sent before the first row is touched', async () => {
    const { actionId } = await frozen();
    const environment = new MockActivityEnvironment();
    const seen: string[] = [];
    environment.on('heartbeat', () => seen.push('heartbeat'));
    const { applyChunk } = activitiesWith({
      softDelete(refs, stamp) {
        seen.push('move');
        return harness.provider.softDelete(refs, stamp);
      },
    });
    await environment.run(applyChunk, { kind: 'action' as const, jobId: actionId, chunk: 0 });
    expect(seen.slice(0, 2)).toEqual(['heartbeat', 'move']);
  });

  test('a cancelled attempt ends as cancelled, and what it began is finished by the next', async () => {
    const { actionId, ids } = await frozen();
    const environment = new MockActivityEnvironment();
    let reached = false;
    const stuck = activitiesWith({
      softDelete: () => {
        reached = true;
        return new Promise(() => undefined);
      },
    });
    const input = { kind: 'action' as const, jobId: actionId, chunk: 0 };
    const attempt = failureOf(environment.run(stuck.applyChunk, input));
    await until(() => reached);
    environment.cancel('TIMED_OUT');
    expect(await attempt).toMatchObject({ name: 'CancelledFailure' });
    expect(await foldersOf(harness, ids)).toEqual(['inbox', 'junkemail']);
    await new MockActivityEnvironment({ attempt: 2 }).run(activitiesWith().applyChunk, input);
    expect(await foldersOf(harness, ids)).toEqual([RECOVERABLE, RECOVERABLE]);
  });

  test.each([
    [
      'mailboxes that cannot be reached are tried again',
      new MailboxError('unreachable', 'x', { retryable: true }),
      false,
    ],
    ['a folder that cannot be is not tried again', new MailboxError('badFolder', 'x'), true],
  ])('%s', async (_, error, nonRetryable) => {
    const { actionId } = await frozen();
    const { applyChunk } = activitiesWith({ softDelete: () => Promise.reject(error) });
    const run = new MockActivityEnvironment().run(applyChunk, { kind: 'action' as const, jobId: actionId, chunk: 0 });
    expect(await failureOf(run)).toMatchObject({ name: 'ApplicationFailure', type: error.code, nonRetryable });
  });

  test('a failure carries no word of a driver’s message into the history, and the log says where it was (law 8)', async () => {
    const { actionId } = await frozen();
    const { applyChunk } = activitiesWith({
      softDelete: () => Promise.reject(new TypeError('duplicate key: ann@corp.example "Your invoice"')),
    });
    const logged: LogEntry[] = [];
    const logger = new DefaultLogger('WARN', (entry) => logged.push(entry));
    const run = new MockActivityEnvironment(undefined, { logger }).run(applyChunk, {
      kind: 'action' as const,
      jobId: actionId,
      chunk: 0,
    });
    const failure = await failureOf(run);
    expect(failure).toMatchObject({ type: 'TypeError', message: "TypeError: see the worker's log" });
    expect(JSON.stringify(failure)).not.toContain('ann@corp.example');
    const told = logged.find(({ message }) => message.includes('what the history does not tell'));
    expect(told?.meta).toMatchObject({ errorName: 'TypeError' });
    expect(JSON.stringify(told?.meta)).toContain('activities.test.ts');
    expect(JSON.stringify(told?.meta)).not.toContain('ann@corp.example');
  });

  test('planRevert and closeRevert frame a revert that puts every message back', async () => {
    const { actionId, ids } = await frozen();
    const { applyChunk, planRevert, closeRevert } = activitiesWith();
    const environment = new MockActivityEnvironment();
    await environment.run(applyChunk, { kind: 'action' as const, jobId: actionId, chunk: 0 });
    const revertId = newId();
    await harness.store.reverts.create({
      ...{ _id: revertId, actionId, destination: 'original', messageIds: null, status: 'Running', open: true },
      ...{ requestedBy: 'test', comment: null, job: null, outcomes: null, startedAt: new Date(), endedAt: null },
    });
    expect(await environment.run(planRevert, { revertId })).toMatchObject({ id: revertId, messageCount: 2 });
    await environment.run(applyChunk, { kind: 'revert' as const, jobId: revertId, chunk: 0 });
    expect(await environment.run(closeRevert, { revertId })).toMatchObject({ status: 'Completed' });
    expect(await foldersOf(harness, ids)).toEqual(['inbox', 'junkemail']);
  });
});
