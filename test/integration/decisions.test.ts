import { type Express } from 'express';
import { inTurns } from '../../domain/in-turns';
import { type Response } from 'supertest';
import { fillCounts, REMOVAL_OUTCOMES } from '../../domain/ledger';
import { investigationWorkflowId } from '../../domain/ids';
import { newId } from '../../store/collection';
import { approveSignal, decideUpdate, rejectSignal } from '../../workflows/messages';
import { appOf } from '../support/app';
import {
  BOTH_ON,
  type Campaign,
  deliverCampaign,
  deliverMore,
  ended,
  finished,
  foldersOf,
  investigationOf,
  raise,
  setSettings,
  startRevert,
} from '../support/cases';
import { createHarness, type Harness, until } from '../support/harness';
import { type Caller, caller } from '../support/rest';

const RECOVERABLE = 'recoverableitemsdeletions';
const PLACES = Array.from({ length: 5 }, (_, at) => [`user${at}@corp.example`, 'inbox'] as const);

let harness: Harness;
let app: Express;
let alice: Caller;
let bob: Caller;

beforeAll(async () => {
  harness = await createHarness();
  await harness.startWorker();
  app = appOf(harness);
  alice = await caller(app, harness.store, 'alice', ['reader', 'approver', 'operator']);
  bob = await caller(app, harness.store, 'bob', ['reader', 'approver']);
});

afterAll(async () => {
  await harness.close();
});

beforeEach(async () => {
  await setSettings(harness, { ...BOTH_ON, secondPerson: 'never' });
});

interface Waiting {
  readonly campaign: Campaign;
  readonly id: string;
  readonly actionId: string;
}

/** An action over five messages that waits, since a person raised the alert. */
async function waiting(places: Parameters<typeof deliverCampaign>[1] = PLACES): Promise<Waiting> {
  const campaign = await deliverCampaign(harness, places);
  const { id } = await raise(harness, [campaign.file], { startedByPerson: true });
  return { campaign, id, actionId: await pendingOf(id) };
}

async function pendingOf(id: string): Promise<string> {
  await until(async () => (await investigationOf(harness, id)).status === 'Pending Action');
  const actions = await harness.store.actions.of(id);
  return actions.find(({ status }) => status === 'Pending')?._id ?? '';
}

function detail(response: Response): string {
  return (response.body as { detail: string }).detail;
}

