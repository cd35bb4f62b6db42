import request from 'supertest';
import { ensureToken } from '../../api/auth';
import { clusterKey, type Entity } from '../../domain/entity';
import { setSettings, ended, finished, investigationOf, raise, startRevert } from '../support/cases';
import { appOf } from '../support/app';
import { createHarness, type Harness, until } from '../support/harness';
import { mail, sha256, stateOf } from '../support/mail';

const DAY_MS = 24 * 60 * 60 * 1000;
const TEXT = 'Your mailbox is nearly full and will be closed today unless you confirm that it is still in use';
const ON = { messageClusters: { similarFiles: true, similarUrls: true, multipleSimilarAttributes: true } };
const ENTITIES_ON = { messageClusters: { similarFiles: true, similarUrls: true, multipleSimilarAttributes: false } };

let harness: Harness;
let campaigns = 0;
/** Names that no number tells apart: pairs take every number for the same. */
const NAMES = 'amber birch cedar daisy elder fern grass hazel iris jasmine kale lilac mint nettle oak poppy'.split(' ');

beforeAll(async () => {
  harness = await createHarness();
  await harness.startWorker();
});

afterAll(async () => {
  await harness.close();
});

interface Made {
  readonly name: string;
  readonly file: Entity;
  readonly known: readonly string[];
  readonly similar: readonly string[];
}

/** Mails of one template: some carry the file, others a file of their own. */
async function deliver(
  known: number,
  similar: number,
  { subject = 'Mailbox almost full: please confirm', text = TEXT, provider = '' } = {},
): Promise<Made> {
  const name = NAMES[campaigns++] ?? 'none';
  const attachment = name.padEnd(64, '.');
  const ids = await Promise.all(
    Array.from({ length: known + similar }, async (_, at) => {
      const from = provider === '' ? `help@${name}.example` : `${name}${at}@${provider}`;
      const own = at < known ? attachment : `${name} ${at}`.padEnd(64, '-');
      const raw = mail({
        ...{ subject: `${subject} (${name})`, from, id: `${name}-${at}`, link: `https://x${at}-${name}.example/a` },
        ...{ attachment: own, to: `user${at}@corp.example` },
      })
        .toString()
        .replace('192.0.2.7', provider === '' ? `203.0.113.${campaigns}` : `203.0.113.${100 + at}`)
        .replace(/Please pay at \S+ today\./, `${text} Yours, the ${name} team`);
      const delivery = {
        mailbox: `user${at}@corp.example`,
        folder: 'inbox',
        flags: ['\\Seen'],
        receivedAt: new Date(),
      };
      return (await harness.admin.deliver({ ...delivery, raw: Buffer.from(raw) }))._id;
    }),
  );
  return {
    name,
    file: { type: 'file', sha256: sha256(attachment), threat: 'Malware' },
    known: ids.slice(0, known),
    similar: ids.slice(known),
  };
}

async function settled(id: string): Promise<void> {
  await until(async () => ['Remediated', 'Pending Action'].includes((await investigationOf(harness, id)).status));
}

async function clustersOf(id: string) {
  return (await harness.store.clusters.of(id)).filter(({ type }) => type === 'multipleSimilarAttributes');
}

const folders = (ids: readonly string[]) =>
  Promise.all(ids.map(async (id) => (await harness.store.messages.byId(id))?.folder));

test('with its box on, mail that shares the text with enough malicious mail is removed too, and comes back', async () => {
  await setSettings(harness, ON);
  const { file, known, similar } = await deliver(8, 2);
  const before = await Promise.all(similar.map((id) => stateOf(harness, id)));
  const { id } = await raise(harness, [file]);
  const { investigation, actions } = await ended(harness, id);
  expect(investigation.status).toBe('Remediated');
  const [cluster, ...more] = await clustersOf(id);
  expect(more).toEqual([]);
  expect(cluster).toMatchObject({
    ...{ verdict: 'malicious', messageCount: 2, entity: { pair: 'BodyFingerprintBin1/SenderIp' } },
    facts: { similar: { members: 10, known: 8, neededKnown: 5, neededPercent: 80 } },
  });
  expect(await folders([...known, ...similar])).toEqual(new Array(10).fill('recoverableitemsdeletions'));
  const action = actions.find(({ clusterId }) => clusterId === cluster?._id);
  expect(action).toMatchObject({ actionSource: 'Automated email action', outcomes: { removed: 2 } });
  await finished(harness, await startRevert(harness, action?._id ?? ''));
  expect(await Promise.all(similar.map((one) => stateOf(harness, one)))).toEqual(before);
});

