import { createHash } from 'node:crypto';
import { type Express } from 'express';
import { ROLES } from '../../api/auth';
import { type Entity, entityKey } from '../../domain/entity';
import { fillCounts, REMOVAL_OUTCOMES } from '../../domain/ledger';
import { createEmbeddedProvider } from '../../mail/embedded/provider';
import { type MailboxProvider } from '../../mail/provider';
import { type ActionDoc } from '../../store/actions';
import { appOf } from '../support/app';
import { BOTH_ON, type Campaign, deliverCampaign, deliverMore, ended, raise, setSettings } from '../support/cases';
import { createHarness, type Harness, until } from '../support/harness';
import { type Caller, caller } from '../support/rest';

let harness: Harness;
let app: Express;
let admin: Caller;
/** Sees everything as it is when the last action began to wait. */
let onlooker: Caller;
let removed: ActionDoc;
let waiting: ActionDoc;
let campaign: Campaign;

beforeAll(async () => {
  harness = await createHarness();
  await harness.startWorker();
  app = appOf(harness);
  admin = await caller(app, harness.store, 'admin', ROLES);
  await setSettings(harness, BOTH_ON);
  campaign = await deliverCampaign(harness, [
    ['a@corp.example', 'inbox'],
    ['b@corp.example', 'junkemail'],
    ['c@corp.example', 'inbox'],
  ]);
  const first = await raise(harness, [campaign.file]);
  removed = (await ended(harness, first.id)).actions[0] as ActionDoc;
  await deliverMore(harness, campaign, [
    ['d@corp.example', 'inbox'],
    ['e@corp.example', 'inbox'],
  ]);
  const second = await raise(harness, [campaign.url], { startedByPerson: true });
  await until(async () => (await harness.store.actions.of(second.id)).some(({ status }) => status === 'Pending'));
  waiting = (await harness.store.actions.of(second.id))[0] as ActionDoc;
  // All of it was done in the hour in which it is looked at, wherever the hour ends.
  const now = waiting.createdAt;
  await harness.store.actions.collection.updateOne({ _id: removed._id }, { $set: { endedAt: now } });
  onlooker = await caller(appOf({ ...harness, clock: () => now }), harness.store, 'onlooker', ['reader']);
});

afterAll(async () => {
  await harness.close();
});

interface Overview {
  readonly pending: { readonly total: number; readonly next: readonly { readonly id: string }[] };
  readonly today: { readonly removed: number; readonly removedByAutomation: number };
  readonly detectionToRemoval: { readonly count: number; readonly medianMs: number; readonly p95Ms: number };
  readonly undoEnding: readonly { readonly id: string }[];
  readonly mailboxes: object;
  readonly automation: object;
  readonly series: Readonly<Record<'hour' | 'day', readonly { readonly at: string; readonly removed: number }[]>>;
}

async function overview(query = ''): Promise<Overview> {
  return (await onlooker('get', `/overview${query}`).expect(200)).body as Overview;
}