describe('an approval', () => {
  test('removes what waits, in the name of who approved, and can be taken back', async () => {
    const { campaign, id, actionId } = await waiting();
    const answer = await alice('post', `/actions/${actionId}/approve`).send({ comment: 'looks bad' });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ decidedBy: 'alice', comment: 'looks bad' });
    const { investigation, actions } = await ended(harness, id);
    expect(investigation.status).toBe('Remediated');
    expect(actions).toMatchObject([
      {
        status: 'Completed',
        decidedBy: 'alice',
        actionSource: 'Manual email action',
        outcomes: { ...fillCounts(REMOVAL_OUTCOMES, {}), removed: 5 },
      },
    ]);
    expect(await foldersOf(harness, campaign.ids)).toEqual(PLACES.map(() => RECOVERABLE));
    expect(await harness.store.events.of(campaign.ids[0] ?? '')).toMatchObject([
      { action: 'Soft delete', actionType: 'Manual Remediation', actionTrigger: 'AdminAction' },
    ]);
    await finished(harness, await startRevert(harness, actionId));
    expect(await foldersOf(harness, campaign.ids)).toEqual(PLACES.map(() => 'inbox'));
  });

  test('is answered again to the same person, and refused with who and when to any other', async () => {
    const { id, actionId } = await waiting();
    await alice('post', `/actions/${actionId}/approve`).send({});
    expect((await alice('post', `/actions/${actionId}/approve`).send({})).status).toBe(200);
    const other = await bob('post', `/actions/${actionId}/approve`).send({});
    expect(other.status).toBe(409);
    expect(detail(other)).toMatch(/^It was approved by alice at \d{4}-/);
    const changed = await alice('post', `/actions/${actionId}/reject`).send({});
    expect(changed.status).toBe(409);
    await ended(harness, id);
    expect((await alice('post', `/actions/${actionId}/approve`).send({})).status).toBe(200);
  });

  test('looks again where the messages are: one that its user moved is removed from its new folder', async () => {
    const { campaign, id, actionId } = await waiting();
    await harness.admin.userMove(campaign.ids[0] ?? '', 'Projects');
    await harness.admin.userDelete(campaign.ids[1] ?? '');
    await alice('post', `/actions/${actionId}/approve`).send({});
    await ended(harness, id);
    const [row] = (await harness.store.ledger.rows(actionId, {}, null, 10)).filter(
      ({ messageId }) => messageId === campaign.ids[0],
    );
    expect(row).toMatchObject({ from: 'Projects', outcome: 'removed' });
    expect(await foldersOf(harness, campaign.ids)).toEqual(PLACES.map(() => RECOVERABLE));
  });

  test('offers what arrived since as a further action, and adds nothing to its own ledger', async () => {
    const { campaign, id, actionId } = await waiting();
    const late = await deliverMore(harness, campaign, [
      ['late1@corp.example', 'inbox'],
      ['late2@corp.example', 'junkemail'],
    ]);
    await alice('post', `/actions/${actionId}/approve`).send({});
    await until(async () => (await harness.store.actions.byId(actionId))?.status === 'Completed');
    expect(await foldersOf(harness, late)).toEqual(['inbox', 'junkemail']);
    const offered = await pendingOf(id);
    expect(await harness.store.actions.byId(offered)).toMatchObject({
      messageCount: 2,
      requestedBy: 'alice',
      reasons: [{ code: 'arrivedSince' }, { code: 'startedByPerson' }],
    });
    await bob('post', `/actions/${offered}/approve`).send({});
    const { actions } = await ended(harness, id);
    expect(actions.map(({ outcomes }) => outcomes?.removed)).toEqual([5, 2]);
    expect(await foldersOf(harness, late)).toEqual([RECOVERABLE, RECOVERABLE]);
  });

  test('of two alerts that joined: five mails, then three more, approve both, and eight are gone', async () => {
    const { campaign, id } = await waiting();
    const late = await deliverMore(
      harness,
      campaign,
      [5, 6, 7].map((at) => [`user${at}@corp.example`, 'inbox'] as const),
    );
    expect(await raise(harness, [campaign.file], { startedByPerson: true })).toEqual({ id, joined: true });
    await until(async () => (await harness.store.actions.of(id)).length === 2);
    const ids = (await harness.store.actions.of(id)).map(({ _id }) => _id);
    const answer = await alice('post', '/actions/decide').send({ ids, decision: 'approve' });
    expect(answer.body).toMatchObject({ results: ids.map((one) => ({ id: one })) });
    const { actions } = await ended(harness, id);
    expect(actions.map(({ outcomes }) => outcomes?.removed)).toEqual([5, 3]);
    expect(await foldersOf(harness, [...campaign.ids, ...late])).toEqual(Array.from({ length: 8 }, () => RECOVERABLE));
  });

  test('takes what a removal of the last hour owns as gone, without asking the mailbox', async () => {
    const { campaign, id, actionId } = await waiting();
    const other = await raise(harness, [campaign.url]);
    const owner = (await ended(harness, other.id)).actions[0]?._id ?? '';
    // The mailbox is made to say that the message is still there: it is not asked.
    await harness.store.messages.collection.updateOne(
      { _id: campaign.ids[0] ?? '' },
      { $set: { folder: 'inbox', removedBy: null } },
    );
    await alice('post', `/actions/${actionId}/approve`).send({});
    const { actions } = await ended(harness, id);
    expect(actions[0]?.outcomes).toMatchObject({ removed: 0, alreadyGone: 5 });
    expect(await harness.store.ledger.rows(actionId, {}, null, 1)).toMatchObject([{ ownerActionId: owner }]);
    expect((await foldersOf(harness, campaign.ids))[0]).toBe('inbox');
  });
});

describe('a rejection', () => {
  test('moves nothing and ends the investigation', async () => {
    const { campaign, id, actionId } = await waiting();
    expect((await alice('post', `/actions/${actionId}/reject`).send({ comment: 'ours' })).body).toMatchObject({
      status: 'Rejected',
      decidedBy: 'alice',
      remainingInMailboxes: 5,
    });
    expect((await ended(harness, id)).investigation).toMatchObject({ status: 'Remediated', open: false });
    expect(await foldersOf(harness, campaign.ids)).toEqual(PLACES.map(() => 'inbox'));
    expect(await harness.store.openEntities.collection.countDocuments({ investigationId: id })).toBe(0);
  });
});