test('with its box off it waits, and says so, whatever the other boxes are', async () => {
  await setSettings(harness, ENTITIES_ON);
  const { file, known, similar } = await deliver(8, 2);
  const { id } = await raise(harness, [file]);
  await settled(id);
  const [cluster] = await clustersOf(id);
  const waiting = (await harness.store.actions.of(id)).filter(({ status }) => status === 'Pending');
  expect(waiting.map(({ clusterId, reasons }) => [clusterId, reasons.map(({ code }) => code)])).toEqual([
    [cluster?._id, ['clusterTypeOff']],
  ]);
  const app = appOf(harness);
  const secret = 'a-secret-of-the-tests-with-32-characters';
  await ensureToken(harness.store, { name: 'reader', secret, roles: ['reader'], at: new Date() });
  const get = async (path: string) =>
    (await request(app).get(`/api/v1/${path}`).set('authorization', `Bearer ${secret}`)).body as { items: object[] };
  const { items } = await get(`investigations/${id}/clusters`);
  expect(items).toContainEqual(
    expect.objectContaining({
      type: 'multipleSimilarAttributes',
      name: expect.stringMatching(/^BodyFingerprintBin1\/SenderIp: [0-9a-f]{16} \/ 203\.0\.113\.\d+$/) as string,
      facts: expect.objectContaining({
        similar: {
          ...{ pair: 'BodyFingerprintBin1/SenderIp', members: 10, known: 8 },
          neededKnown: 5,
          neededPercent: 80,
        },
      }) as object,
    }),
  );
  const found = await get(`messages?clusterId=${cluster?._id}`);
  expect(found.items).toHaveLength(10);
  expect(waiting[0]?.reasons[0]?.detail).toContain('8 of 10 such messages carry a file or URL known to be malicious');
  expect(new Set(await folders(known))).toEqual(new Set(['recoverableitemsdeletions']));
  expect(await folders(similar)).toEqual(['inbox', 'inbox']);
});

test('its box alone removes similar mail, and leaves what carries the file to a person', async () => {
  await setSettings(harness, {
    messageClusters: { similarFiles: false, similarUrls: false, multipleSimilarAttributes: true },
  });
  const { file, known, similar } = await deliver(8, 2);
  const { id } = await raise(harness, [file]);
  await until(async () => (await folders(similar)).every((folder) => folder === 'recoverableitemsdeletions'));
  await settled(id);
  expect(new Set(await folders(known))).toEqual(new Set(['inbox']));
});

test.each([
  ['too few of its members are known to be malicious', 4, 1, {}],
  ['they are too small a share', 8, 3, {}],
])('where %s, it is suspicious only, and nothing happens to it', async (_name, known, more, options) => {
  await setSettings(harness, ON);
  const { file, similar } = await deliver(known, more, options);
  const { id } = await raise(harness, [file]);
  expect((await ended(harness, id)).investigation.status).toBe('Remediated');
  const found = await clustersOf(id);
  expect(found.map(({ verdict, decision, messageCount }) => [verdict, decision.kind, messageCount])).toEqual([
    ['suspicious', 'none', more],
  ]);
  expect(new Set(await folders(similar))).toEqual(new Set(['inbox']));
});

test('weak pairs make no cluster: a short text and a subject that anybody writes', async () => {
  await setSettings(harness, ON);
  const { file, similar } = await deliver(8, 2, { subject: 'Re: Invoice of the last quarter', text: '' });
  const { id } = await raise(harness, [file]);
  await ended(harness, id);
  expect(await clustersOf(id)).toEqual([]);
  expect(await folders(similar)).toEqual(['inbox', 'inbox']);
});

test('mail of another pair joins by its subject where the text differs', async () => {
  await setSettings(harness, ON);
  const subject = 'Confirm your storage plan';
  const { file } = await deliver(8, 0, { subject, text: '' });
  const name = NAMES[campaigns - 1] ?? 'none';
  const raw = mail({
    subject: `${subject} (${name})`,
    from: `help@${name}.example`,
    id: `${name}-x`,
    attachment: 'o'.repeat(64),
  });
  const delivery = { mailbox: 'user1@corp.example', folder: 'inbox', flags: [], receivedAt: new Date(), raw };
  const other = (await harness.admin.deliver(delivery))._id;
  const { id } = await raise(harness, [file]);
  await ended(harness, id);
  const [cluster] = await clustersOf(id);
  expect(cluster).toMatchObject({ entity: { pair: 'Subject/P2SenderDomain' }, verdict: 'malicious', messageCount: 1 });
  expect(await folders([other])).toEqual(['recoverableitemsdeletions']);
});

test('an honest mail with the subject of a campaign is left alone where anybody may write from its domain', async () => {
  await setSettings(harness, ON);
  const subject = 'Your invoice is attached';
  const { file, known, similar } = await deliver(20, 1, { subject, text: '', provider: 'gmail.com' });
  const { id } = await raise(harness, [file]);
  await ended(harness, id);
  expect(await clustersOf(id)).toEqual([]);
  expect(new Set(await folders(known))).toEqual(new Set(['recoverableitemsdeletions']));
  expect(await folders(similar)).toEqual(['inbox']);
});

