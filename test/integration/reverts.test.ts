import { type Express } from 'express';
import request from 'supertest';
import { createUpkeep } from '../../activities/upkeep';
import { ensureToken, type Role, ROLES } from '../../api/auth';
import { MANY } from '../../api/revert-many';
import { type Entity } from '../../domain/entity';
import { fillCounts, REMOVAL_OUTCOMES, sum } from '../../domain/ledger';
import { type ActionDoc } from '../../store/actions';
import { newId } from '../../store/collection';
import { type RevertDoc } from '../../store/reverts';
import { appOf } from '../support/app';
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
import { activityDeps, createHarness, type Harness, pauseRounds, until } from '../support/harness';
import { mail, stateOf } from '../support/mail';

const SECRET = 'a-secret-of-the-tests-with-32-characters';
const READER = 'a-readers-secret-of-the-tests-32-characters';
const UNKNOWN = '0'.repeat(24);
const RECOVERABLE = 'recoverableitemsdeletions';

let harness: Harness;
let app: Express;

beforeAll(async () => {
  harness = await createHarness();
  await harness.startWorker();
  // What Temporal has not heard of is not started before a test says so.
  await pauseRounds(harness);
  app = appOf(harness);
  const tokens: readonly (readonly [string, string, readonly Role[]])[] = [
    ['admin', SECRET, ROLES],
    ['reader', READER, ['reader']],
  ];
  for (const [name, secret, roles] of tokens) await ensureToken(harness.store, { name, secret, roles, at: new Date() });
  await setSettings(harness, BOTH_ON);
});

afterAll(async () => {
  await harness.close();
});

function post(body: object, secret = SECRET, to = app): request.Test {
  return request(to).post('/api/v1/reverts').set('authorization', `Bearer ${secret}`).send(body);
}

interface Preview {
  readonly actions: number;
  readonly messages: number;
  readonly mailboxes: number;
  readonly skipped: readonly { readonly actionId: string; readonly reason: string }[];
  readonly items: readonly {
    readonly actionId: string;
    readonly messageCount: number;
    readonly mailboxCount: number;
  }[];
}

interface Started {
  readonly actions: number;
  readonly items: readonly {
    readonly actionId: string;
    readonly id: string | null;
    readonly status: string | null;
    readonly problem?: { readonly type: string; readonly status: number; readonly detail: string };
  }[];
}

async function preview(selection: object): Promise<Preview> {
  const answer = await post({ ...selection, destination: 'original', dryRun: true });
  expect(answer.status).toBe(200);
  return answer.body as Preview;
}

async function start(selection: object, to = app): Promise<Started> {
  const answer = await post({ ...selection, destination: 'original', comment: 'Wrong alarm' }, SECRET, to);
  expect(answer.status).toBe(202);
  return answer.body as Started;
}

/** A campaign that was removed: its action and its messages. */
async function removed(campaign?: Campaign): Promise<Campaign & { readonly action: ActionDoc }> {
  const delivered =
    campaign ??
    (await deliverCampaign(harness, [
      ['a@corp.example', 'inbox'],
      ['b@corp.example', 'Projects/2026'],
    ]));
  const { id } = await raise(harness, [delivered.url]);
  const [action] = (await ended(harness, id)).actions;
  if (action === undefined) throw new Error('Nothing was done');
  return { ...delivered, action };
}

async function setAction(actionId: string, fields: Partial<ActionDoc>): Promise<void> {
  await harness.store.actions.collection.updateOne({ _id: actionId }, { $set: fields });
}

/** Waits for a revert that the API hands to Temporal in its own time. */
async function revertEnded(revertId = ''): Promise<RevertDoc> {
  const read = async (): Promise<RevertDoc> => {
    const found = await harness.store.reverts.byId(revertId);
    if (found === null) throw new Error(`There is no revert ${revertId}`);
    return found;
  };
  await until(async () => !(await read()).open);
  return read();
}

const named = ({ action }: { readonly action: ActionDoc }): string => action._id;
const idsOf = (found: Preview): string[] => found.items.map(({ actionId }) => actionId).sort();

