import { type Express } from 'express';
import { type Role, ROLES } from '../../api/auth';
import { remediationPreview } from '../../api/schemas/remediation';
import { type ActionView } from '../../api/views';
import { type ActionType } from '../../domain/remediation';
import { sum } from '../../domain/ledger';
import { MailboxError } from '../../mail/provider';
import { type LedgerDoc } from '../../store/ledger';
import { appOf } from '../support/app';
import {
  BOTH_ON,
  deliverCampaign,
  deliverCopies,
  deliverMore,
  ended,
  foldersOf,
  raise,
  setSettings,
} from '../support/cases';
import { createHarness, type Harness, until } from '../support/harness';
import { type Caller, caller } from '../support/rest';

let harness: Harness;
let app: Express;
let analyst: Caller;
let admin: Caller;
let other: Caller;
/** Mailboxes whose mail cannot be read now, with the reason. */
const shut = new Map<string, MailboxError>();
/** How often mail of a mailbox that is shut was asked for. */
let refusedReads = 0;

beforeAll(async () => {
  harness = await createHarness({
    wrapProvider: (provider) => ({
      ...provider,
      async read(ref) {
        const why = shut.get(ref.mailbox);
        if (why === undefined) return provider.read(ref);
        refusedReads++;
        throw why;
      },
    }),
  });
  await harness.startWorker();
  app = appOf(harness);
  const tokens: readonly (readonly [string, readonly Role[]])[] = [
    ['analyst', ['reader', 'approver']],
    ['admin', ROLES],
    ['other', ROLES],
  ];
  const [one, two, three] = await Promise.all(tokens.map(([name, roles]) => caller(app, harness.store, name, roles)));
  if (one === undefined || two === undefined || three === undefined) throw new Error('Tokens are missing');
  [analyst, admin, other] = [one, two, three];
  await setSettings(harness, BOTH_ON);
});

afterAll(async () => {
  await harness.close();
});

interface Body {
  readonly action: ActionType;
  readonly messageIds?: readonly string[];
  readonly filter?: object;
  readonly selectionHash?: string;
}

async function order(body: Body, as = analyst): Promise<ActionView> {
  const reply = await as('post', '/remediations').send({ name: 'Case 7', description: 'By hand', ...body });
  expect([reply.status, reply.body]).toEqual([202, expect.objectContaining({ status: 'Freezing' })]);
  const view = reply.body as ActionView;
  expect(reply.headers['location']).toBe(`/api/v1/actions/${view.id}`);
  return view;
}

async function shown(id: string): Promise<ActionView> {
  return (await analyst('get', `/actions/${id}`)).body as ActionView;
}

async function over(id: string): Promise<ActionView> {
  await until(async () => (await shown(id)).endedAt !== null);
  return shown(id);
}

async function waits(id: string): Promise<ActionView> {
  await until(async () => (await shown(id)).status === 'Pending');
  return shown(id);
}

async function ledgerOf(id: string): Promise<readonly LedgerDoc[]> {
  return ((await analyst('get', `/actions/${id}/ledger?limit=500`)).body as { items: readonly LedgerDoc[] }).items;
}

async function reverted(id: string, destination: string): Promise<Record<string, number>> {
  const reply = await analyst('post', `/actions/${id}/revert`).send({ destination });
  expect([reply.status, reply.body]).toEqual([202, expect.anything()]);
  const { id: revertId } = reply.body as { id: string };
  await until(async () => (await harness.store.reverts.byId(revertId))?.open === false);
  return ((await analyst('get', `/reverts/${revertId}`)).body as { outcomes: Record<string, number> }).outcomes;
}

const PLACES = [
  ['a@corp.example', 'inbox'],
  ['b@corp.example', 'junkemail'],
  ['b@corp.example', 'sentitems'],
  ['c@corp.example', 'archive'],
  ['c@corp.example', 'deleteditems'],
] as const;

const DELETIONS = 'recoverableitemsdeletions';