describe('GET /overview', () => {
  test('shows what waits, what automation removed today and how fast, and how the mailboxes are', async () => {
    const seen = await overview();
    expect(seen).toMatchObject({
      automation: { paused: false },
      pending: { total: 1, next: [{ id: waiting._id }] },
      today: { removed: 3, removedByAutomation: 3, pending: 1, reverted: 0 },
      mailboxes: { total: 5, byHealth: { ok: 5 }, stale: 0, oldestIndexedAt: null, indexLagMs: null },
    });
    const { count, medianMs, p95Ms } = seen.detectionToRemoval;
    expect([count, medianMs > 0, p95Ms >= medianMs]).toEqual([1, true, true]);
  });

  test('has a point for each hour and day in the zone that is asked for, the last one being now', async () => {
    const { series } = await overview('?timezone=Pacific/Kiritimati');
    expect([series.hour.length, series.day.length]).toEqual([24, 30]);
    expect([series.hour.at(-1)?.removed, series.day.at(-1)?.removed]).toEqual([3, 3]);
    const there = new Date(waiting.createdAt.getTime() + 14 * 60 * 60 * 1000).toISOString();
    expect(series.day.at(-1)?.at).toBe(there.slice(0, 10));
    for (const zone of ['Mars/Olympus', '%2B99:00', '']) {
      await admin('get', `/overview?timezone=${zone}`).expect(400);
    }
  });

  test('measures from detection where the alert says when, and only what automation removed', async () => {
    const { actions, alerts, investigations } = harness.store;
    const measured = async (): Promise<[count: number, medianMs: number]> => {
      const { count, medianMs } = (await overview()).detectionToRemoval;
      return [count, medianMs];
    };
    const investigation = await investigations.byId(removed.investigationId ?? '');
    const { alert = new Date(), lastRemoval = new Date() } = investigation?.stages ?? {};
    const fromAlert = lastRemoval.getTime() - alert.getTime();
    const detected = (at: number) =>
      alerts.collection.updateOne(
        { investigationId: removed.investigationId ?? '' },
        { $set: { alert: { detectedAt: new Date(at).toISOString() } } },
      );
    expect(await measured()).toEqual([1, fromAlert]);
    await detected(alert.getTime() - 60_000);
    expect(await measured()).toEqual([1, fromAlert + 60_000]);
    await detected(alert.getTime() + 60_000);
    expect(await measured()).toEqual([1, fromAlert]);

    // A person had more removed an hour later: the wait for them is not counted.
    const later = new Date(lastRemoval.getTime() + 60 * 60 * 1000);
    await investigations.removedAt(removed.investigationId ?? '', later);
    const [count, medianMs] = await measured();
    expect(count).toBe(1);
    expect(medianMs).toBeLessThan(fromAlert + 60_000);
    for (const theirs of [{ decidedBy: 'ann' }, { retries: 1 }]) {
      await actions.collection.updateOne({ _id: removed._id }, { $set: theirs });
      expect(await measured()).toEqual([0, null]);
      const { decidedBy, retries } = removed;
      await actions.collection.updateOne({ _id: removed._id }, { $set: { decidedBy, retries } });
    }
    const { stages } = investigation ?? {};
    await investigations.collection.updateOne(
      { _id: removed.investigationId ?? '' },
      { $set: { stages: stages ?? {} } },
    );
    await alerts.collection.updateOne({ investigationId: removed.investigationId ?? '' }, { $set: { alert: null } });
  });

  test('lists an action while its undo is near its end and there is something left to put back', async () => {
    expect((await overview()).undoEnding).toEqual([]);
    const { collection } = harness.store.actions;
    const undoDeadline = new Date(Date.now() + 24 * 60 * 60 * 1000);
    await collection.updateOne({ _id: removed._id }, { $set: { undoDeadline } });
    expect((await overview()).undoEnding).toMatchObject([
      { id: removed._id, undoDeadline: undoDeadline.toISOString() },
    ]);
    await collection.updateOne({ _id: removed._id }, { $set: { undoDeadline: removed.undoDeadline } });
  });
});

test('the summary of an action says who sent it, when, where it is, and what has changed since it was built', async () => {
  // What has come since is told apart by the second.
  const { queryTime } = (await harness.store.clusters.byId(waiting.clusterId ?? '')) ?? { queryTime: new Date() };
  await until(() => Date.now() > queryTime.getTime() + 2_000);
  await deliverMore(harness, campaign, [['f@corp.example', 'inbox']]);
  const first = (await harness.store.ledger.rows(waiting._id, { outcome: 'open' }, null, 10)).find(
    ({ mailbox }) => mailbox === 'd@corp.example',
  );
  await harness.admin.userMove(first?.messageId ?? '', 'archive');
  const body: unknown = (await admin('get', `/actions/${waiting._id}/summary`).expect(200)).body;
  const seen = body as { samples: unknown[]; otherActions: unknown[]; firstReceivedAt: string; lastReceivedAt: string };
  expect(body).toMatchObject({
    id: waiting._id,
    lookedAt: waiting.messageCount,
    topSenderDomains: [{ count: waiting.messageCount, internal: false }],
    internalCount: 0,
    threats: ['Phish'],
    changed: { arrived: 1, moved: 1 },
  });
  expect(seen.samples).toHaveLength(Math.min(10, waiting.messageCount));
  expect(seen.firstReceivedAt <= seen.lastReceivedAt).toBe(true);
  const ofRemoved = await admin('get', `/actions/${removed._id}/summary`).expect(200);
  expect(ofRemoved.body).toMatchObject({
    originalLocations: { 'Inbox/folder': 2, 'Junk folder': 1 },
    latestLocations: { 'Soft deleted': 3 },
    changed: { moved: 0 },
  });
  await admin('get', `/actions/${'0'.repeat(24)}/summary`).expect(404);
});