describe('If-Match', () => {
  test('lets a decision through on the action as it was seen, and says what changed otherwise', async () => {
    const { campaign, id, actionId } = await waiting();
    const seen = (await alice('get', `/actions/${actionId}`)).headers['etag'] ?? '';
    await harness.store.actions.collection.updateOne({ _id: actionId }, { $set: { messageCount: 6 } });
    const stale = await alice('post', `/actions/${actionId}/approve`).set('if-match', seen).send({});
    expect(stale.status).toBe(412);
    expect(detail(stale)).toBe('The action has changed: messageCount was 5, is 6; remainingInMailboxes was 5, is 6');
    expect(await foldersOf(harness, campaign.ids)).toEqual(PLACES.map(() => 'inbox'));
    const fresh = (await alice('get', `/actions/${actionId}`)).headers['etag'] ?? '';
    expect((await alice('post', `/actions/${actionId}/approve`).set('if-match', fresh).send({})).status).toBe(200);
    await ended(harness, id);
  });

  test.each(['nonsense', '"bm9uc2Vuc2U"'])('that is %s is 412', async (tag) => {
    const { id, actionId } = await waiting();
    expect((await alice('post', `/actions/${actionId}/approve`).set('if-match', tag).send({})).status).toBe(412);
    await alice('post', `/actions/${actionId}/reject`).send({});
    await ended(harness, id);
  });
});

describe('the second person', () => {
  test('is neither who started it nor who requested it', async () => {
    await setSettings(harness, { secondPerson: 'always' });
    const { id, actionId } = await waiting();
    await harness.store.actions.collection.updateOne({ _id: actionId }, { $set: { startedBy: 'alice' } });
    expect((await harness.store.actions.byId(actionId))?.reasons.map(({ code }) => code)).toEqual([
      'startedByPerson',
      'secondPersonNeeded',
    ]);
    const own = await alice('post', `/actions/${actionId}/approve`).send({});
    expect([own.status, detail(own)]).toEqual([403, 'Somebody else than who started or requested it must decide']);
    expect((await bob('post', `/actions/${actionId}/approve`).send({})).status).toBe(200);
    expect((await ended(harness, id)).actions).toMatchObject([{ decidedBy: 'bob', outcomes: { removed: 5 } }]);
  });

  test('is never a signal: the action stays open to others', async () => {
    await setSettings(harness, { secondPerson: { over: 4 } });
    const { id, actionId } = await waiting();
    await harness.client.workflow.getHandle(investigationWorkflowId(id)).signal(approveSignal, { actionId });
    await until(
      async () => (await harness.store.decisions.collection.countDocuments({ actionId, state: 'refused' })) === 1,
    );
    expect((await harness.store.actions.byId(actionId))?.status).toBe('Pending');
    expect((await bob('post', `/actions/${actionId}/approve`).send({})).status).toBe(200);
    expect((await ended(harness, id)).actions).toMatchObject([{ decidedBy: 'bob' }]);
  });

  test('is needed over N messages, not at N', async () => {
    await setSettings(harness, { secondPerson: { over: 5 } });
    const { id, actionId } = await waiting();
    await harness.store.actions.collection.updateOne({ _id: actionId }, { $set: { startedBy: 'alice' } });
    expect((await alice('post', `/actions/${actionId}/approve`).send({})).status).toBe(200);
    await ended(harness, id);
  });
});

describe('a signal of an operator at Temporal', () => {
  test.each([
    ['approve', approveSignal, 'Completed', RECOVERABLE],
    ['reject', rejectSignal, 'Rejected', 'inbox'],
  ] as const)('%s decides as Temporal operator', async (_name, signal, status, folder) => {
    const { campaign, id, actionId } = await waiting();
    await harness.client.workflow.getHandle(investigationWorkflowId(id)).signal(signal, { actionId });
    expect((await ended(harness, id)).actions).toMatchObject([{ status, decidedBy: 'Temporal operator' }]);
    expect(await foldersOf(harness, campaign.ids)).toEqual(PLACES.map(() => folder));
  });
});