test.each<[ActionType, Record<string, number>, string, string]>([
  ['softDelete', { removed: 5 }, 'Soft delete', DELETIONS],
  ['moveToInbox', { moved: 4, alreadyThere: 1 }, 'Moved to inbox', 'inbox'],
  ['moveToJunk', { moved: 4, alreadyThere: 1 }, 'Moved to junk folder', 'junkemail'],
  ['moveToDeletedItems', { moved: 4, alreadyThere: 1 }, 'Moved to deleted items', 'deleteditems'],
])(
  '%s takes messages from any folder, and the way back puts each where it was',
  async (action, counts, text, folder) => {
    const { ids } = await deliverCampaign(harness, PLACES);
    const { id } = await order({ action, messageIds: ids });
    const done = await over(id);
    expect(done).toMatchObject({
      ...{ actionType: action, actionSource: 'Explorer action', status: 'Completed', decidedBy: 'analyst' },
      ...{ name: 'Case 7', description: 'By hand', investigationId: null, handledBy: 'analyst', revertible: true },
      ...{ messageCount: 5, mailboxCount: 3, remainingInMailboxes: 0, outcomes: counts },
    });
    expect(sum(done.outcomes)).toBe(5);
    expect(await foldersOf(harness, ids)).toEqual(ids.map(() => folder));
    const events = await harness.store.events.ofJob(id);
    expect(events.map(({ action: what, actionType, actionTrigger }) => [what, actionType, actionTrigger])).toEqual(
      Array.from({ length: counts['removed'] ?? counts['moved'] ?? 0 }, () => [
        text,
        'Manual Remediation',
        'AdminAction',
      ]),
    );
    const listed = (await analyst('get', '/actions?tab=history&actionSource=Explorer action')).body as {
      items: ActionView[];
    };
    expect(listed.items.map((view) => view.id)).toContain(id);
    expect(await reverted(id, 'original')).toMatchObject({ restored: events.length });
    expect(await foldersOf(harness, ids)).toEqual(PLACES.map(([, from]) => from));
    expect((await shown(id)).revertible).toBe(false);
  },
);

test('a removed message that is moved to Inbox is put back for the action that owns it, and both say so', async () => {
  const { file, ids } = await deliverCampaign(harness, PLACES.slice(0, 2));
  const own = await deliverCampaign(harness, [['d@corp.example', 'junkemail']]);
  const { id: investigationId } = await raise(harness, [file]);
  const owner = (await ended(harness, investigationId)).actions[0]?._id ?? '';
  const { id } = await order({ action: 'moveToInbox', messageIds: [...ids, ...own.ids] });
  expect(await over(id)).toMatchObject({ status: 'Completed', outcomes: { restored: 2, moved: 1 } });
  expect(await foldersOf(harness, [...ids, ...own.ids])).toEqual(['inbox', 'inbox', 'inbox']);
  expect((await ledgerOf(id)).map(({ outcome, ownerActionId }) => [outcome, ownerActionId])).toEqual([
    ['restored', owner],
    ['restored', owner],
    ['moved', null],
  ]);
  const [revertId] = (await shown(owner)).reverts;
  expect((await analyst('get', `/reverts/${revertId}`)).body).toMatchObject({
    ...{ actionId: owner, destination: 'inbox', status: 'Completed', outcomes: { restored: 2, open: 0 } },
  });
  const cleared = await harness.store.messages.byIds(ids);
  expect(cleared.map(({ clearedKeys }) => clearedKeys.length)).toEqual([1, 1]);
  // It owns only what it moved itself, and what is there already needs no way back.
  expect(await reverted(id, 'inbox')).toMatchObject({ restored: 0, alreadyThere: 1, notOwned: 2 });
  expect(await reverted(id, 'original')).toMatchObject({ restored: 1, notOwned: 2 });
});

test('a pause of automation stops nothing that a person decided', async () => {
  const { control } = harness.store;
  await control.set({ paused: true, comment: null, by: 'test', since: new Date() });
  const { ids } = await deliverCampaign(harness, PLACES.slice(0, 2));
  const { id } = await order({ action: 'softDelete', messageIds: ids });
  expect(await over(id)).toMatchObject({ status: 'Completed', outcomes: { removed: 2 } });
  await control.set({ paused: false, comment: null, by: 'test', since: null });
  expect(await harness.store.budget.used(new Date())).toEqual({ hour: 2, day: 2 });
});