describe('the summary of an action says where the match was found', () => {
  const boundary = (name: string, ...parts: readonly string[]): string =>
    ['', ...parts.map((part) => `--${name}\r\n${part}`), `--${name}--`, ''].join('\r\n');
  const file = 'a file that is long enough to be no weak match of anything: found in places.';
  const url = 'http://evil.example/places-of-a-url';
  const attached = `Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=a.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(file).toString('base64')}`;
  const inline = attached.replace('attachment; filename=a.bin', 'inline; filename=b.bin');
  const page = `Content-Type: text/html\r\nContent-Disposition: attachment; filename=a.html\r\n\r\n<a href="${url}">x</a>`;
  const text = (body: string): string => `Content-Type: text/plain\r\n\r\n${body}`;
  const nested = (...parts: readonly string[]): string =>
    `Content-Type: message/rfc822\r\n\r\nFrom: b@evil.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=y\r\n${boundary('y', ...parts)}`;

  async function deliver(at: number, ...parts: readonly string[]): Promise<void> {
    const head = `From: a@evil.example\r\nTo: places@corp.example\r\nSubject: places ${at}\r\nMessage-ID: <places-${at}@evil.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n`;
    const receivedAt = new Date(Date.now() - 60_000);
    await harness.admin.deliver({
      ...{ mailbox: 'places@corp.example', folder: 'inbox', flags: [], receivedAt },
      raw: Buffer.from(`${head}${boundary('x', ...parts)}`),
    });
  }

  async function foundIn(entity: Entity): Promise<object> {
    const { id } = await raise(harness, [entity], { startedByPerson: true });
    const about = async (): Promise<ActionDoc | undefined> =>
      (await harness.store.actions.of(id)).find(({ key }) => key === entityKey(entity));
    await until(async () => (await about()) !== undefined);
    const body: unknown = (await admin('get', `/actions/${(await about())?._id ?? ''}/summary`).expect(200)).body;
    return (body as { foundIn: object }).foundIn;
  }

  test('a file attached, inline, in a nested message', async () => {
    await deliver(1, attached, inline, text('nothing'));
    await deliver(2, attached, attached);
    await deliver(3, text('nothing'), nested(text('nothing'), attached));
    await deliver(4, text('nothing'), inline);
    const sha256 = createHash('sha256').update(file).digest('hex');
    expect(await foundIn({ type: 'file', sha256, threat: 'Malware' })).toEqual({
      ...{ Attachment: 2, Inline: 2, 'Attachment, in a nested message': 1 },
    });
  });

  test('of a URL its place, and whether it was unwrapped', async () => {
    await deliver(11, text(`see ${url}`));
    await deliver(12, text(`see ${url}`), attached);
    await deliver(13, text('nothing'), page);
    await deliver(14, text('nothing'), nested(text(`see ${url}`)));
    await harness.store.messages.collection.updateOne(
      { 'urls.url': url, subject: 'places 12' },
      { $set: { 'urls.$.unwrapped': true } },
    );
    expect(await foundIn({ type: 'url', url, threat: 'Phish' })).toEqual({
      ...{ Body: 1, 'Body, unwrapped': 1, Attachment: 1, 'In a nested message': 1 },
    });
  });
});

test('the figures of a page of actions are those that their ledgers give, what waits being counted without its open rows', async () => {
  const { store } = harness;
  const name = 'figures';
  const all = await deliverCampaign(harness, [
    [`${name}-1@corp.example`, 'inbox'],
    [`${name}-2@corp.example`, 'inbox'],
    [`${name}-3@corp.example`, 'inbox'],
  ]);
  const { id } = await raise(harness, [all.file], { startedByPerson: true });
  await until(async () => (await store.actions.of(id)).some(({ status }) => status === 'Pending'));
  const [mine] = await store.actions.of(id);
  const rows = await store.ledger.openRows(mine?._id ?? '', null, 1);
  const gone = rows.map((row) => ({ ...row, outcome: 'alreadyGone' as const, reason: 'deletedByUser' }));
  await store.ledger.close(gone, new Date());

  type View = { id: string; status: string; outcomes: Record<string, number>; remainingInMailboxes: number };
  const { items } = (await admin('get', '/actions?limit=100').expect(200)).body as { items: View[] };
  expect(new Set(items.map(({ status }) => status))).toEqual(new Set(['Completed', 'Pending']));
  for (const view of items) {
    expect(view.outcomes).toEqual(fillCounts(REMOVAL_OUTCOMES, await store.ledger.counts(view.id)));
    expect((await admin('get', `/actions/${view.id}`).expect(200)).body).toEqual(view);
  }
  expect(items.find((view) => view.id === mine?._id)).toMatchObject({
    ...{ outcomes: { open: 2, alreadyGone: 1 }, remainingInMailboxes: 2 },
  });

  // What a person has approved is at work: every row is counted.
  await store.actions.collection.updateOne({ _id: mine?._id ?? '' }, { $set: { status: 'Running' } });
  const { outcomes } = (await admin('get', `/actions/${mine?._id ?? ''}`).expect(200)).body as View;
  expect(outcomes).toMatchObject({ open: 2, alreadyGone: 1 });
  await store.actions.collection.updateOne({ _id: mine?._id ?? '' }, { $set: { status: 'Pending' } });
});