describe('bad input gets its own status and a problem', () => {
  const original = { destination: 'original' };
  const one = { ...original, actionIds: [UNKNOWN] };
  test.each<[string, number, () => request.Test]>([
    ['neither actions nor a filter', 400, () => post(original)],
    ['both', 400, () => post({ ...one, filter: { decidedBy: 'Automation' } })],
    ['no action', 400, () => post({ ...original, actionIds: [] })],
    ['501 actions', 400, () => post({ ...original, actionIds: Array.from({ length: MANY.actionIds + 1 }, newId) })],
    ['an id that is none', 400, () => post({ ...original, actionIds: ['abc'] })],
    ['an empty filter', 400, () => post({ ...original, filter: {} })],
    ['an unknown filter', 400, () => post({ ...original, filter: { color: 'red' } })],
    ['an entity that is none', 400, () => post({ ...original, filter: { entity: 'f'.repeat(63) } })],
    ['a time that is none', 400, () => post({ ...original, filter: { from: 'yesterday' } })],
    [
      'a window that ends before it begins',
      400,
      () => post({ ...original, filter: { from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' } }),
    ],
    ['no destination', 400, () => post({ actionIds: [UNKNOWN] })],
    ['an unknown destination', 400, () => post({ ...one, destination: 'moon' })],
    ['a dry run that is not true or false', 400, () => post({ ...one, dryRun: 'yes' })],
    ['an unknown field', 400, () => post({ ...one, messageIds: [UNKNOWN] })],
    [
      'another type',
      415,
      () => request(app).post('/api/v1/reverts').set('authorization', `Bearer ${SECRET}`).type('form').send('a=b'),
    ],
    ['no token', 401, () => request(app).post('/api/v1/reverts').send(one)],
    ['a token without the role', 403, () => post({ ...one, dryRun: true }, READER)],
  ])('%s: %d', async (_name, status, send) => {
    const answer = await send();
    expect([answer.status, answer.body]).toMatchObject([status, { status }]);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  });

  test('a call about more actions or messages than its bound is 409, says what to do, and changes nothing', async () => {
    const { action } = await removed();
    const fake = (decidedBy: string, messages: number): ActionDoc => ({
      ...action,
      ...{
        _id: newId(),
        decidedBy,
        status: 'Running',
        outcomes: { ...fillCounts(REMOVAL_OUTCOMES, {}), removed: messages },
      },
    });
    const { collection } = harness.store.actions;
    await collection.insertMany(Array.from({ length: MANY.actions }, () => fake('crowd', 0)));
    await collection.insertOne(fake('giant', MANY.messages));
    const filter = (decidedBy: string) => ({ filter: { decidedBy } });
    expect(await preview(filter('crowd'))).toMatchObject({ actions: 0, items: [] });
    expect(await preview(filter('giant'))).toMatchObject({ actions: 0, items: [] });
    await collection.insertMany([fake('crowd', 0), fake('giant', 1)]);
    for (const decidedBy of ['crowd', 'giant']) {
      const answer = await post({ ...filter(decidedBy), destination: 'original' });
      expect([answer.status, (answer.body as { detail: string }).detail]).toEqual([
        409,
        expect.stringContaining('narrow the filter by from and to'),
      ]);
    }
    expect(await harness.store.reverts.of([action._id])).toEqual([]);
    await collection.deleteMany({ decidedBy: { $in: ['crowd', 'giant'] } });
  });
});

describe('what a filter finds', () => {
  test('an entity in any form of its URL, or a file', async () => {
    const { url, file, action } = await removed();
    const entity = url.type === 'url' ? url.url.replace('http://evil', 'HTTP://Evil') : '';
    expect(idsOf(await preview({ filter: { entity: `${entity}#fragment` } }))).toEqual([action._id]);
    expect(await preview({ filter: { entity: file.type === 'file' ? file.sha256.toUpperCase() : '' } })).toEqual({
      ...{ actions: 0, messages: 0, mailboxes: 0, skipped: [], items: [] },
    });
  });

  test('what automation or a person did, within a window that holds both its ends', async () => {
    const cases = [await removed(), await removed(), await removed()];
    const at = (hour: number): Date => new Date(Date.UTC(2026, 2, 1, hour));
    for (const [hour, { action }] of cases.entries()) await setAction(action._id, { startedAt: at(hour) });
    const [first, second, third] = cases.map(named);
    await setAction(second ?? '', { decidedBy: 'alice' });
    const found = async (filter: object): Promise<string[]> => idsOf(await preview({ filter }));
    const window = { from: at(0).toISOString(), to: at(2).toISOString() };
    expect(await found(window)).toEqual([first, second, third].sort());
    expect(await found({ ...window, decidedBy: 'Automation' })).toEqual([first, third].sort());
    expect(await found({ decidedBy: 'alice' })).toEqual([second]);
    expect(await found({ ...window, to: at(1).toISOString() })).toEqual([first, second].sort());
    expect(await found({ from: at(2).toISOString(), to: at(3).toISOString() })).toEqual([third]);
    expect(await found({ decidedBy: 'bob' })).toEqual([]);
  });
});

describe('a dry run', () => {
  test('says what would come back and what would not, and changes nothing', async () => {
    const [whole, moved, gone] = [await removed(), await removed(), await removed()];
    await harness.admin.userMove(moved.ids[0] ?? '', 'inbox');
    for (const id of gone.ids) await harness.admin.userMove(id, 'archive');
    const before = await Promise.all([whole, moved, gone].flatMap(({ ids }) => ids.map((id) => stateOf(harness, id))));
    const audit = await harness.store.audit.collection.countDocuments();
    const answer = await preview({ actionIds: [...[whole, moved, gone].map(named), UNKNOWN, named(whole)] });
    expect(answer).toMatchObject({ actions: 2, messages: 3, mailboxes: 2 });
    expect(answer.items).toEqual([
      expect.objectContaining({ actionId: named(whole), messageCount: 2, mailboxCount: 2, decidedBy: 'Automation' }),
      expect.objectContaining({ actionId: named(moved), messageCount: 1, mailboxCount: 1 }),
    ]);
    expect(answer.skipped).toEqual([
      { actionId: named(gone), reason: 'Nothing that this action removed is left to restore' },
      { actionId: UNKNOWN, reason: `There is no action ${UNKNOWN}` },
    ]);
    expect(await Promise.all([whole, moved, gone].flatMap(({ ids }) => ids.map((id) => stateOf(harness, id))))).toEqual(
      before,
    );
    expect(await harness.store.reverts.of([whole, moved, gone].map(named))).toEqual([]);
    expect(await harness.store.audit.collection.countDocuments()).toBe(audit);
  });
});

describe('many reverts at once', () => {
  test('start what can be reverted, list the rest with its reason, and audit each', async () => {
    const [free, runs, reverted, busy] = [await removed(), await removed(), await removed(), await removed()];
    await setAction(named(runs), { status: 'Running' });
    await finished(harness, await startRevert(harness, named(reverted)));
    const silent = { ...harness, gateway: { ...harness.gateway, startRevert: async () => ({ runId: '' }) } };
    await startRevert(silent, named(busy));
    const { actions, items } = await start({ actionIds: [...[free, runs, reverted, busy].map(named), UNKNOWN] });
    expect(actions).toBe(1);
    expect(items).toMatchObject([
      { actionId: named(free), id: expect.stringMatching(/^[0-9a-f]{24}$/) as string, status: 'Running' },
      ...[
        [named(runs), 'conflict', 'The action is Running: only an action that has ended can be reverted'],
        [named(reverted), 'conflict', 'Nothing that this action removed is left to restore'],
        [named(busy), 'conflict', 'A revert of this action is running'],
        [UNKNOWN, 'not-found', `There is no action ${UNKNOWN}`],
      ].map(([actionId, type, detail]) => ({
        ...{ actionId, id: null, status: null },
        problem: { type: `/problems/${type}`, detail, instance: `/api/v1/actions/${actionId}/revert` },
      })),
    ]);
    const revertId = items[0]?.id ?? '';
    expect(await revertEnded(revertId)).toMatchObject({ status: 'Completed', outcomes: { restored: 2 } });
    expect(await foldersOf(harness, [...free.ids, ...runs.ids])).toEqual([
      ...['inbox', 'Projects/2026'],
      ...[RECOVERABLE, RECOVERABLE],
    ]);
    const audited = harness.store.audit.collection;
    expect(await audited.find({ action: 'action.revert', target: named(free) }).toArray()).toMatchObject([
      { subject: 'admin', after: { revertId, destination: 'original', comment: 'Wrong alarm' } },
    ]);
    expect(
      await audited.find({ action: 'reverts.start', result: 'ok' }).sort({ _id: -1 }).limit(1).next(),
    ).toMatchObject({
      ...{ subject: 'admin', after: { destination: 'original', actions: 5 } },
    });
  });

  test('are kept while Temporal is away, and started by the reconciler', async () => {
    const { action, ids } = await removed();
    const away = async (): Promise<never> => {
      throw new Error('Temporal is away');
    };
    const cut = appOf({ store: harness.store, gateway: { ...harness.gateway, startRevert: away } });
    const { items } = await start({ actionIds: [action._id] }, cut);
    expect(await foldersOf(harness, ids)).toEqual([RECOVERABLE, RECOVERABLE]);
    await createUpkeep(activityDeps(harness)).reconcileOnce();
    expect(await revertEnded(items[0]?.id ?? '')).toMatchObject({ status: 'Completed' });
    expect(await foldersOf(harness, ids)).toEqual(['inbox', 'Projects/2026']);
  });

  test('with an Idempotency-Key happen once', async () => {
    const { action } = await removed();
    const send = (): request.Test =>
      post({ actionIds: [action._id], destination: 'inbox' }).set('idempotency-key', 'many');
    const [first, second] = [await send(), await send()];
    expect([second.status, second.body]).toEqual([202, first.body]);
    expect(await harness.store.reverts.of([action._id])).toHaveLength(1);
  });
});

describe('30 actions that ran at once over overlapping ledgers', () => {
  const ACTIONS = 30;
  const COPIES = 3;
  const link = (at: number): string => `http://ring.example/${at % ACTIONS}`;

  /** Each mail carries three of the links, so that each action finds the mails of its neighbours too. */
  async function deliverRing(): Promise<string[]> {
    const ids: string[] = [];
    for (let at = 0; at < ACTIONS; at++) {
      for (let copy = 0; copy < COPIES; copy++) {
        const mailbox = `ring${(at + copy) % 20}@corp.example`;
        const { _id } = await harness.admin.deliver({
          ...{ mailbox, folder: ['inbox', 'junkemail', 'Projects/2026'][copy] ?? 'inbox' },
          flags: copy === 0 ? [] : ['\\Seen', '\\Flagged'],
          receivedAt: new Date(Date.now() - (at * COPIES + copy + 1) * 1000),
          raw: mail({ link: [at, at + 1, at + 2].map(link).join(' and '), id: `ring-${at}`, to: mailbox }),
        });
        ids.push(_id);
      }
    }
    return ids;
  }

  test('all come back byte for byte, each restores what it owns, and every sum is right', async () => {
    const ids = await deliverRing();
    const before = await Promise.all(ids.map((id) => stateOf(harness, id)));
    const from = new Date().toISOString();
    const alerts = await Promise.all(
      Array.from({ length: ACTIONS }, (_, at): Entity => ({ type: 'url', url: link(at), threat: 'Phish' })).map(
        (entity) => raise(harness, [entity]),
      ),
    );
    const actions = (await Promise.all(alerts.map(({ id }) => ended(harness, id)))).flatMap((one) => one.actions);
    expect(actions).toHaveLength(ACTIONS);
    expect(new Set(await foldersOf(harness, ids))).toEqual(new Set([RECOVERABLE]));
    const owners = actions.filter(({ outcomes }) => (outcomes?.removed ?? 0) > 0);

    const filter = { decidedBy: 'Automation', from };
    const foreseen = await preview({ filter });
    expect(foreseen).toMatchObject({ actions: owners.length, messages: ids.length, mailboxes: 20 });
    expect(foreseen.skipped).toHaveLength(ACTIONS - owners.length);
    expect(sum(Object.fromEntries(foreseen.items.map((item) => [item.actionId, item.messageCount])))).toBe(ids.length);

    const started = await start({ filter });
    expect(started).toMatchObject({ actions: owners.length, items: { length: ACTIONS } });
    const reverts = await Promise.all(started.items.flatMap(({ id }) => (id === null ? [] : revertEnded(id))));
    for (const { actionId, status, outcomes } of reverts) {
      const { removed: owned = 0, alreadyGone = 0 } = await harness.store.ledger.counts(actionId);
      expect({ status, outcomes }).toMatchObject({
        status: 'Completed',
        outcomes: { restored: owned, notOwned: alreadyGone, open: 0 },
      });
    }
    expect(reverts.reduce((total, { outcomes }) => total + (outcomes?.restored ?? 0), 0)).toBe(ids.length);
    expect(await Promise.all(ids.map((id) => stateOf(harness, id)))).toEqual(before);
    expect(await preview({ filter })).toMatchObject({ actions: 0, messages: 0, skipped: { length: ACTIONS } });
  });
});
