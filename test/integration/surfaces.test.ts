import { type ActionView } from '../../api/views';
import { type ActionType } from '../../domain/remediation';
import { type EventDoc } from '../../store/events';
import { type LedgerDoc } from '../../store/ledger';
import { appOf } from '../support/app';
import { BOTH_ON, type Campaign, deliverCampaign, raise, setSettings } from '../support/cases';
import { createHarness, type Harness, until } from '../support/harness';
import { type Caller, caller } from '../support/rest';

let harness: Harness;
let analyst: Caller;
let other: Caller;

beforeAll(async () => {
  harness = await createHarness();
  await harness.startWorker();
  const app = appOf(harness);
  analyst = await caller(app, harness.store, 'analyst', ['reader', 'approver', 'admin']);
  other = await caller(app, harness.store, 'other', ['reader', 'approver', 'admin']);
  await setSettings(harness, { ...BOTH_ON, remediation: { hardDelete: true } });
});

afterAll(async () => {
  await harness.close();
});

/** Messages of a campaign, by their place in it. */
type Places = readonly number[];

/** What each surface says of a campaign's messages. */
interface Surfaces {
  /** Action center: the ledger of the action, by outcome, and how it stands in the list. */
  readonly actionCenter: Readonly<Record<string, Places>>;
  readonly listed: Pick<ActionView, 'decidedBy' | 'handledBy' | 'actionSource' | 'status'>;
  /** The investigation lists the action, with the same sums. */
  readonly investigation: 'same' | 'none';
  /** Explorer, by additional action and by latest location. */
  readonly explorer: Readonly<Record<string, Places>>;
  /** Post-delivery events, by their words. */
  readonly events: Readonly<Record<string, Places>>;
}

async function get<T>(path: string): Promise<T> {
  const reply = await analyst('get', path);
  expect([path, reply.status]).toEqual([path, 200]);
  return reply.body as T;
}

interface Items<T> {
  readonly items: readonly T[];
}

async function surfacesOf({ ids, url }: Campaign, actionId: string): Promise<Surfaces> {
  const places = (found: readonly string[]): Places => found.map((id) => ids.indexOf(id)).sort();
  const group = <T>(rows: readonly T[], keyOf: (row: T) => string, idOf: (row: T) => string) => {
    const keys = [...new Set(rows.map(keyOf))];
    return Object.fromEntries(keys.map((key) => [key, places(rows.filter((row) => keyOf(row) === key).map(idOf))]));
  };
  const ledger = await get<Items<LedgerDoc>>(`/actions/${actionId}/ledger`);
  const history = await get<Items<ActionView>>('/actions?tab=history&limit=500');
  const listed = history.items.find(({ id }) => id === actionId);
  const one = await get<ActionView>(`/actions/${actionId}`);
  expect(listed).toEqual(one);
  const mine = listed?.investigationId ?? null;
  const others = mine === null ? null : await get<Items<ActionView>>(`/investigations/${mine}/actions`);
  const link = url.type === 'url' ? encodeURIComponent(url.url) : '';
  const rows = await get<Items<{ id: string; additionalActions: string[]; latestDeliveryLocation: string }>>(
    `/messages?url=${link}`,
  );
  const explorer: Record<string, Places> = group(
    rows.items,
    (row) => row.latestDeliveryLocation,
    ({ id }) => id,
  );
  for (const location of Object.keys(explorer)) {
    const asked = await get<Items<{ id: string }>>(
      `/messages?url=${link}&latestDeliveryLocation=${encodeURIComponent(location)}`,
    );
    expect([location, places(asked.items.map(({ id }) => id))]).toEqual([location, explorer[location]]);
  }
  for (const word of ['Automated remediation:automated', 'Manual remediation']) {
    const asked = await get<Items<{ id: string }>>(
      `/messages?url=${link}&additionalAction=${encodeURIComponent(word)}`,
    );
    explorer[word] = places(asked.items.map(({ id }) => id));
    const shown = rows.items.filter(({ additionalActions }) => additionalActions.includes(word)).map(({ id }) => id);
    expect([word, places(shown)]).toEqual([word, explorer[word]]);
  }
  const events = await harness.store.events.collection.find({ messageId: { $in: [...ids] } }).toArray();
  return {
    actionCenter: group(
      ledger.items,
      ({ outcome }) => outcome,
      ({ messageId }) => messageId,
    ),
    listed: {
      ...{ decidedBy: one.decidedBy, handledBy: one.handledBy, actionSource: one.actionSource, status: one.status },
    },
    investigation: others?.items.some((action) => isSame(action, one)) === true ? 'same' : 'none',
    explorer,
    events: group(events, wordsOf, ({ messageId }) => messageId),
  };
}

