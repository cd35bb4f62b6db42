import { type Express } from 'express';
import { type ExplorerFilter } from '../../domain/explorer';
import { PIVOTS } from '../../domain/facets';
import { appOf } from '../support/app';
import {
  BOTH_ON,
  type Campaign,
  deliverCampaign,
  deliverCopies,
  deliverMore,
  ended,
  finished,
  raise,
  setSettings,
  startRevert,
} from '../support/cases';
import { newId } from '../../store/collection';
import { createHarness, type Harness } from '../support/harness';
import { mail, sha256 } from '../support/mail';
import { type Caller, caller } from '../support/rest';

interface Row {
  readonly id: string;
  readonly additionalActions: readonly string[];
  readonly [field: string]: unknown;
}
interface Page {
  readonly items: readonly Row[];
  readonly nextCursor: string | null;
  readonly total: number;
  readonly totalIsAtLeast?: true;
}

interface FacetsView {
  readonly series: readonly { readonly value: string; readonly count: number }[];
  readonly buckets: readonly { readonly counts: readonly number[] }[];
}

const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);

let harness: Harness;
let app: Express;
let reader: Caller;
let operator: Caller;

beforeAll(async () => {
  harness = await createHarness();
  await harness.startWorker();
  app = appOf(harness);
  reader = await caller(app, harness.store, 'reader', ['reader']);
  operator = await caller(app, harness.store, 'operator', ['operator']);
  await setSettings(harness, BOTH_ON);
});

afterAll(async () => {
  await harness.close();
});

async function get<T = Page>(path: string, query: Record<string, string> = {}): Promise<T> {
  const reply = await reader('get', path).query(query);
  expect([path, query, reply.status]).toEqual([path, query, 200]);
  return reply.body as T;
}

async function idsOf(query: Record<string, string>): Promise<string[]> {
  return (await get('/messages', { limit: '500', ...query })).items.map(({ id }) => id);
}

