import { type ActionView } from '../../api/views';
import { type Entity } from '../../domain/entity';
import { type ActionType } from '../../domain/remediation';
import { type MailboxProvider } from '../../mail/provider';
import { type EventDoc } from '../../store/events';
import { type LedgerDoc } from '../../store/ledger';
import { type RevertDestination } from '../../store/reverts';
import { appOf } from '../support/app';
import { BOTH_ON, type Campaign, deliverCampaign, raise, setSettings } from '../support/cases';
import { createHarness, type Harness, until } from '../support/harness';
import { mail, sha256 } from '../support/mail';
import { type Caller, caller } from '../support/rest';

/** What is wrong with a mailbox: it cannot be reached, it refuses each move, or its user is faster than each move. */
const faults = new Map<string, 'away' | 'refused' | 'user'>();

function withFaults(provider: MailboxProvider): MailboxProvider {
  return {
    ...provider,
    async softDelete(refs, stamp) {
      const of = (fault: string) => refs.filter(({ mailbox }) => faults.get(mailbox) === fault);
      for (const { messageId } of of('user')) await harness.admin.userMove(messageId, 'Mine');
      const left = [...of('away'), ...of('refused')];
      const reports = await provider.softDelete(
        refs.filter((ref) => !left.includes(ref)),
        stamp,
      );
      return [
        ...reports,
        ...left.map(({ messageId, mailbox }) => ({
          ...{ messageId, moved: false, error: 'overQuota', retryable: faults.get(mailbox) === 'away' },
        })),
      ];
    },
  };
}

let harness: Harness;
let analyst: Caller;
let other: Caller;

beforeAll(async () => {
  harness = await createHarness({ wrapProvider: withFaults });
  await harness.startWorker();
  const app = appOf(harness);
  analyst = await caller(app, harness.store, 'analyst', ['reader', 'approver', 'admin']);
  other = await caller(app, harness.store, 'other', ['reader', 'approver', 'admin']);
  await setSettings(harness, { ...BOTH_ON, remediation: { hardDelete: true } });
});