function isSame(action: ActionView, one: ActionView): boolean {
  expect(action).toEqual(one);
  return action.id === one.id;
}

function wordsOf({ action, actionType, actionTrigger, actionResult, deliveryLocation }: EventDoc): string {
  return [action, actionType, actionTrigger, actionResult, deliveryLocation].join(' · ');
}

/** A campaign in three folders that automation may take from. */
const PLACES = [
  ['a@corp.example', 'inbox'],
  ['b@corp.example', 'junkemail'],
  ['c@corp.example', 'Projects/2026'],
] as const;
const ALL: Places = [0, 1, 2];
const NONE: Places = [];

async function actionOf(investigationId: string): Promise<string> {
  const find = async (): Promise<string> => (await harness.store.actions.of(investigationId))[0]?._id ?? '';
  await until(async () => (await find()) !== '');
  return find();
}

async function over(id: string): Promise<string> {
  await until(async () => (await get<ActionView>(`/actions/${id}`)).endedAt !== null);
  return id;
}

async function automatic({ url }: Campaign): Promise<string> {
  return over(await actionOf((await raise(harness, [url])).id));
}

const decided =
  (decision: 'approve' | 'reject') =>
  async ({ url }: Campaign): Promise<string> => {
    const id = await actionOf((await raise(harness, [url], { startedByPerson: true })).id);
    expect((await analyst('post', `/actions/${id}/${decision}`).send({})).status).toBe(200);
    return over(id);
  };

const taken =
  (action: ActionType) =>
  async ({ ids }: Campaign): Promise<string> => {
    const reply = await analyst('post', '/remediations').send({ name: 'Case', action, messageIds: ids });
    expect(reply.status).toBe(202);
    const { id } = reply.body as ActionView;
    if (action === 'hardDelete') {
      await until(async () => (await get<ActionView>(`/actions/${id}`)).status === 'Pending');
      expect((await other('post', `/actions/${id}/approve`).send({})).status).toBe(200);
    }
    return over(id);
  };

async function putBack(id: string): Promise<void> {
  const reply = await analyst('post', `/actions/${id}/revert`).send({ destination: 'inbox' });
  expect(reply.status).toBe(202);
  const { id: revertId } = reply.body as { id: string };
  await until(async () => (await harness.store.reverts.byId(revertId))?.open === false);
}

const AUTOMATED = 'Automated remediation:automated';
const MANUAL = 'Manual remediation';
const BY_PERSON = `Manual Remediation · AdminAction · Success`;
const BACK = `Moved to inbox · ${BY_PERSON} · Inbox/folder`;

/** What a person did, in the words of its event and where it puts a message. */
const byPerson = (action: string, location: string): string => `${action} · ${BY_PERSON} · ${location}`;

interface Case {
  readonly act: (campaign: Campaign) => Promise<string>;
  readonly after: Surfaces;
  /** After its revert to Inbox; none where there is no way back. */
  readonly reverted?: Surfaces;
}

function manual(
  decidedBy: string,
  actionSource: ActionView['actionSource'],
  rest: Pick<Surfaces, 'actionCenter' | 'explorer' | 'events'> & { readonly status?: ActionView['status'] },
): Surfaces {
  const { status = 'Completed', actionCenter, explorer, events } = rest;
  return {
    listed: { decidedBy, handledBy: decidedBy, actionSource, status },
    investigation: actionSource === 'Explorer action' ? 'none' : 'same',
    ...{ actionCenter, explorer, events },
  };
}

const SOFT = { actionCenter: { removed: ALL }, events: { [byPerson('Soft delete', 'Soft deleted')]: ALL } };
const SOFT_AFTER = { ...SOFT, explorer: { 'Soft deleted': ALL, [AUTOMATED]: NONE, [MANUAL]: ALL } };
const SOFT_BACK = {
  ...{ actionCenter: SOFT.actionCenter, events: { ...SOFT.events, [BACK]: ALL } },
  explorer: { 'Inbox/folder': ALL, [AUTOMATED]: NONE, [MANUAL]: ALL },
};
const AUTOMATION = {
  decidedBy: 'Automation',
  handledBy: 'Automation',
  actionSource: 'Automated email action',
} as const;
const BY_AUTOMATION = 'Soft delete · Automated Remediation · Automation · Success · Soft deleted';