describe('a hard delete', () => {
  beforeAll(async () => {
    await setSettings(harness, { remediation: { hardDelete: true } });
  });

  test('waits for another admin, keeps evidence first, and cannot be undone', async () => {
    const { ids } = await deliverCampaign(harness, PLACES.slice(0, 2));
    const { id } = await order({ action: 'hardDelete', messageIds: ids }, admin);
    expect(await waits(id)).toMatchObject({ decidedBy: null, reasons: [{ code: 'secondPersonNeeded' }] });
    expect((await analyst('post', `/actions/${id}/approve`).send({})).status).toBe(403);
    expect((await admin('post', `/actions/${id}/approve`).send({})).status).toBe(403);
    expect((await other('post', `/actions/${id}/approve`).send({ comment: 'Yes' })).status).toBe(200);
    expect(await over(id)).toMatchObject({
      ...{ status: 'Completed', outcomes: { removed: 2 }, decidedBy: 'other', comment: 'Yes' },
      ...{ revertible: false, undoDeadline: null },
    });
    expect(await foldersOf(harness, ids)).toEqual(ids.map(() => 'recoverableitemspurges'));
    const messages = await harness.store.messages.byIds(ids);
    const evidence = await harness.store.evidence.collection.find({ actionId: id }).toArray();
    expect(evidence.map(({ messageId, sha256, size, flags }) => ({ messageId, sha256, size, flags }))).toEqual(
      messages.map(({ _id, sha256, size, flags }) => ({ messageId: _id, sha256, size, flags })),
    );
    expect((await analyst('get', `/actions/${id}/evidence`)).status).toBe(403);
    const shownEvidence = (await admin('get', `/actions/${id}/evidence`)).body as { items: object[]; total: number };
    expect(shownEvidence).toMatchObject({ total: 2, items: evidence.map(({ sha256 }) => ({ sha256 })) });
    expect(evidence[0]?.headers).toContain('Subject: ');
    expect((await analyst('post', `/actions/${id}/revert`).send({ destination: 'inbox' })).status).toBe(409);
    const { items } = (await analyst('get', `/messages/${ids[0] ?? ''}/timeline`)).body as {
      items: { event: string }[];
    };
    expect(items.map(({ event }) => event)).toEqual(['Original delivery', 'Manual remediation']);
  });

  afterAll(async () => {
    await setSettings(harness, { remediation: { hardDelete: false } });
  });

  test('is refused by a hold, and by a role that is missing', async () => {
    const { ids } = await deliverCampaign(harness, [
      ['free@corp.example', 'inbox'],
      ['court@corp.example', 'inbox'],
    ]);
    await harness.admin.setMailbox('court@corp.example', { hold: { reason: 'Court', reference: 'R1' } });
    const body = { name: 'Case', action: 'hardDelete', messageIds: ids };
    const held = await admin('post', '/remediations').send(body);
    expect([held.status, (held.body as { detail: string }).detail]).toEqual([
      409,
      expect.stringContaining('court@corp.example'),
    ]);
    expect((await analyst('post', '/remediations').send(body)).status).toBe(403);
    expect(await foldersOf(harness, ids)).toEqual(['inbox', 'inbox']);
  });

  test('takes nothing from a mailbox that came under a hold before it was allowed', async () => {
    const { ids } = await deliverCampaign(harness, [
      ['free@corp.example', 'inbox'],
      ['held@corp.example', 'inbox'],
    ]);
    const { id } = await order({ action: 'hardDelete', messageIds: ids }, admin);
    await waits(id);
    await harness.admin.setMailbox('held@corp.example', { hold: { reason: 'Court', reference: 'R1' } });
    expect((await other('post', `/actions/${id}/approve`).send({})).status).toBe(200);
    expect(await over(id)).toMatchObject({
      ...{ status: 'Partially Completed', outcomes: { removed: 1, onHold: 1 }, remainingInMailboxes: 1 },
    });
    expect(await foldersOf(harness, ids)).toEqual(['recoverableitemspurges', 'inbox']);
  });

  const deleting = async (ids: readonly string[]): Promise<string> => {
    const { id } = await order({ action: 'hardDelete', messageIds: ids }, admin);
    await waits(id);
    expect((await other('post', `/actions/${id}/approve`).send({})).status).toBe(200);
    return id;
  };
  const evidenceOf = async (actionId: string): Promise<string[]> =>
    (await harness.store.evidence.collection.find({ actionId }).toArray()).map(({ messageId }) => messageId).sort();

  test('waits for a mailbox that cannot be read now, and does the others meanwhile', async () => {
    const { ids } = await deliverCampaign(harness, [
      ['here@corp.example', 'inbox'],
      ['away@corp.example', 'inbox'],
    ]);
    shut.set('away@corp.example', new MailboxError('unreachable', 'It is away', { retryable: true }));
    const id = await deleting(ids);
    await until(async () => (await ledgerOf(id)).some(({ outcome }) => outcome === 'removed'));
    await until(async () => (await ledgerOf(id)).some(({ reason }) => reason !== null));
    expect((await ledgerOf(id)).map(({ mailbox, outcome, reason }) => [mailbox, outcome, reason]).sort()).toEqual([
      ['away@corp.example', 'open', 'unreachable'],
      ['here@corp.example', 'removed', null],
    ]);
    expect(await evidenceOf(id)).toEqual([ids[0]]);
    shut.clear();
    expect(await over(id)).toMatchObject({ status: 'Completed', outcomes: { removed: 2 } });
    expect((await ledgerOf(id)).map(({ reason }) => reason)).toEqual([null, null]);
    expect(await evidenceOf(id)).toEqual([...ids].sort());
    const kept = await harness.store.audit.collection.find({ action: 'action.evidence', target: id }).toArray();
    expect(kept.map(({ after }) => after)).toEqual([{ messages: 1 }, { messages: 1 }]);
  });

  test('leaves what is in a mailbox that refuses to sign us in, which it asks once', async () => {
    const { ids } = await deliverCampaign(harness, [
      ['open@corp.example', 'inbox'],
      ['locked@corp.example', 'inbox'],
      ['locked@corp.example', 'archive'],
    ]);
    shut.set('locked@corp.example', new MailboxError('loginRefused', 'It refuses'));
    refusedReads = 0;
    const id = await deleting(ids);
    expect(await over(id)).toMatchObject({
      ...{ status: 'Partially Completed', outcomes: { removed: 1, failed: 2 }, remainingInMailboxes: 2 },
    });
    const reasons = (await ledgerOf(id)).map(({ mailbox, reason }) => [mailbox, reason]).sort();
    expect(reasons).toEqual([
      ['locked@corp.example', 'loginRefused'],
      ['locked@corp.example', 'loginRefused'],
      ['open@corp.example', null],
    ]);
    expect(refusedReads).toBe(1);
    expect(await foldersOf(harness, ids)).toEqual(['recoverableitemspurges', 'inbox', 'archive']);
    expect(await evidenceOf(id)).toEqual([ids[0]]);

    shut.clear();
    expect((await other('post', `/actions/${id}/retry`).send({})).status).toBe(202);
    await until(async () => (await shown(id)).status === 'Completed');
    expect(await evidenceOf(id)).toEqual([...ids].sort());
  });
});