test('the mailboxes of an investigation are listed by address, page by page, with where its messages are now', async () => {
  const path = `/investigations/${waiting.investigationId ?? ''}/mailboxes`;
  type Page = { items: { mailbox: string }[]; nextCursor: string | null; total: number };
  const mailboxes: string[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? '' : `&cursor=${cursor}`;
    const page = (await admin('get', `${path}?limit=2${query}`).expect(200)).body as Page;
    expect([page.total, page.items.length <= 2]).toEqual([5, true]);
    mailboxes.push(...page.items.map(({ mailbox }) => mailbox));
    cursor = page.nextCursor;
  } while (cursor !== null);
  // What came after its clusters were built is not theirs: f@ has such a message.
  expect(mailboxes).toEqual(['a', 'b', 'c', 'd', 'e'].map((name) => `${name}@corp.example`));
  const { items } = (await admin('get', path).expect(200)).body as { items: object[] };
  expect(items[0]).toMatchObject({ messageCount: 1, locationCounts: { 'Soft deleted': 1 } });
  expect(items[4]).toMatchObject({ messageCount: 1, locationCounts: { 'Inbox/folder': 1 } });
  await admin('get', `/investigations/${'0'.repeat(24)}/mailboxes`).expect(404);
  await admin('get', `${path}?cursor=x`).expect(400);
});

test('the log of an investigation tells of its reverts: who asked, where to, and what came of it', async () => {
  const path = `/actions/${removed._id}/revert`;
  const asked = await admin('post', path).send({ destination: 'inbox', comment: 'a false alarm' }).expect(202);
  const revertId = (asked.body as { id: string }).id;
  await until(async () => (await harness.store.reverts.byId(revertId))?.open === false);
  const { body } = (await admin('get', `/investigations/${removed.investigationId ?? ''}/log`).expect(200)) as {
    body: { items: { event: string; detail: object | null }[] };
  };
  const told = body.items.filter(({ event }) => event.startsWith('Revert '));
  const revert = { revertId, actionId: removed._id, destination: 'inbox', requestedBy: 'admin' };
  expect(told).toMatchObject([
    { event: 'Revert started', detail: { ...revert, messages: 3, comment: 'a false alarm' } },
    { event: 'Revert Completed', detail: { ...revert, outcomes: { restored: 3, failed: 0 } } },
  ]);
  const others = (await admin('get', `/investigations/${waiting.investigationId ?? ''}/log`).expect(200))
    .body as object;
  expect(JSON.stringify(others)).not.toContain('Revert');
});