/** Four mails of which each filter is to find some: a plain one, one in Junk, one from our own domain, one that was sent. */
describe('a filter', () => {
  const TEXT = 'Please look at the figures of the quarter that we have put together for the board of directors';
  const ids: Record<'plain' | 'junk' | 'inside' | 'sent', string> = { plain: '', junk: '', inside: '', sent: '' };
  let removed: Campaign;

  beforeAll(async () => {
    const at = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);
    const bodied = (options: Parameters<typeof mail>[0], text: string): Buffer =>
      Buffer.from(
        mail(options)
          .toString()
          .replace(/Please pay at (\S+) today\./, `${text} $1`),
      );
    const deliver = async (folder: string, minutes: number, raw: Buffer, mailbox = 'ann@filters.example') =>
      (await harness.admin.deliver({ mailbox, folder, flags: [], receivedAt: at(minutes), raw }))._id;
    ids.plain = await deliver(
      'inbox',
      40,
      bodied(
        {
          ...{ subject: 'Rechnung Nr. 7: Zahlung fällig!', from: 'Bill@Out.example', to: 'ann@filters.example' },
          ...{ attachment: 'plain-file', link: 'http://Shop.plain.example/Pay?a=1#x', id: 'plain' },
        },
        `Dear Ann, ${TEXT}`,
      ),
    );
    ids.junk = await deliver(
      'junkemail/Old',
      30,
      bodied(
        { subject: 'Zahlung', from: 'mass@junk.example', attachment: 'j', link: 'http://junk.example/', id: 'junk' },
        `Dear User, ${TEXT}`,
      ),
    );
    ids.inside = await deliver(
      'deleteditems',
      20,
      mail({ subject: 'Lunch', from: 'bob@filters.example', attachment: 'i', link: 'http://in.example/', id: 'in' }),
    );
    ids.sent = await deliver(
      'sentitems',
      10,
      mail({ subject: 'Re: Lunch', from: 'ann@filters.example', attachment: 's', link: 'http://s.example/', id: 's' }),
    );
    removed = await deliverCampaign(harness, [
      ['ann@filters.example', 'inbox'],
      ['bob@filters.example', 'inbox'],
    ]);
    await ended(harness, (await raise(harness, [removed.file])).id);
  });

  test.each([
    ['subject, by words in any order', { subject: 'FÄLLIG zahlung' }, ['plain']],
    ['sender, whatever the case', { sender: 'bill@out.EXAMPLE' }, ['plain']],
    ['sender domain', { senderDomain: 'junk.example' }, ['junk']],
    ['recipient', { recipient: 'ann@filters.example', urlDomain: 'plain.example' }, ['plain']],
    ['mailbox, where no header names it', { recipient: 'ann@filters.example', subject: 'lunch' }, ['sent', 'inside']],
    ['Message-ID', { internetMessageId: '<plain@evil.example>' }, ['plain']],
    ['file, by its digest', { sha256: sha256('plain-file').toUpperCase() }, ['plain']],
    ['a file that nobody has', { sha256: sha256('nobody has it') }, []],
    ['URL in any form', { url: 'http://shop.PLAIN.example/Pay?a=1' }, ['plain']],
    ['URL domain', { urlDomain: 'plain.example' }, ['plain']],
    ['latest location, folders inside it too', { latestDeliveryLocation: 'Junk folder' }, ['junk']],
    ['latest location, in the words of the filter', { latestDeliveryLocation: 'Deleted Items folder' }, ['inside']],
    ['original location', { originalDeliveryLocation: 'Junk folder' }, ['junk']],
    ['delivery action', { deliveryAction: 'Delivered to junk' }, ['junk']],
    ['intra-org', { directionality: 'Intra-org' }, ['inside']],
    ['outbound', { directionality: 'Outbound' }, ['sent']],
    ['two at once', { subject: 'lunch', directionality: 'Outbound' }, ['sent']],
    ['two of which one fits', { subject: 'lunch', sender: 'bill@out.example' }, []],
    ['a location that mail here never has', { latestDeliveryLocation: 'Quarantine' }, []],
    ['a cluster that is not there', { clusterId: '0'.repeat(24) }, []],
  ] as const)('by %s', async (_name, query, found) => {
    expect(await idsOf(query)).toEqual(found.map((name) => ids[name]));
  });

  test('by what only other records know: action, threat, cluster', async () => {
    const both = [...removed.ids].reverse();
    expect(await idsOf({ additionalAction: 'Automated remediation:automated' })).toEqual(both);
    expect(await idsOf({ additionalAction: 'Automated remediation', recipient: 'bob@filters.example' })).toEqual([
      removed.ids[1],
    ]);
    expect(await idsOf({ threatType: 'Malware' })).toEqual(both);
    expect(await idsOf({ threatType: 'Spam' })).toEqual([]);
    const [cluster] = await harness.store.clusters.collection.find({}).toArray();
    expect(await idsOf({ clusterId: cluster?._id ?? '' })).toEqual(both);
    expect(await idsOf({ latestDeliveryLocation: 'Soft deleted' })).toEqual(both);
    const untouched = await idsOf({ additionalAction: 'None' });
    expect(untouched).toEqual(expect.arrayContaining(Object.values(ids)));
    expect(untouched).not.toEqual(expect.arrayContaining([removed.ids[0]]));
    const all = await idsOf({});
    expect(new Set(await idsOf({ directionality: 'Inbound' }))).toEqual(
      new Set(all.filter((id) => id !== ids.inside && id !== ids.sent)),
    );
    expect(new Set(await idsOf({ deliveryAction: 'Delivered' }))).toEqual(new Set(all.filter((id) => id !== ids.junk)));
  });

  test('by threat, however often another entity was met since', async () => {
    const { collection } = harness.store.clusters;
    const [cluster] = await collection.find({ verdict: 'malicious' }).sort({ _id: 1 }).limit(1).toArray();
    if (cluster === undefined) throw new Error('There is no cluster');
    const queryTime = new Date();
    const later = Array.from({ length: 1_100 }, () => ({
      ...cluster,
      _id: newId(),
      key: 'url:http://other/',
      queryTime,
    }));
    await collection.insertMany(later);
    expect(await idsOf({ threatType: 'Malware' })).toEqual([...removed.ids].reverse());
    await collection.deleteMany({ key: 'url:http://other/' });
  });

  test('with threats also of mail whose links together are longer than a command of MongoDB may be', async () => {
    const [known] = await harness.store.clusters.collection.find({ verdict: 'malicious' }).limit(1).toArray();
    const links = Array.from({ length: 12_000 }, (_, at) => `url:http://links.example/${at}/${'long/'.repeat(300)}`);
    const threats = await harness.store.clusters.threatsOf([...links, known?.key ?? '']);
    expect([...threats.keys()]).toEqual([known?.key]);
  });

  test('by time, both ends included, thirty days by default', async () => {
    const [message] = (await get('/messages', { sender: 'bill@out.example' })).items;
    const at = String(message?.['receivedAt']);
    expect(await idsOf({ from: at, to: at })).toEqual([ids.plain]);
    await harness.store.messages.collection.updateOne(
      { _id: ids.plain },
      { $set: { receivedAt: new Date(Date.now() - 31 * 24 * 60 * 60_000) } },
    );
    expect(await idsOf({ sender: 'bill@out.example' })).toEqual([]);
    expect(await idsOf({ sender: 'bill@out.example', from: '2020-01-01T00:00:00Z' })).toEqual([ids.plain]);
    await harness.store.messages.collection.updateOne({ _id: ids.plain }, { $set: { receivedAt: new Date(at) } });
  });

  test('shows of each row what the product shows', async () => {
    const { items } = await get('/messages', {
      recipient: 'ann@filters.example',
      additionalAction: 'Manual remediation',
    });
    expect(items).toEqual([]);
    const [row] = (await get('/messages', { threatType: 'Malware', recipient: 'ann@filters.example' })).items;
    expect(row).toMatchObject({
      ...{ mailbox: 'ann@filters.example', subject: 'Invoice', senderDomain: 'evil.example' },
      ...{ deliveryAction: 'Delivered', originalDeliveryLocation: 'Inbox/folder' },
      ...{ latestDeliveryLocation: 'Soft deleted', directionality: 'Inbound', threats: ['Malware'] },
      ...{ additionalActions: ['Automated remediation:automated'], attachmentCount: 1, urlCount: 1 },
      urlDomains: ['evil.example'],
    });
  });

  test('of the same text finds similar mail, whoever it is written to', async () => {
    const similar = await get(`/messages/${ids.plain}/similar`);
    expect(similar.items.map(({ id }) => id)).toEqual([ids.junk]);
    expect((await get(`/messages/${ids.sent}/similar`)).items).toEqual([]);
  });

  test('that is wrong is refused, each with its own word', async () => {
    for (const [query, path] of [
      [{ sender: 'nobody' }, 'sender'],
      [{ sha256: 'abc' }, 'sha256'],
      [{ url: 'not a url' }, 'url'],
      [{ subject: '!?' }, 'subject'],
      [{ latestDeliveryLocation: 'Cellar' }, 'latestDeliveryLocation'],
      [{ additionalAction: 'ZAP' }, 'additionalAction'],
      [{ directionality: 'Sideways' }, 'directionality'],
      [{ clusterId: '1' }, 'clusterId'],
      [{ from: 'yesterday' }, 'from'],
      [{ from: '2026-02-01T00:00:00Z', to: '2026-01-01T00:00:00Z' }, 'to'],
      [{ limit: '501' }, 'limit'],
      [{ color: 'red' }, 'color'],
      [{ cursor: 'x' }, 'cursor'],
    ] as const) {
      const reply = await reader('get', '/messages').query(query);
      const { errors } = reply.body as { errors?: { path: string }[] };
      expect([query, reply.status, errors?.map((error) => error.path)]).toEqual([query, 400, [path]]);
    }
    expect((await operator('get', '/messages')).status).toBe(403);
    expect((await reader('get', `/messages/${'0'.repeat(24)}/timeline`)).status).toBe(404);
  });

  test('is counted by every pivot over time, and adds up to what the list says', async () => {
    const filter = { recipient: 'ann@filters.example' };
    const { total } = await get('/messages', filter);
    for (const pivot of PIVOTS) {
      const found = await get<FacetsView>('/messages/facets', { ...filter, pivot, buckets: '7' });
      expect(found).toMatchObject({ pivot, messages: total, truncated: false });
      expect([pivot, sum(found.series.map(({ count }) => count))]).toEqual([pivot, total]);
      expect(found.buckets).toHaveLength(7);
      expect(sum(found.buckets.flatMap(({ counts }) => counts))).toBe(total);
    }
    const { series } = await get<FacetsView>('/messages/facets', { ...filter, pivot: 'additionalAction' });
    expect(series).toEqual([
      { value: 'None', count: total - 1 },
      { value: 'Automated remediation:automated', count: 1 },
    ]);
  });

  test('that charts cannot be made of is refused', async () => {
    for (const [query, path] of [
      [{}, 'pivot'],
      [{ pivot: 'subject' }, 'pivot'],
      [{ pivot: 'threat', buckets: '0' }, 'buckets'],
      [{ pivot: 'threat', buckets: '201' }, 'buckets'],
      [{ pivot: 'threat', limit: '5' }, 'limit'],
    ] as const) {
      const reply = await reader('get', '/messages/facets').query(query);
      const { errors } = reply.body as { errors?: { path: string }[] };
      expect([query, reply.status, errors?.map((error) => error.path)]).toEqual([query, 400, [path]]);
    }
    expect((await operator('get', '/messages/facets?pivot=threat')).status).toBe(403);
    expect((await operator('get', `/messages/${ids.plain}/similar`)).status).toBe(403);
    expect((await operator('get', `/messages/${ids.plain}/timeline`)).status).toBe(403);
  });
});

