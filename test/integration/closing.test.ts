import { MailboxError } from '../../mail/provider';
import { appOf } from '../support/app';
import { deliverCampaign, ended, finished, foldersOf, raise, setSettings, startRevert } from '../support/cases';
import { createHarness, type Harness, until } from '../support/harness';
import { type Caller, caller } from '../support/rest';

const RECOVERABLE = 'recoverableitemsdeletions';

let harness: Harness;
let alice: Caller;
/** What the mailbox does when it is asked for its retention, which an ending does, and before a move. */
let onRetention: () => Promise<void> = async () => undefined;
let beforeMove: (jobId: string) => Promise<void> = async () => undefined;
let moved = false;

beforeAll(async () => {
  harness = await createHarness({
    wrapProvider: (provider) => ({
      ...provider,
      async softDelete(refs, stamp) {
        await beforeMove(stamp.jobId);
        moved = true;
        return provider.softDelete(refs, stamp);
      },
      async retention(mailboxes) {
        if (moved) await onRetention();
        return provider.retention(mailboxes);
      },
    }),
  });
  await harness.startWorker();
  alice = await caller(appOf(harness), harness.store, 'alice', ['reader', 'approver']);
});

afterAll(async () => {
  await harness.close();
});

beforeEach(() => {
  moved = false;
  onRetention = async () => undefined;
  beforeMove = async () => undefined;
});

/** An investigation of which one action goes by itself and another, of a box that is off, waits. */
async function oneGoesOneWaits() {
  await setSettings(harness, { messageClusters: { similarFiles: true, similarUrls: false } });
  const going = await deliverCampaign(harness, [['a@corp.example', 'inbox']]);
  const waits = await deliverCampaign(harness, [['b@corp.example', 'inbox']]);
  const { id } = await raise(harness, [going.file, waits.url]);
  let actionId = '';
  await until(async () => {
    actionId = (await harness.store.actions.of(id)).find(({ status }) => status === 'Pending')?._id ?? '';
    return actionId !== '';
  });
  return { id, actionId, waits };
}

/** A door for the first who comes to it: shut until it is opened. */
function door() {
  let open: () => void = () => undefined;
  let reached = false;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const pass = async (): Promise<void> => {
    if (reached) return;
    reached = true;
    await opened;
  };
  return { pass, reached: () => reached, open: () => open() };
}

async function expectCarriedOut(id: string, actionId: string, messages: readonly string[]): Promise<void> {
  const { investigation, actions } = await ended(harness, id);
  expect(investigation).toMatchObject({ status: 'Remediated', open: false });
  expect(actions.map(({ status }) => status)).toEqual(['Completed', 'Completed']);
  expect(await foldersOf(harness, messages)).toEqual([RECOVERABLE]);
  await finished(harness, await startRevert(harness, actionId));
  expect(await foldersOf(harness, messages)).toEqual(['inbox']);
}

test('an approval while the investigation looks whether it can close is carried out and ended', async () => {
  const gate = door();
  onRetention = gate.pass;
  const { id, actionId, waits } = await oneGoesOneWaits();
  await until(gate.reached);
  const answer = alice('post', `/actions/${actionId}/approve`).send({});
  await Promise.all([
    answer.then(({ status }) => expect(status).toBe(200)),
    until(async () => (await harness.store.actions.byId(actionId))?.status !== 'Pending').then(gate.open),
  ]);
  await expectCarriedOut(id, actionId, waits.ids);
});

test('a close that is tried again with what it was told before does not end what has begun since', async () => {
  const gate = door();
  let refusals = 2;
  onRetention = async () => {
    if (refusals-- > 0) throw new MailboxError('unreachable', 'refused for the test', { retryable: true });
  };
  const { id, actionId, waits } = await oneGoesOneWaits();
  await until(() => refusals < 2);
  beforeMove = async (jobId) => {
    if (jobId === actionId) await gate.pass();
  };
  expect((await alice('post', `/actions/${actionId}/approve`).send({})).status).toBe(200);
  await until(gate.reached);
  // The close is tried again, succeeds, and leaves the action alone that stands before its move.
  await until(() => refusals < 0);
  await until(async () => (await harness.store.actions.of(id)).some(({ status }) => status === 'Completed'));
  expect((await harness.store.actions.byId(actionId))?.status).toBe('Running');
  gate.open();
  await expectCarriedOut(id, actionId, waits.ids);
});