/** Earlier mail that has nothing of a campaign, so many days ago. */
async function deliverEarlier(count: number, daysAgo: number, from: (at: number) => string, ip: string): Promise<void> {
  for (let at = 0; at < count; at++) {
    const raw = mail({
      ...{ from: from(at), id: `${from(at)}-${ip}`, attachment: `${from(at)} ${ip}`, subject: `News ${at}` },
      link: `https://news.example/${from(at)}`,
    });
    await harness.admin.deliver({
      ...{ mailbox: 'user1@corp.example', folder: 'inbox', flags: [] },
      receivedAt: new Date(Date.now() - daysAgo * DAY_MS),
      raw: Buffer.from(raw.toString().replace('192.0.2.7', ip)),
    });
  }
}

test.each<[string, (name: string, at: number) => string, boolean]>([
  ['domain', (name, at) => `news${at}@${name}.example`, false],
  ['address', (name, at) => `news${at}@other-${name}.example`, true],
])('where other mail came from the same %s before, it waits', async (_what, from, sameAddress) => {
  await setSettings(harness, ON);
  const { name, file, similar } = await deliver(8, 2);
  await deliverEarlier(2, 8, (at) => from(name, at), sameAddress ? `203.0.113.${campaigns}` : '198.51.100.7');
  // Of the pairs, the one that the earlier mail says nothing of is left out: its values would be as good.
  await harness.store.messages.collection.updateMany(
    { _id: { $in: [...similar] } },
    { $pull: { keys: { $regex: sameAddress ? '^pair:[12]:' : '^pair:[03]:' } } },
  );
  const { id } = await raise(harness, [file]);
  await settled(id);
  const waiting = (await harness.store.actions.of(id)).filter(({ status }) => status === 'Pending');
  expect(waiting.map(({ messageCount, reasons }) => [messageCount, reasons.map(({ code }) => code)])).toEqual([
    [2, ['commonEntity']],
  ]);
  expect(waiting[0]?.reasons[0]?.detail).toContain(
    '2 other mails came from the same address or domain 7 days before the alert or earlier, the limit is 1',
  );
  expect(await folders(similar)).toEqual(['inbox', 'inbox']);
});

test('what honest mail may carry too tells nothing of similar mail', async () => {
  await setSettings(harness, ON);
  const { file, known, similar } = await deliver(8, 2);
  await harness.store.messages.collection.updateOne(
    { _id: known[0] ?? '' },
    { $set: { senderDomain: 'corp.example' } },
  );
  const { id } = await raise(harness, [file]);
  await settled(id);
  const actions = await harness.store.actions.of(id);
  expect(actions.map(({ reasons }) => reasons.map(({ code }) => code))).toEqual([['commonEntity']]);
  expect(await clustersOf(id)).toEqual([]);
  expect(await folders(similar)).toEqual(['inbox', 'inbox']);
});

test('what a person put back, similarity does not take again, nor count as known', async () => {
  await setSettings(harness, ON);
  const { file, known, similar } = await deliver(9, 1);
  const put = (ids: readonly string[], key: string) =>
    harness.store.messages.collection.updateMany({ _id: { $in: [...ids] } }, { $set: { clearedKeys: [key] } });
  await put(known.slice(0, 1), clusterKey(file));
  await put(similar, 'url:http://other.example/');
  const { id } = await raise(harness, [file]);
  await settled(id);
  const [cluster] = await clustersOf(id);
  expect(cluster?.facts.similar).toMatchObject({ members: 10, known: 8 });
  const action = (await harness.store.actions.of(id)).find(({ clusterId }) => clusterId === cluster?._id);
  expect(action).toMatchObject({ status: 'Pending', reasons: [{ code: 'reverted' }] });
});

test('an alert that joins does not repeat what was suspicious, and takes what has become malicious', async () => {
  await setSettings(harness, { messageClusters: { similarFiles: false, multipleSimilarAttributes: true } });
  const { file, name } = await deliver(4, 1);
  const { id } = await raise(harness, [file]);
  await settled(id);
  await raise(harness, [file]);
  await until(async () => (await harness.store.alerts.of(id)).every(({ state }) => state === 'prepared'));
  expect((await clustersOf(id)).map(({ verdict }) => verdict)).toEqual(['suspicious']);
  campaigns--;
  expect((await deliver(5, 0)).name).toBe(name);
  await raise(harness, [file]);
  await until(async () => (await clustersOf(id)).length === 2);
  expect((await clustersOf(id)).map(({ verdict, decision }) => [verdict, decision.kind])).toEqual([
    ['suspicious', 'none'],
    ['malicious', 'automatic'],
  ]);
});