const CASES: Readonly<Record<string, Case>> = {
  'what automation removed': {
    act: automatic,
    after: {
      ...{ actionCenter: { removed: ALL }, listed: { ...AUTOMATION, status: 'Completed' }, investigation: 'same' },
      explorer: { 'Soft deleted': ALL, [AUTOMATED]: ALL, [MANUAL]: NONE },
      events: { [BY_AUTOMATION]: ALL },
    },
    reverted: {
      ...{ actionCenter: { removed: ALL }, listed: { ...AUTOMATION, status: 'Completed' }, investigation: 'same' },
      explorer: { 'Inbox/folder': ALL, [AUTOMATED]: ALL, [MANUAL]: ALL },
      events: { [BY_AUTOMATION]: ALL, [BACK]: ALL },
    },
  },
  'what a person approved': {
    act: decided('approve'),
    after: manual('analyst', 'Manual email action', SOFT_AFTER),
    reverted: manual('analyst', 'Manual email action', SOFT_BACK),
  },
  'what a person rejected': {
    act: decided('reject'),
    after: manual('analyst', 'Manual email action', {
      ...{ status: 'Rejected', actionCenter: { open: ALL }, events: {} },
      explorer: { 'Inbox/folder': [0, 2], 'Junk folder': [1], [AUTOMATED]: NONE, [MANUAL]: NONE },
    }),
  },
  'a soft delete by Take action': {
    act: taken('softDelete'),
    after: manual('analyst', 'Explorer action', SOFT_AFTER),
    reverted: manual('analyst', 'Explorer action', SOFT_BACK),
  },
  'a move to Inbox': {
    act: taken('moveToInbox'),
    after: manual('analyst', 'Explorer action', {
      actionCenter: { moved: [1, 2], alreadyThere: [0] },
      explorer: { 'Inbox/folder': ALL, [AUTOMATED]: NONE, [MANUAL]: [1, 2] },
      events: { [BACK]: [1, 2] },
    }),
  },
  'a move to Junk': {
    act: taken('moveToJunk'),
    after: manual('analyst', 'Explorer action', {
      actionCenter: { moved: [0, 2], alreadyThere: [1] },
      explorer: { 'Junk folder': ALL, [AUTOMATED]: NONE, [MANUAL]: [0, 2] },
      events: { [byPerson('Moved to junk folder', 'Junk folder')]: [0, 2] },
    }),
    reverted: manual('analyst', 'Explorer action', {
      actionCenter: { moved: [0, 2], alreadyThere: [1] },
      explorer: { 'Inbox/folder': [0, 2], 'Junk folder': [1], [AUTOMATED]: NONE, [MANUAL]: [0, 2] },
      events: { [byPerson('Moved to junk folder', 'Junk folder')]: [0, 2], [BACK]: [0, 2] },
    }),
  },
  'a move to Deleted items': {
    act: taken('moveToDeletedItems'),
    after: manual('analyst', 'Explorer action', {
      actionCenter: { moved: ALL },
      explorer: { 'Deleted items': ALL, [AUTOMATED]: NONE, [MANUAL]: ALL },
      events: { [byPerson('Moved to deleted items', 'Deleted items')]: ALL },
    }),
    reverted: manual('analyst', 'Explorer action', {
      actionCenter: { moved: ALL },
      explorer: { 'Inbox/folder': ALL, [AUTOMATED]: NONE, [MANUAL]: ALL },
      events: { [byPerson('Moved to deleted items', 'Deleted items')]: ALL, [BACK]: ALL },
    }),
  },
  'a hard delete': {
    act: taken('hardDelete'),
    after: manual('other', 'Explorer action', {
      actionCenter: { removed: ALL },
      explorer: { 'Hard deleted': ALL, [AUTOMATED]: NONE, [MANUAL]: ALL },
      events: { [byPerson('Hard delete', 'Hard deleted')]: ALL },
    }),
  },
  'a move to Inbox of what automation removed': {
    async act(campaign) {
      await automatic(campaign);
      return taken('moveToInbox')(campaign);
    },
    after: manual('analyst', 'Explorer action', {
      actionCenter: { restored: ALL },
      explorer: { 'Inbox/folder': ALL, [AUTOMATED]: ALL, [MANUAL]: ALL },
      events: { [BY_AUTOMATION]: ALL, [BACK]: ALL },
    }),
  },
};

test.each(Object.keys(CASES))('Action center, investigation, Explorer and events agree on %s', async (name) => {
  const { act, after, reverted } = CASES[name] ?? {};
  const campaign = await deliverCampaign(harness, PLACES);
  const id = (await act?.(campaign)) ?? '';
  expect(await surfacesOf(campaign, id)).toEqual(after);
  if (reverted === undefined) return;
  await putBack(id);
  expect(await surfacesOf(campaign, id)).toEqual(reverted);
});
