import { createHash } from 'node:crypto';
import { type AuditDoc, type AuditEvent, CHAIN_START } from '../../store/audit-chain';
import { type AuditCopy } from '../../store/audit-writer';
import { newId } from '../../store/collection';
import { connectStore, type Store } from '../../store/store';
import { env, freshStore } from '../support/harness';

const stores: Store[] = [];
let store: Store;
let database: string;

beforeEach(async () => {
  ({ store, database } = await freshStore());
});

afterEach(async () => {
  await store.connection.dropDatabase();
  for (const one of [store, ...stores.splice(0)]) await one.close();
});

/** Another process on the same database. */
async function another(onAudit: (copy: AuditCopy) => void = () => undefined): Promise<Store> {
  const made = await connectStore(env('MONGODB_URI'), database, { onAudit });
  stores.push(made);
  return made;
}

function event(changed: Partial<AuditEvent> = {}): AuditEvent {
  return {
    ...{ at: new Date(), subject: 'alice', token: newId(), ip: '127.0.0.1', action: 'settings.change' },
    ...{ target: 'automation', before: { on: false }, after: { on: true }, result: 'ok', requestId: 'r-1' },
    ...changed,
  };
}

async function append(count: number, to = store): Promise<void> {
  for (let at = 0; at < count; at++) await to.audit.append(event({ target: `row ${at}` }));
}

const rows = (): Promise<AuditDoc[]> => store.audit.collection.find().sort({ seq: 1 }).toArray();
const heads = () => store.connection.collection<{ _id: string; seq: number; hash: string }>('auditHead');