describe('where a second person must decide', () => {
  beforeAll(async () => {
    await setSettings(harness, { secondPerson: { over: 1 } });
  });
  afterAll(async () => {
    await setSettings(harness, { secondPerson: 'never' });
  });

  test('an action over the limit waits for one, and mail that was moved meanwhile is taken from where it is', async () => {
    const { ids } = await deliverCampaign(harness, PLACES.slice(0, 2));
    const { id } = await order({ action: 'softDelete', messageIds: ids });
    const waiting = await waits(id);
    expect(waiting.expiresAt).not.toBeNull();
    expect((await analyst('post', `/actions/${id}/approve`).send({})).status).toBe(403);
    await harness.admin.userMove(ids[0] ?? '', 'Projects');
    expect((await other('post', `/actions/${id}/approve`).send({})).status).toBe(200);
    expect(await over(id)).toMatchObject({ status: 'Completed', decidedBy: 'other', outcomes: { removed: 2 } });
  });

  test('what another action removed meanwhile is left to it, and the ledger says whose it is', async () => {
    const { ids, file } = await deliverCampaign(harness, PLACES.slice(0, 2));
    const { id } = await order({ action: 'moveToDeletedItems', messageIds: ids });
    await waits(id);
    const owner = (await ended(harness, (await raise(harness, [file])).id)).actions[0]?._id ?? '';
    expect((await other('post', `/actions/${id}/approve`).send({})).status).toBe(200);
    expect(await over(id)).toMatchObject({ status: 'Completed', outcomes: { alreadyGone: 2 } });
    expect((await ledgerOf(id)).map(({ ownerActionId }) => ownerActionId)).toEqual([owner, owner]);
    expect(await reverted(owner, 'original')).toMatchObject({ restored: 2 });
  });

  test('a rejection leaves the mail where it is', async () => {
    const { ids } = await deliverCampaign(harness, PLACES.slice(0, 2));
    const { id } = await order({ action: 'moveToJunk', messageIds: ids });
    await waits(id);
    expect((await other('post', `/actions/${id}/reject`).send({})).status).toBe(200);
    expect(await over(id)).toMatchObject({ status: 'Rejected', outcomes: { open: 1, alreadyThere: 1 } });
    expect(await foldersOf(harness, ids)).toEqual(['inbox', 'junkemail']);
  });
});