describe('an update that did not come through the API', () => {
  test.each(['of another action', 'that was lost', 'of another kind'])(
    'with the id of a decision %s decides nothing',
    async (which) => {
      const { campaign, id, actionId } = await waiting();
      const decisionId = newId();
      const decision = {
        ...{ _id: decisionId, actionId, investigationId: id, decision: 'approve' as const, by: 'carol', comment: null },
        ...{ via: 'update' as const, state: 'asked' as const, at: new Date() },
      };
      const stored: Record<string, Partial<typeof decision> | { readonly state: 'lost' }> = {
        'of another action': { actionId: newId() },
        'that was lost': { state: 'lost' },
        'of another kind': { decision: 'approve', via: 'signal' as never },
      };
      await harness.store.decisions.collection.insertOne({ ...decision, ...stored[which] });
      const handle = harness.client.workflow.getHandle(investigationWorkflowId(id));
      const answer = await handle.executeUpdate(decideUpdate, {
        args: [{ actionId, decision: 'approve', decisionId }],
      });
      expect(answer).toEqual({ outcome: 'lost' });
      expect(await harness.store.actions.byId(actionId)).toMatchObject({ status: 'Pending', decidedBy: null });
      expect(new Set(await foldersOf(harness, campaign.ids))).toEqual(new Set(['inbox']));
      expect((await alice('post', `/actions/${actionId}/reject`).send({})).status).toBe(200);
    },
  );
});

describe('many decisions at once', () => {
  test('each gets its own answer, an unknown one a problem', async () => {
    const cases = [await waiting(), await waiting()];
    const unknown = '0'.repeat(24);
    const ids = [...cases.map(({ actionId }) => actionId), unknown];
    const answer = await alice('post', '/actions/decide').send({ ids, decision: 'reject', comment: 'ours' });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      results: [
        { id: ids[0], status: 'Rejected' },
        { id: ids[1], status: 'Rejected' },
        { id: unknown, status: null, problem: { type: '/problems/not-found', status: 404 } },
      ],
    });
    for (const { id } of cases) await ended(harness, id);
  });

  test.each([
    ['no id', { ids: [], decision: 'approve' }],
    ['501 ids', { ids: Array.from({ length: 501 }, () => '0'.repeat(24)), decision: 'approve' }],
    ['an id that is none', { ids: ['x'], decision: 'approve' }],
    ['another word', { ids: ['0'.repeat(24)], decision: 'maybe' }],
    ['an unknown field', { ids: ['0'.repeat(24)], decision: 'approve', force: true }],
  ])('%s: 400', async (_name, body) => {
    expect((await alice('post', '/actions/decide').send(body)).status).toBe(400);
  });
});

const RACES = 60;
const AT_ONCE = 10;

test('sixty races of two updates and one signal: one decision each, and every caller is told the truth', async () => {
  const places = [['race@corp.example', 'inbox']] as const;
  const verdicts = await inTurns(Array.from({ length: RACES }), AT_ONCE, async () => {
    const { id, actionId } = await waiting(places);
    const handle = harness.client.workflow.getHandle(investigationWorkflowId(id));
    const approve = () => alice('post', `/actions/${actionId}/approve`).send({});
    const reject = () => bob('post', `/actions/${actionId}/reject`).send({});
    const answers = await Promise.all([approve(), reject(), handle.signal(approveSignal, { actionId })]);
    await handle.result();
    // Who was told 202, not answered in time on a busy machine, asks again.
    const [first, second] = [
      answers[0].status === 202 ? await approve() : answers[0],
      answers[1].status === 202 ? await reject() : answers[1],
    ];
    const action = await harness.store.actions.byId(actionId);
    const won = await harness.store.decisions.collection.find({ actionId, state: 'won' }).toArray();
    return { first: first.status, second: second.status, by: action?.decidedBy, won: won.map(({ by }) => by) };
  });
  expect(verdicts).toHaveLength(RACES);
  for (const { first, second, by, won } of verdicts) {
    expect(won).toEqual([by]);
    expect([first, second]).toEqual([by === 'alice' ? 200 : 409, by === 'bob' ? 200 : 409]);
  }
});