describe('the chain', () => {
  test('starts at row 1 after the start, and each row holds the hash of the one before', async () => {
    expect(await store.audit.verify()).toEqual({ ok: true, rows: 0, head: CHAIN_START.hash });
    await append(3);
    const found = await rows();
    expect(found.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(found.map(({ previousHash }) => previousHash)).toEqual([
      CHAIN_START.hash,
      ...found.slice(0, 2).map(({ hash }) => hash),
    ]);
    expect(await store.audit.verify()).toEqual({ ok: true, rows: 3, head: found[2]?.hash });
  });

  test('is one and unbroken after 20 processes and 20 writers in each wrote at the same time', async () => {
    const writers = await Promise.all(Array.from({ length: 20 }, () => another()));
    await Promise.all(writers.flatMap((one) => Array.from({ length: 20 }, () => append(2, one))));
    const { ok, rows: count } = await store.audit.verify();
    expect([ok, count]).toEqual([true, 800]);
  });

  test('is found whole while rows are added', async () => {
    await append(50);
    const at = { work: true };
    const writing = Promise.all([append(100), append(100, await another())]).finally(() => (at.work = false));
    while (at.work) expect((await store.audit.verify()).brokenAt).toBeUndefined();
    await writing;
    expect(await store.audit.verify()).toMatchObject({ ok: true, rows: 250 });
  });

  test('holds what MongoDB cannot store as it is, such as a lone surrogate, and stays whole', async () => {
    await store.audit.append(
      event({
        target: 'half \ud83d',
        after: {
          'k\udc00': ['\udc00', -0, Number.NaN, undefined, new Date(5), 2 ** 40, { 10: 1, 9: 2 }],
          gone: undefined,
        },
      }),
    );
    expect(await store.audit.verify()).toMatchObject({ ok: true, rows: 1 });
    expect((await rows())[0]?.after).toEqual({
      'k\ufffd': ['\ufffd', -0, null, null, '1970-01-01T00:00:00.005Z', 2 ** 40, { 10: 1, 9: 2 }],
    });
  });

  test('never holds a secret that a room put into a row', async () => {
    const secret = `cb_${'x'.repeat(43)}`;
    await store.audit.append(
      event({
        target: secret,
        before: { password: 'p4ss' },
        after: { hook: { Secret: 's3cret' }, text: `is ${secret}.` },
      }),
    );
    const [row] = await rows();
    expect(JSON.stringify(row)).not.toMatch(/p4ss|s3cret|xxx/);
    expect(row?.after).toEqual({ hook: { Secret: '[removed]' }, text: 'is [removed].' });
  });
});

describe('somebody who changes the database', () => {
  const set = (seq: number, change: Partial<AuditDoc>) => store.audit.collection.updateOne({ seq }, { $set: change });
  const copyOf = async (seq: number) =>
    ({ ...(await store.audit.collection.findOne({ seq })), _id: newId() }) as AuditDoc;
  const withoutUniqueNumbers = () => store.audit.collection.dropIndex('seq_1');

  test.each<[string, number, string, () => Promise<unknown>]>([
    ['changes what a row says', 2, 'its content was changed', () => set(2, { subject: 'bob' })],
    ['changes a value deep in a row', 3, 'its content was changed', () => set(3, { after: { on: false } })],
    ['changes the time of a row', 2, 'its content was changed', () => set(2, { at: new Date(0) })],
    ['makes a time a text', 2, 'its content was changed', () => set(2, { at: '2026' as unknown as Date })],
    ['adds a field', 2, 'its content was changed', () => set(2, { note: 'x' } as Partial<AuditDoc>)],
    ['changes a row and its hash', 2, 'its content was changed', () => set(2, { result: 'x', hash: 'f'.repeat(64) })],
    ['removes the first row', 1, 'it is missing: 2 follows', () => store.audit.collection.deleteOne({ seq: 1 })],
    ['removes a row', 3, 'it is missing: 4 follows', () => store.audit.collection.deleteOne({ seq: 3 })],
    ['removes the last row', 5, 'it is missing: the head names 5', () => store.audit.collection.deleteOne({ seq: 5 })],
    ['removes every row', 1, 'it is missing: the head names 5', () => store.audit.collection.deleteMany({})],
    ['removes the head', 0, 'the head is missing', () => heads().deleteOne({})],
    [
      'sets the head back',
      4,
      'it is not the row that the head names',
      () => heads().updateOne({}, { $set: { seq: 4 } }),
    ],
    [
      'sets the head back to the row before, with its hash',
      5,
      'it comes after the head',
      async () => {
        const before = await store.audit.collection.findOne({ seq: 4 });
        await heads().updateOne({}, { $set: { seq: 4, hash: before?.hash ?? '' } });
      },
    ],
    [
      'swaps two rows',
      2,
      'its content was changed',
      async () => {
        await set(2, { seq: 99 });
        await set(3, { seq: 2 });
        await set(99, { seq: 3 });
      },
    ],
    [
      'removes the last row and sets the head to the one before, without its hash',
      4,
      'it is not the row that the head names',
      async () => {
        await store.audit.collection.deleteOne({ seq: 5 });
        await heads().updateOne({}, { $set: { seq: 4 } });
      },
    ],
    [
      'inserts a copy of a row',
      3,
      'a row with another number is in its place',
      async () => {
        await withoutUniqueNumbers();
        await store.audit.collection.insertOne(await copyOf(2));
      },
    ],
    [
      'inserts a row without a number',
      1,
      'a row with another number is in its place',
      () => store.audit.collection.insertOne({ _id: newId() } as AuditDoc),
    ],
    [
      'adds a row at the end',
      6,
      'its content was changed',
      async () => store.audit.collection.insertOne({ ...(await copyOf(5)), seq: 6 }),
    ],
  ])('%s: row %d, %s', async (_name, seq, problem, act) => {
    await append(5);
    await act();
    const found = await store.audit.verify();
    expect(found).toMatchObject({ ok: false, brokenAt: { seq, problem } });
  });

  test('and computes the hash of a changed row anew is found at the next row', async () => {
    await append(3);
    const other = await freshStore();
    await append(1, other.store);
    const [forged] = await other.store.audit.collection.find().toArray();
    await other.store.connection.dropDatabase();
    await other.store.close();
    const [first] = await rows();
    await store.audit.collection.deleteOne({ seq: 1 });
    await store.audit.collection.insertOne({ ...(forged as AuditDoc), _id: forged?._id ?? '' });
    expect(first?.hash).not.toBe(forged?.hash);
    expect(await store.audit.verify()).toMatchObject({
      ok: false,
      rows: 1,
      brokenAt: { seq: 2, problem: 'it does not follow the row before it' },
    });
  });

  test('and writes the whole chain anew is found by a head that was kept elsewhere', async () => {
    await append(3);
    const kept = (await store.audit.verify()).head;
    await append(2);
    expect(await store.audit.verify({ kept })).toMatchObject({ ok: true, rows: 5, keptAt: 3 });
    await store.audit.collection.deleteMany({});
    await heads().updateOne({}, { $set: CHAIN_START });
    await append(5);
    expect(await store.audit.verify()).toMatchObject({ ok: true, rows: 5 });
    expect(await store.audit.verify({ kept })).toMatchObject({ ok: false, keptAt: null });
  });

  test('and removes the head with rows stops every append, also after a new start: no head is made up', async () => {
    await append(2);
    await heads().deleteOne({});
    await store.prepare();
    await expect(store.audit.append(event())).rejects.toMatchObject({ code: 'auditHead' });
    expect(await store.audit.collection.countDocuments()).toBe(2);
  });
});

describe('a row and its change', () => {
  const settings = () => store.connection.collection<{ _id: string }>('things');

  test('in one transaction are there both or neither', async () => {
    await settings().insertOne({ _id: 'there' });
    const change = (_id: string): Promise<void> =>
      store.transaction(async (session) => {
        await store.audit.append(event({ target: _id }), { session });
        await settings().insertOne({ _id }, { session });
      });
    await expect(change('there')).rejects.toThrow('duplicate key');
    await change('new');
    expect((await rows()).map(({ target }) => target)).toEqual(['new']);
    expect(await store.audit.verify()).toMatchObject({ ok: true, rows: 1 });
  });

  test('that is said twice with one key is one row, from two processes at once too', async () => {
    const other = await another();
    const say = (one: Store) => one.audit.append(event({ subject: 'System' }), { once: 'action/1/expired' });
    await Promise.all([say(store), say(other), say(store)]);
    await say(other);
    await store.audit.append(event(), { once: 'action/2/expired' });
    expect(await store.audit.verify()).toMatchObject({ ok: true, rows: 2 });
  });

  test('is refused where MongoDB cannot store it, and spoils no row that came with it', async () => {
    const [good, bad, alsoGood] = await Promise.allSettled([
      store.audit.append(event({ target: 'first' })),
      store.audit.append(event({ after: { 'nul\0key': 1 } })),
      store.audit.append(event({ target: 'third' })),
    ]);
    expect([good.status, bad.status, alsoGood.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await store.audit.verify()).toMatchObject({ ok: true, rows: 2 });
  });
});

describe('the copy', () => {
  test('has what the chain needs: each hash can be computed from the line alone, keys in order', async () => {
    const lines: string[] = [];
    const copying = await another((copy) => lines.push(JSON.stringify(copy)));
    await Promise.all([append(3, copying), append(3, copying)]);
    let previous = CHAIN_START.hash;
    for (const line of lines) {
      const { hash, ...row } = JSON.parse(line) as Record<string, unknown> & { hash: string };
      // Flat but for before and after, whose keys are in order as they are: an array of keys sorts all of them.
      const keys = [...Object.keys(row), 'on'].sort();
      expect(createHash('sha256').update(JSON.stringify(row, keys)).digest('hex')).toBe(hash);
      expect(row['previousHash']).toBe(previous);
      previous = hash;
    }
    expect(lines).toHaveLength(6);
    expect((await store.audit.verify()).head).toBe(previous);
  });

  test('is made after the commit only, once for each row, whatever was tried again', async () => {
    const copies: AuditCopy[] = [];
    const copying = await another((copy) => copies.push(copy));
    const failing = copying.transaction(async (session) => {
      await copying.audit.append(event({ target: 'rolled back' }), { session });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await Promise.all([append(10), append(10, copying), append(10, await another())]);
    expect(copies).toHaveLength(10);
    expect(copies.every((copy) => 'seq' in copy)).toBe(true);
  });

  test('of an event whose row could not be stored says so', async () => {
    const copies: AuditCopy[] = [];
    const copying = await another((copy) => copies.push(copy));
    await heads().deleteOne({});
    await expect(copying.audit.append(event({ target: 'lost' }))).rejects.toThrow('head of the audit');
    expect(copies).toMatchObject([{ target: 'lost', stored: false }]);
  });
});

test('rows of a version without a chain are linked in the order of their time, by two processes that start at once', async () => {
  await store.connection.dropDatabase();
  const old = (at: number, target: string) => ({
    _id: newId(),
    ...event({ at: new Date(at), target, after: { at: new Date(at) } }),
  });
  await store.audit.collection.insertMany([old(3, 'c'), old(1, 'a'), old(2, 'b')] as AuditDoc[]);
  await Promise.all([store.prepare(), (await another()).prepare()]);
  await append(1);
  expect((await rows()).map(({ target }) => target)).toEqual(['a', 'b', 'c', 'row 0']);
  expect(await store.audit.verify()).toMatchObject({ ok: true, rows: 4 });
});