afterEach(() => {
  faults.clear();
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
  /** Its investigation: the ledgers of all that it lists, by outcome; the action is one of these. */
  readonly investigation: Readonly<Record<string, Places>> | 'none';
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

/** Mails, in the order of their places, and how the Explorer is asked for them and for no others. */
interface Mails {
  readonly ids: readonly string[];
  readonly filter: string;
}

const mailsOf = ({ ids, url }: Campaign): Mails => ({
  ...{ ids, filter: url.type === 'url' ? `url=${encodeURIComponent(url.url)}` : '' },
});

async function surfacesOf({ ids, filter }: Mails, actionId: string): Promise<Surfaces> {
  const places = (found: readonly string[]): Places =>
    [...new Set(found)].map((id) => ids.indexOf(id)).sort((one, other) => one - other);
  const group = <T>(rows: readonly T[], keyOf: (row: T) => string, idOf: (row: T) => string) => {
    const keys = [...new Set(rows.map(keyOf))];
    return Object.fromEntries(keys.map((key) => [key, places(rows.filter((row) => keyOf(row) === key).map(idOf))]));
  };
  const byOutcome = (rows: readonly LedgerDoc[]) =>
    group(
      rows,
      ({ outcome }) => outcome,
      ({ messageId }) => messageId,
    );
  const ledger = await ledgerOf(actionId);
  const history = await get<Items<ActionView>>('/actions?tab=history&limit=500');
  const listed = history.items.find(({ id }) => id === actionId);
  const one = await get<ActionView>(`/actions/${actionId}`);
  expect(listed).toEqual(one);
  const mine = listed?.investigationId ?? null;
  const others = mine === null ? [] : (await get<Items<ActionView>>(`/investigations/${mine}/actions`)).items;
  if (mine !== null) expect(others.find(({ id }) => id === actionId)).toEqual(one);
  const ledgers = await Promise.all(others.map(({ id }) => ledgerOf(id)));
  const rows = await get<Items<{ id: string; additionalActions: string[]; latestDeliveryLocation: string }>>(
    `/messages?${filter}`,
  );
  const explorer: Record<string, Places> = group(
    rows.items,
    (row) => row.latestDeliveryLocation,
    ({ id }) => id,
  );
  for (const location of Object.keys(explorer)) {
    const asked = await get<Items<{ id: string }>>(
      `/messages?${filter}&latestDeliveryLocation=${encodeURIComponent(location)}`,
    );
    expect([location, places(asked.items.map(({ id }) => id))]).toEqual([location, explorer[location]]);
  }
  for (const word of ['Automated remediation:automated', 'Manual remediation']) {
    const asked = await get<Items<{ id: string }>>(`/messages?${filter}&additionalAction=${encodeURIComponent(word)}`);
    explorer[word] = places(asked.items.map(({ id }) => id));
    const shown = rows.items.filter(({ additionalActions }) => additionalActions.includes(word)).map(({ id }) => id);
    expect([word, places(shown)]).toEqual([word, explorer[word]]);
  }
  const events = (await Promise.all([...ids].map((id) => harness.store.events.of(id)))).flat();
  return {
    actionCenter: byOutcome(ledger),
    listed: {
      ...{ decidedBy: one.decidedBy, handledBy: one.handledBy, actionSource: one.actionSource, status: one.status },
    },
    investigation: mine === null ? 'none' : byOutcome(ledgers.flat()),
    explorer,
    events: group(events, wordsOf, ({ messageId }) => messageId),
  };
}

/** The rows of an action, which add up to what it says of itself. */
async function ledgerOf(id: string): Promise<readonly LedgerDoc[]> {
  const { items } = await get<Items<LedgerDoc>>(`/actions/${id}/ledger`);
  const { outcomes } = await get<ActionView>(`/actions/${id}`);
  for (const [outcome, count] of Object.entries(outcomes)) {
    expect([outcome, items.filter((row) => row.outcome === outcome).length]).toEqual([outcome, count]);
  }
  return items;
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

/** Approved, and stopped while one of its mailboxes is away: the two others are done. */
async function stoppedHalfWay({ url }: Campaign): Promise<string> {
  faults.set('c@corp.example', 'away');
  const id = await actionOf((await raise(harness, [url], { startedByPerson: true })).id);
  expect((await analyst('post', `/actions/${id}/approve`).send({})).status).toBe(200);
  await until(async () => (await harness.store.ledger.counts(id))['removed'] === 2);
  expect((await analyst('post', `/actions/${id}/stop`).send({})).status).toBe(202);
  return over(id);
}

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

async function putBack(id: string, destination: RevertDestination): Promise<void> {
  const reply = await analyst('post', `/actions/${id}/revert`).send({ destination });
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
  /** After its revert; none where there is no way back. */
  readonly reverted?: Surfaces;
  /** To Inbox, where it does not say otherwise. */
  readonly back?: RevertDestination;
}

function manual(
  decidedBy: string,
  actionSource: ActionView['actionSource'],
  rest: Pick<Surfaces, 'actionCenter' | 'explorer' | 'events'> & { readonly status?: ActionView['status'] },
): Surfaces {
  const { status = 'Completed', actionCenter, explorer, events } = rest;
  return {
    listed: { decidedBy, handledBy: decidedBy, actionSource, status },
    investigation: actionSource === 'Explorer action' ? 'none' : actionCenter,
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
const PARTLY = { removed: [0], failed: [1], movedByUser: [2] };
const NOT_BY_AUTOMATION = 'Soft delete · Automated Remediation · Automation · Error · Junk folder';
const BY_AUTOMATION = 'Soft delete · Automated Remediation · Automation · Success · Soft deleted';

const CASES: Readonly<Record<string, Case>> = {
  'what automation removed': {
    act: automatic,
    after: {
      ...{ actionCenter: { removed: ALL }, listed: { ...AUTOMATION, status: 'Completed' } },
      investigation: { removed: ALL },
      explorer: { 'Soft deleted': ALL, [AUTOMATED]: ALL, [MANUAL]: NONE },
      events: { [BY_AUTOMATION]: ALL },
    },
    reverted: {
      ...{ actionCenter: { removed: ALL }, listed: { ...AUTOMATION, status: 'Completed' } },
      investigation: { removed: ALL },
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
    back: 'original',
    // Of the two that it moved, one goes back to Junk and one to its folder; the third was where it is.
    reverted: manual('analyst', 'Explorer action', {
      actionCenter: { moved: [1, 2], alreadyThere: [0] },
      explorer: { 'Inbox/folder': [0, 2], 'Junk folder': [1], [AUTOMATED]: NONE, [MANUAL]: [1, 2] },
      events: { [BACK]: [1, 2], [byPerson('Moved to junk folder', 'Junk folder')]: [1] },
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
  'what automation removed and a person moved to Inbox': {
    async act(campaign) {
      const owner = await automatic(campaign);
      await taken('moveToInbox')(campaign);
      return owner;
    },
    after: {
      ...{ actionCenter: { removed: ALL }, listed: { ...AUTOMATION, status: 'Completed' } },
      investigation: { removed: ALL },
      explorer: { 'Inbox/folder': ALL, [AUTOMATED]: ALL, [MANUAL]: ALL },
      events: { [BY_AUTOMATION]: ALL, [BACK]: ALL },
    },
  },
  'what was stopped half-way': {
    act: stoppedHalfWay,
    after: manual('analyst', 'Manual email action', {
      ...{ status: 'Stopped', actionCenter: { removed: [0, 1], open: [2] } },
      explorer: { 'Soft deleted': [0, 1], 'Inbox/folder': [2], [AUTOMATED]: NONE, [MANUAL]: [0, 1] },
      events: { [byPerson('Soft delete', 'Soft deleted')]: [0, 1] },
    }),
    reverted: manual('analyst', 'Manual email action', {
      ...{ status: 'Stopped', actionCenter: { removed: [0, 1], open: [2] } },
      explorer: { 'Inbox/folder': ALL, [AUTOMATED]: NONE, [MANUAL]: [0, 1] },
      events: { [byPerson('Soft delete', 'Soft deleted')]: [0, 1], [BACK]: [0, 1] },
    }),
  },
  'what automation could do in part': {
    async act(campaign) {
      faults.set('b@corp.example', 'refused').set('c@corp.example', 'user');
      return automatic(campaign);
    },
    after: {
      ...{ actionCenter: PARTLY, investigation: PARTLY, listed: { ...AUTOMATION, status: 'Partially Completed' } },
      explorer: { 'Soft deleted': [0], 'Junk folder': [1], 'Inbox/folder': [2], [AUTOMATED]: [0, 1], [MANUAL]: NONE },
      events: { [BY_AUTOMATION]: [0], [NOT_BY_AUTOMATION]: [1] },
    },
    reverted: {
      ...{ actionCenter: PARTLY, investigation: PARTLY, listed: { ...AUTOMATION, status: 'Partially Completed' } },
      explorer: { 'Inbox/folder': [0, 2], 'Junk folder': [1], [AUTOMATED]: [0, 1], [MANUAL]: [0] },
      events: { [BY_AUTOMATION]: [0], [NOT_BY_AUTOMATION]: [1], [BACK]: [0] },
    },
  },
};

test.each(Object.keys(CASES))('Action center, investigation, Explorer and events agree on %s', async (name) => {
  const { act, after, reverted, back = 'inbox' } = CASES[name] ?? {};
  const campaign = await deliverCampaign(harness, PLACES);
  const id = (await act?.(campaign)) ?? '';
  expect(await surfacesOf(mailsOf(campaign), id)).toEqual(after);
  if (reverted === undefined) return;
  await putBack(id, back);
  expect(await surfacesOf(mailsOf(campaign), id)).toEqual(reverted);
});

/** Ten mails of one template: eight carry the file, two a file of their own. */
async function deliverSimilar(): Promise<Mails & { readonly file: Entity }> {
  const attachment = 'similar'.padEnd(64, '.');
  const ids: string[] = [];
  for (let at = 0; at < 10; at++) {
    const own = at < KNOWN.length ? attachment : `similar ${at}`.padEnd(64, '-');
    const [mailbox, link] = [`user${at}@corp.example`, `https://x${at}-similar.example/a`];
    const raw = mail({ id: `similar-${at}`, from: 'help@similar.example', link, attachment: own, to: mailbox })
      .toString()
      .replace('192.0.2.7', '203.0.113.77')
      .replace(
        /Please pay at \S+ today\./,
        'Your mailbox is nearly full and will be closed unless you confirm it is in use',
      );
    const delivery = { mailbox, folder: 'inbox', flags: ['\\Seen'], receivedAt: new Date(), raw: Buffer.from(raw) };
    ids.push((await harness.admin.deliver(delivery))._id);
  }
  const file: Entity = { type: 'file', sha256: sha256(attachment), threat: 'Malware' };
  return { ids, filter: 'senderDomain=similar.example', file };
}

const KNOWN: Places = [0, 1, 2, 3, 4, 5, 6, 7];
const SIMILAR: Places = [8, 9];

test('they agree on what automation removed since it is similar to malicious mail, beside that mail', async () => {
  await setSettings(harness, { messageClusters: { multipleSimilarAttributes: true } });
  const mails = await deliverSimilar();
  const { id: investigationId } = await raise(harness, [mails.file]);
  await until(async () => (await harness.store.investigations.byId(investigationId))?.open === false);
  await setSettings(harness, { messageClusters: { multipleSimilarAttributes: false } });
  const actions = await harness.store.actions.of(investigationId);
  const [similar = ''] = actions.filter(({ messageCount }) => messageCount === SIMILAR.length).map(({ _id }) => _id);
  const every = [...KNOWN, ...SIMILAR];
  const after: Surfaces = {
    ...{ actionCenter: { removed: SIMILAR }, listed: { ...AUTOMATION, status: 'Completed' } },
    investigation: { removed: every },
    explorer: { 'Soft deleted': every, [AUTOMATED]: every, [MANUAL]: NONE },
    events: { [BY_AUTOMATION]: every },
  };
  expect(await surfacesOf(mails, similar)).toEqual(after);
  await putBack(similar, 'original');
  expect(await surfacesOf(mails, similar)).toEqual({
    ...after,
    explorer: { 'Soft deleted': KNOWN, 'Inbox/folder': SIMILAR, [AUTOMATED]: every, [MANUAL]: SIMILAR },
    events: { [BY_AUTOMATION]: every, [BACK]: SIMILAR },
  });
});
