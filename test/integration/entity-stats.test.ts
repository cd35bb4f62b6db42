import { KEPT } from '../../store/entity-stats';
import { createHarness, type Harness } from '../support/harness';
import { mail, sha256 } from '../support/mail';

let harness: Harness;

beforeAll(async () => {
  harness = await createHarness();
});

afterAll(async () => {
  await harness.close();
});

interface Copy {
  readonly name: string;
  readonly at?: number;
  readonly from?: string;
  readonly day?: number;
}

function delivery({ name, at = 0, from = 'sender@evil.example', day = 1 }: Copy) {
  return {
    ...{ mailbox: `user${at}@corp.example`, folder: 'inbox', flags: [], receivedAt: new Date(Date.UTC(2026, 0, day)) },
    raw: mail({ attachment: name, link: `http://evil.example/${name}`, from, id: `${name}-${at}-${from}` }),
  };
}

function statsOf(key: string) {
  return harness.store.entityStats.collection.findOne({ _id: key });
}

describe('what is counted of an entity at ingest', () => {
  test('first and last seen, messages, senders and their domains, for every file and URL of a mail', async () => {
    await harness.admin.deliver(delivery({ name: 'counted', at: 1, day: 5 }));
    await harness.admin.deliver(delivery({ name: 'counted', at: 2, day: 3, from: 'a@other.example' }));
    await harness.admin.deliver(delivery({ name: 'counted', at: 3, day: 9, from: 'b@other.example' }));
    for (const key of [`file:${sha256('counted')}`, 'url:http://evil.example/counted']) {
      expect(await statsOf(key)).toEqual({
        _id: key,
        firstSeen: new Date('2026-01-03T00:00:00Z'),
        lastSeen: new Date('2026-01-09T00:00:00Z'),
        messages: 3,
        senders: expect.arrayContaining(['sender@evil.example', 'a@other.example', 'b@other.example']) as string[],
        senderDomains: ['evil.example', 'other.example'],
      });
    }
  });

  test('nothing for a copy that is skipped because it is there already', async () => {
    const copies = [1, 2, 3].map((at) => delivery({ name: 'twice', at }));
    expect(await harness.admin.deliverMany(copies, { skipExisting: true })).toEqual({ stored: 3, skipped: 0 });
    expect(await harness.admin.deliverMany(copies, { skipExisting: true })).toEqual({ stored: 0, skipped: 3 });
    expect(await statsOf('url:http://evil.example/twice')).toMatchObject({ messages: 3 });
  });

  test('nothing twice and nothing not at all where 20 batches race, the first of all included', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, batch) =>
        harness.admin.deliverMany(
          [0, 1, 2].map((at) => delivery({ name: 'race', at: batch * 3 + at, from: `s${batch}@evil.example` })),
          { skipExisting: false },
        ),
      ),
    );
    const stats = await statsOf('url:http://evil.example/race');
    expect(stats).toMatchObject({ messages: 60, senderDomains: ['evil.example'] });
    expect(stats?.senders).toHaveLength(20);
  });

  test('no more senders than the bound, and every message', async () => {
    const copies = Array.from({ length: KEPT + 5 }, (_, at) =>
      delivery({ name: 'many', at, from: `s@d${at}.example` }),
    );
    await harness.admin.deliverMany(copies.slice(0, KEPT), { skipExisting: false });
    expect(await harness.store.entityStats.seen('url:http://evil.example/many')).toMatchObject({ senders: KEPT });
    await harness.admin.deliverMany(copies.slice(KEPT), { skipExisting: false });
    expect(await harness.store.entityStats.seen('url:http://evil.example/many')).toMatchObject({
      ...{ messages: KEPT + 5, senders: KEPT, senderDomains: KEPT },
    });
  });

  test('nothing of an entity that no mail carries', async () => {
    expect(await harness.store.entityStats.seen('url:http://nowhere.example/')).toBeNull();
  });
});