describe('an order that cannot be is refused as a whole', () => {
  const UNKNOWN = '0'.repeat(24);
  let ids: readonly string[];
  beforeAll(async () => {
    ({ ids } = await deliverCampaign(harness, PLACES.slice(0, 2)));
  });

  test.each<[string, number, RegExp, (known: readonly string[]) => object]>([
    ['no message', 400, /messageIds/, () => ({ messageIds: [] })],
    ['no messages and no filter', 400, /exactly one/, () => ({})],
    ['a message twice', 400, /the same message as messageIds\.0/, ([one]) => ({ messageIds: [one, one] })],
    [
      'a message that is not there',
      400,
      new RegExp(`no message ${UNKNOWN}`),
      ([one]) => ({ messageIds: [one, UNKNOWN] }),
    ],
    ['an unknown action', 400, /action/, (messageIds) => ({ messageIds, action: 'burn' })],
    ['no name', 400, /name/, (messageIds) => ({ messageIds, name: ' ' })],
    [
      'both messages and a filter',
      400,
      /exactly one/,
      (messageIds) => ({ messageIds, filter: { sender: 'a@b.example' } }),
    ],
    ['an empty filter', 400, /at least one key/, () => ({ filter: {} })],
    ['a filter of time alone', 400, /at least one key/, () => ({ filter: { from: '2026-01-01T00:00:00Z' } })],
    ['a filter by something unknown', 400, /color/, () => ({ filter: { color: 'red' } })],
    ['a filter that finds nothing', 409, /finds none/, () => ({ filter: { senderDomain: 'nobody.example' } })],
    [
      'a hard delete by filter',
      400,
      /pick each by messageIds/,
      () => ({ action: 'hardDelete', filter: { senderDomain: 'evil.example' } }),
    ],
    [
      'a hard delete while it is off',
      409,
      /Hard delete is off/,
      (messageIds) => ({ messageIds, action: 'hardDelete' }),
    ],
    ['a query in KQL', 400, /query: is not a known field/, () => ({ query: 'EmailEvents' })],
    [
      'a selection that is another',
      409,
      /has changed/,
      (messageIds) => ({ messageIds, selectionHash: 'f'.repeat(64) }),
    ],
    ['a hash that is none', 400, /selectionHash/, (messageIds) => ({ messageIds, selectionHash: 'x' })],
  ])('%s: %d', async (_name, status, detail, body) => {
    const before = await harness.store.actions.collection.countDocuments();
    const reply = await admin('post', '/remediations').send({ name: 'Case', action: 'softDelete', ...body(ids) });
    expect([reply.status, (reply.body as { detail: string }).detail]).toEqual([status, expect.stringMatching(detail)]);
    expect(await harness.store.actions.collection.countDocuments()).toBe(before);
    expect(await foldersOf(harness, ids)).toEqual(['inbox', 'junkemail']);
  });
});