describe('a preview', () => {
  const raw = [
    'From: "Pay\u200Bpal" <a@evil.example>',
    'To: a@corp.example',
    'Subject: =?utf-8?B?4oCuZmRwLmV4ZQ==?=',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=x',
    '',
    '--x',
    'Content-Type: text/html; charset=utf-8',
    '',
    '<p onclick="x()">Pay <a href="https://evil.example/pay">here</a><script>x()</script><img src="http://t.example/p"></p>',
    '--x',
    'Content-Type: application/octet-stream',
    "Content-Disposition: attachment; filename*=utf-8''%E2%80%AEfdp.exe",
    '',
    'a file of some bytes',
    '--x--',
    '',
  ].join('\r\n');
  let id: string;

  beforeAll(async () => {
    const made = await admin('post', '/mailboxes/a@corp.example/messages')
      .set('content-type', 'message/rfc822')
      .send(raw);
    id = (made.body as { id: string }).id;
    const [file] = (made.body as { attachments: { sha256: string }[] }).attachments;
    await raise(harness, [{ type: 'file', sha256: file?.sha256 ?? '', threat: 'Malware' }], { verdict: 'suspicious' });
  });

  test('shows headers, text and attachments with what is hidden in them, and the verdict where one is known', async () => {
    const body: unknown = (await admin('get', `/messages/${id}/preview`).expect(200)).body;
    expect(body).toMatchObject({
      hasHtml: true,
      note: null,
      attachments: [{ fileName: '⟦U+202E⟧fdp.exe', verdict: 'suspicious' }],
    });
    const { headers } = body as { headers: readonly object[] };
    expect(headers).toContainEqual({ name: 'Subject', value: '⟦U+202E⟧fdp.exe' });
    expect(headers).toContainEqual({ name: 'From', value: '"Pay⟦U+200B⟧pal" <a@evil.example>' });
  });

  test('has a page for a frame that may neither run nor load anything', async () => {
    const { text, headers } = await admin('get', `/messages/${id}/preview/frame`).expect(200);
    expect(text).toContain('Pay <span class="link" data-to="hxxps://evil[.]example/pay">here</span>');
    expect(text).not.toMatch(/<script|onclick|href=|src=/);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': expect.stringMatching(
        /^sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; /,
      ) as string,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
  });

  test('is one row of the audit at each look and parsed once, its frame too; a frame alone is one of its own', async () => {
    let now = Date.now();
    let reads = 0;
    const { provider } = createEmbeddedProvider({ store: harness.store, clock: () => new Date(now) });
    const counting: MailboxProvider = { ...provider, read: (ref) => (reads++, provider.read(ref)) };
    const aProcess = () => appOf({ ...harness, clock: () => new Date(now) }, { provider: counting });
    const [first, second] = [aProcess(), aProcess()];
    const ann = await caller(first, harness.store, 'ann', ['preview']);
    const bob = await caller(first, harness.store, 'bob', ['preview']);
    const annElsewhere = await caller(second, harness.store, 'ann', ['preview']);
    const { collection } = harness.store.audit;
    const seen = async (subject: string): Promise<[rows: number, reads: number]> => [
      await collection.countDocuments({ action: 'message.preview', target: id, subject, result: 'ok' }),
      reads,
    ];
    const path = `/messages/${id}/preview`;

    await ann('get', path).expect(200);
    const { text } = await ann('get', `${path}/frame`).expect(200);
    expect(await seen('ann')).toEqual([1, 1]);
    expect((await ann('get', `${path}/frame`).expect(200)).text).toBe(text);
    expect(await seen('ann')).toEqual([1, 1]);

    // Somebody else's look is their own; the page is the same.
    for (let n = 0; n < 2; n++) expect((await bob('get', `${path}/frame`).expect(200)).text).toBe(text);
    expect(await seen('bob')).toEqual([1, 1]);

    // Another process knows of no look.
    for (let n = 0; n < 2; n++) expect((await annElsewhere('get', `${path}/frame`).expect(200)).text).toBe(text);
    expect(await seen('ann')).toEqual([2, 2]);

    now += 10 * 60 * 1000;
    await ann('get', `${path}/frame`).expect(200);
    expect(await seen('ann')).toEqual([3, 3]);

    // A mail that has gone since is not shown from memory.
    await harness.store.messages.collection.updateOne({ _id: id }, { $set: { purgedAt: new Date() } });
    await ann('get', `${path}/frame`).expect(410);
    await harness.store.messages.collection.updateOne({ _id: id }, { $set: { purgedAt: null } });
  });

  test('needs its role, is in the audit at each look, and ends with the mail', async () => {
    const reader = await caller(app, harness.store, 'reader', ['reader']);
    await reader('get', `/messages/${id}/preview`).expect(403);
    await reader('get', `/messages/${id}/preview/frame`).expect(403);
    const rows = await harness.store.audit.collection
      .find({ action: 'message.preview', target: id, subject: { $in: ['admin', 'reader'] } })
      .sort({ seq: 1 })
      .toArray();
    expect(rows.map(({ subject, result }) => `${subject} ${result}`)).toEqual([
      ...['admin ok', 'reader refused: forbidden', 'reader refused: forbidden'],
    ]);
    await admin('get', `/messages/${'0'.repeat(24)}/preview`).expect(404);
    const soft = (await harness.store.ledger.rows(removed._id, {}, null, 1))[0]?.messageId ?? '';
    await admin('get', `/messages/${soft}/preview`).expect(200);
  });
});
