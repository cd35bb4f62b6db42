import {
  BOTH_ON,
  type Campaign,
  deliverCampaign,
  ended,
  finished,
  foldersOf,
  raise,
  setSettings,
  startRevert,
} from '../support/cases';
import { expectAgreement } from '../support/agreement';
import { type Gate, GATES } from '../support/gates';
import { createHarness, env, type Harness } from '../support/harness';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process';

const HEARTBEAT_MS = 2_000;
const COPIES = 600;
/** Chunks that pass before the gate shuts: the worker dies with one part done and another under way. */
const PASSES = 1;

/** Six hundred copies in twelve mailboxes are several chunks. */
const PLACES = Array.from(
  { length: COPIES },
  (_, at) => [`user${at % 12}@corp.example`, at % 5 === 0 ? 'junkemail' : 'inbox'] as const,
);

let harness: Harness;
let first: WorkerProcess | undefined;

beforeEach(async () => {
  harness = await createHarness({ heartbeatMs: HEARTBEAT_MS });
  await setSettings(harness, BOTH_ON);
});

afterEach(async () => {
  await first?.end();
  await harness.close();
});

/** A worker process stands before its gate in the middle of a removal. */
async function removalAtGate(gate: Gate): Promise<{ readonly campaign: Campaign; readonly id: string }> {
  first = await startWorkerProcess({
    mongoUri: env('MONGODB_URI'),
    database: harness.database,
    temporalAddress: env('TEMPORAL_ADDRESS'),
    namespace: harness.namespace,
    heartbeatMs: HEARTBEAT_MS,
    bundlePath: env('CLAWBACK_TEST_BUNDLE'),
    gate,
    passes: PASSES,
  });
  const campaign = await deliverCampaign(harness, PLACES);
  const { id } = await raise(harness, [campaign.file]);
  await first.said('gate');
  return { campaign, id };
}

const before = PLACES.map(([, folder]) => folder);

test.each(GATES)(
  'a worker that is killed %s is replaced: each message is removed once and comes back',
  async (gate) => {
    const { campaign, id } = await removalAtGate(gate);
    first?.signal('SIGKILL');

    await harness.startWorker();
    const { investigation, actions } = await ended(harness, id);
    const actionId = actions[0]?._id ?? '';
    expect(investigation.status).toBe('Remediated');
    expect(actions).toMatchObject([{ status: 'Completed', messageCount: COPIES, outcomes: { removed: COPIES } }]);
    expect(await expectAgreement(harness, actionId)).toEqual({ removed: COPIES });

    const revert = await finished(harness, await startRevert(harness, actionId));
    expect(await expectAgreement(harness, revert._id)).toEqual({ restored: COPIES });
    expect(await foldersOf(harness, campaign.ids)).toEqual(before);
  },
);

test('a worker that is frozen before its move, and wakes up after the revert, moves nothing', async () => {
  const { campaign, id } = await removalAtGate('after the claim');
  first?.signal('SIGSTOP');
  first?.openGate();

  await harness.startWorker();
  const { actions } = await ended(harness, id);
  const actionId = actions[0]?._id ?? '';
  expect(await expectAgreement(harness, actionId)).toEqual({ removed: COPIES });
  const revert = await finished(harness, await startRevert(harness, actionId));
  expect(revert).toMatchObject({ status: 'Completed', outcomes: { restored: COPIES } });

  first?.signal('SIGCONT');
  expect(await first?.said('moved')).toBe('moved 0');
  expect(await foldersOf(harness, campaign.ids)).toEqual(before);
  expect(await expectAgreement(harness, revert._id)).toEqual({ restored: COPIES });
  expect(await harness.store.events.ofJob(actionId)).toHaveLength(COPIES);
});