test('a dry run says what would happen and changes nothing; its hash confirms the order', async () => {
  const { ids } = await deliverCampaign(harness, PLACES);
  const reply = await analyst('post', '/remediations').send({
    ...{ name: 'Look', action: 'moveToJunk', messageIds: ids, dryRun: true },
  });
  expect([reply.status, reply.body]).toEqual([
    200,
    expect.objectContaining({
      ...{ messageCount: 5, mailboxCount: 3, leftOut: { messages: 0, mailboxes: 0 } },
      locationCounts: { 'Inbox/folder': 3, 'Junk folder': 1, 'Deleted items': 1 },
      expected: { toDo: 4, toRevert: 0, alreadyThere: 1, alreadyGone: 0 },
    }),
  ]);
  remediationPreview.parse(reply.body);
  await analyst('post', '/remediations')
    .set({ accept: 'text/csv', 'idempotency-key': 'a-list' })
    .send({ name: 'Look', action: 'moveToJunk', messageIds: ids, dryRun: true })
    .expect(200, /alreadyThere/);
  const list = await analyst('post', '/remediations')
    .set({ accept: 'text/csv', 'idempotency-key': 'a-list' })
    .send({ name: 'Look', action: 'moveToJunk', messageIds: ids, dryRun: true });
  const [head, ...lines] = list.text.trim().split('\r\n');
  expect([list.status, list.headers['content-type'], lines.length]).toEqual([
    200,
    expect.stringContaining('text/csv'),
    5,
  ]);
  expect(head).toMatch(/^"id","mailbox","action","expected","subject"/);
  expect(lines.filter((line) => line.includes('"moveToJunk","alreadyThere"'))).toHaveLength(1);
  const { selectionHash, sample } = reply.body as { selectionHash: string; sample: readonly { id: string }[] };
  expect(sample.map(({ id }) => id).sort()).toEqual([...ids].sort());
  const { id } = await order({ action: 'moveToJunk', messageIds: [...ids].reverse(), selectionHash });
  expect(await over(id)).toMatchObject({ status: 'Completed', outcomes: { moved: 4, alreadyThere: 1 } });
});

test('a dry run of a soft delete says until when all of it could be undone: as the first mailbox lets go of it', async () => {
  const { ids } = await deliverCampaign(harness, PLACES);
  const ask = async (action: string): Promise<{ undo: { at: string; basis: string } | null }> => {
    const body = { name: 'Look', action, messageIds: ids, dryRun: true };
    return (await analyst('post', '/remediations').send(body)).body as { undo: { at: string; basis: string } | null };
  };
  const { undo } = await ask('softDelete');
  const days = (new Date(undo?.at ?? 0).getTime() - Date.now()) / (24 * 60 * 60 * 1000);
  expect([Math.round(days), undo?.basis]).toEqual([14, 'configured']);
  expect((await ask('moveToJunk')).undo).toBeNull();
});