describe('a long list', () => {
  const COPIES = 10_050;
  let copies: Campaign;

  beforeAll(async () => {
    copies = await deliverCopies(harness, 'explorer', COPIES);
  });

  const url = (): string => (copies.url.type === 'url' ? copies.url.url : '');

  test('is paged to its end without a row twice or lost while mail like it arrives', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const found: Page = await get('/messages', { url: url(), limit: '500', ...(cursor === null ? {} : { cursor }) });
      expect(found).toMatchObject({ total: 10_000, totalIsAtLeast: true });
      seen.push(...found.items.map(({ id }) => id));
      cursor = found.nextCursor;
      await deliverMore(harness, copies, [['late@corp.example', 'inbox']]);
    } while (cursor !== null);
    expect(seen).toEqual([...copies.ids].sort().reverse());
  });

  test('comes whole as CSV, with no cell that is a formula', async () => {
    const { collection } = harness.store.messages;
    await collection.updateOne({ _id: copies.ids[0] ?? '' }, { $set: { subject: '=1+1' } });
    const reply = await reader('get', '/messages').query({ url: url() }).set('accept', 'text/csv');
    const lines = reply.text.trimEnd().split('\r\n');
    expect(lines).toHaveLength(1 + (await collection.countDocuments({ keys: `url:${url()}` })));
    expect(reply.text).toContain(`"'=1+1"`);
    expect(reply.text).not.toMatch(/(?:^|,)"[=+\-@]/m);
  });

  test.each<[string, ExplorerFilter]>([
    ['subject', { subject: 'Zahlung' }],
    ['sender', { sender: 'bill@out.example' }],
    ['senderDomain', { senderDomain: 'out.example' }],
    ['recipient', { recipient: 'ann@filters.example' }],
    ['networkMessageId', { networkMessageId: 'x' }],
    ['internetMessageId', { internetMessageId: '<plain@evil.example>' }],
    ['sha256', { sha256: sha256('plain-file') }],
    ['fileName', { fileName: 'other.bin' }],
    ['url', { url: 'http://junk.example/' }],
    ['urlDomain', { urlDomain: 'junk.example' }],
    ['latestDeliveryLocation', { latestDeliveryLocation: 'Junk folder' }],
    ['originalDeliveryLocation', { originalDeliveryLocation: 'Junk folder' }],
    ['deliveryAction', { deliveryAction: 'Delivered to junk' }],
    ['threatType', { threatType: 'Malware' }],
    ['directionality', { directionality: 'Outbound' }],
    ['clusterId', { clusterId: 'of the first' }],
    ['a location that mail here never has', { latestDeliveryLocation: 'On-premises/external' }],
    ['from', { from: new Date(Date.now() + 24 * 60 * 60_000) }],
  ])('is not read through for %s: an index leads', async (_name, given) => {
    const { explorer, messages, clusters } = harness.store;
    const [cluster] = await clusters.collection.find({}).sort({ _id: 1 }).limit(1).toArray();
    const filter = given.clusterId === undefined ? given : { clusterId: cluster?._id };
    const condition = explorer.condition(await explorer.query(filter, new Date()));
    const { executionStats, queryPlanner } = (await messages.collection
      .find(condition)
      .sort({ receivedAt: -1, _id: -1 })
      .limit(50)
      .explain('executionStats')) as {
      readonly executionStats: { readonly totalKeysExamined: number; readonly totalDocsExamined: number };
      readonly queryPlanner: { readonly winningPlan: object };
    };
    expect(JSON.stringify(queryPlanner.winningPlan)).not.toMatch(/COLLSCAN|"SORT"/);
    expect(executionStats.totalDocsExamined).toBeLessThan(50);
    expect(executionStats.totalKeysExamined).toBeLessThan(100);
  });

  test('is counted over time by every pivot, of the newest 1,000, and says so', async () => {
    for (const pivot of ['deliveryAction', 'senderDomain', 'urlDomain', 'threat', 'latestDeliveryLocation'] as const) {
      const found = await get<{ messages: number; truncated: boolean; series: { value: string; count: number }[] }>(
        '/messages/facets',
        { pivot, url: url() },
      );
      expect(found).toMatchObject({ messages: 1000, truncated: true });
      expect(found.series).toHaveLength(1);
      expect(found.series[0]?.count).toBe(1000);
    }
  });
});

test('a message tells its life: delivery, removal, revert, what its user did, and its end', async () => {
  const { file, ids } = await deliverCampaign(harness, [['life@corp.example', 'junkemail']]);
  const [id = ''] = ids;
  const { actions } = await ended(harness, (await raise(harness, [file])).id);
  const revert = await finished(harness, await startRevert(harness, actions[0]?._id ?? ''));
  await operator('post', `/messages/${id}/move`).send({ folder: 'archive' }).expect(204);
  await operator('delete', `/messages/${id}`).expect(204);
  const { items } = await get<{ items: Record<string, unknown>[] }>(`/messages/${id}/timeline`);
  expect(items.map(({ event, source, result, details, jobId }) => [event, source, result, details, jobId])).toEqual([
    ['Original delivery', 'System', 'Success', 'Junk folder - Delivered', null],
    ['Automated remediation', 'System', 'Success', 'Soft delete: Junk folder to Soft deleted', actions[0]?._id],
    ['Manual remediation', 'Admin', 'Success', 'Moved to junk folder: Soft deleted to Junk folder', revert._id],
    ['User action', 'User', 'Success', 'Moved by its user to Inbox/folder', null],
    ['User action', 'User', 'Success', 'Deleted by its user', null],
  ]);
});