describe('a filter', () => {
  test('takes what it found when it was asked for, from all folders; what comes later is not in it', async () => {
    const campaign = await deliverCampaign(harness, PLACES);
    const url = campaign.url.type === 'url' ? campaign.url.url : '';
    const dry = { name: 'Look', action: 'softDelete', filter: { url }, dryRun: true };
    const { selectionHash } = (await analyst('post', '/remediations').send(dry)).body as { selectionHash: string };
    const late = await deliverMore(harness, campaign, [['a@corp.example', 'inbox']]);
    const changed = await analyst('post', '/remediations').send({ ...dry, dryRun: false, selectionHash });
    expect([changed.status, (changed.body as { detail: string }).detail]).toEqual([
      409,
      expect.stringContaining('it has 6 messages now'),
    ]);
    const { id } = await order({ action: 'softDelete', filter: { url } });
    const after = await deliverMore(harness, { ...campaign, ids: [...campaign.ids, ...late] }, [
      ['a@corp.example', 'inbox'],
    ]);
    expect(await over(id)).toMatchObject({ status: 'Completed', messageCount: 6, outcomes: { removed: 6 } });
    expect(await foldersOf(harness, after)).toEqual(['inbox']);
    // By what was done to them: the way back of all that a person removed.
    const acted = { url, additionalAction: 'Manual remediation', latestDeliveryLocation: 'Soft deleted' };
    const back = await over((await order({ action: 'moveToInbox', filter: acted })).id);
    expect(back).toMatchObject({ status: 'Completed', messageCount: 6, outcomes: { restored: 6 } });
  });

  test('leaves excluded mailboxes alone and says how much is in them', async () => {
    const campaign = await deliverCampaign(harness, [
      ['a@corp.example', 'inbox'],
      ['boss@corp.example', 'inbox'],
    ]);
    // One of them has nothing yet that the filter finds: what comes to it meanwhile is left out too.
    await setSettings(harness, { excludedMailboxes: ['boss@corp.example', 'board@corp.example'] });
    const url = campaign.url.type === 'url' ? campaign.url.url : '';
    const { id } = await order({ action: 'moveToJunk', filter: { url } });
    expect(await over(id)).toMatchObject({
      status: 'Completed',
      messageCount: 1,
      leftOutCount: 1,
      outcomes: { moved: 1 },
    });
    const selection = await harness.store.selections.collection.findOne({ _id: id });
    expect(selection?.leftOut).toEqual(expect.arrayContaining(['boss@corp.example', 'board@corp.example']));
    const only = await analyst('post', '/remediations').send({
      ...{ name: 'Case', action: 'moveToJunk', messageIds: campaign.ids.slice(1) },
    });
    expect([only.status, (only.body as { detail: string }).detail]).toEqual([409, expect.stringContaining('excluded')]);
    await setSettings(harness, { excludedMailboxes: [] });
    expect(await foldersOf(harness, campaign.ids)).toEqual(['junkemail', 'inbox']);
  });

  test('over 100 messages needs the hash of a dry run, over 200,000 are too many, and so is more than may be in flight', async () => {
    const campaign = await deliverCopies(harness, 'filtered', 101);
    const url = campaign.url.type === 'url' ? campaign.url.url : '';
    const body = { name: 'Case', action: 'softDelete', filter: { url } };
    const refused = await analyst('post', '/remediations').send(body);
    expect([refused.status, (refused.body as { detail: string }).detail]).toEqual([
      400,
      expect.stringContaining('send the one of a dry run'),
    ]);
    const groups = jest
      .spyOn(harness.store.selections, 'groups')
      .mockResolvedValueOnce([
        { mailbox: 'a@corp.example', folder: 'inbox', removedBy: null, purged: false, count: 200_001 },
      ]);
    const large = await analyst('post', '/remediations').send(body);
    groups.mockRestore();
    expect([large.status, (large.body as { detail: string }).detail]).toEqual([
      409,
      expect.stringContaining('narrow the filter'),
    ]);
    const dry = await analyst('post', '/remediations').send({ ...body, dryRun: true });
    const { selectionHash } = dry.body as { selectionHash: string };
    await setSettings(harness, { remediation: { messagesInFlight: 100 } });
    const full = await analyst('post', '/remediations').send({ ...body, selectionHash });
    expect([full.status, full.headers['retry-after'], (full.body as { detail: string }).detail]).toEqual([
      429,
      '60',
      expect.stringContaining('stop one'),
    ]);
    await setSettings(harness, { remediation: { messagesInFlight: 1_000_000 } });
    const { id } = await order({ action: 'softDelete', filter: { url }, selectionHash });
    expect(await over(id)).toMatchObject({ status: 'Completed', outcomes: { removed: 101 } });
  });
});
