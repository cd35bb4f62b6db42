import { type Express } from 'express';
import request from 'supertest';
import { ensureToken, type Role, ROLES } from '../../api/auth';
import { type WorkflowGateway } from '../../domain/gateway';
import { type Store } from '../../store/store';
import { appOf } from '../support/app';
import { freshStore } from '../support/harness';

const SECRETS = {
  admin: 'an-admins-secret-of-the-tests-32-characters',
  auditor: 'an-auditors-secret-of-the-tests-32-characters',
  reader: 'a-readers-secret-of-the-tests-32-characters',
} as const;
type Who = keyof typeof SECRETS;

const never = (): Promise<never> => Promise.reject(new Error('not asked here'));
const gateway: WorkflowGateway = {
  ...{
    startInvestigation: never,
    startRevert: never,
    startDelivery: never,
    startAction: never,
    alertJoined: never,
    standing: never,
  },
  ...{ terminate: never, decide: never, ping: never },
};

let store: Store;
let app: Express;

beforeEach(async () => {
  ({ store } = await freshStore());
  app = appOf({ store, gateway });
  const roles: Readonly<Record<Who, readonly Role[]>> = { admin: ROLES, auditor: ['auditor'], reader: ['reader'] };
  for (const name of Object.keys(SECRETS) as Who[]) {
    await ensureToken(store, { name, secret: SECRETS[name], roles: roles[name], at: new Date() });
  }
});

afterEach(async () => {
  await store.connection.dropDatabase();
  await store.close();
});

type Method = 'get' | 'post' | 'put' | 'delete';
function call(method: Method, path: string, secret: string = SECRETS.admin): request.Test {
  return request(app)[method](`/api/v1${path}`).set('authorization', `Bearer ${secret}`);
}

interface Row {
  readonly id: string;
  readonly seq: number;
  readonly subject: string;
  readonly action: string;
  readonly result: string;
  readonly requestId: string;
  readonly at: string;
}
interface Rows {
  readonly items: readonly Row[];
  readonly nextCursor: string | null;
  readonly total: number;
}
async function audit(query = '', secret: string = SECRETS.auditor): Promise<Rows> {
  const answer = await call('get', `/audit${query}`, secret);
  expect(answer.status).toBe(200);
  return answer.body as Rows;
}

const makeToken = (name: string, more: object = {}) =>
  call('post', '/tokens').send({ name, roles: ['reader'], ...more });
async function madeToken(name: string, more: object = {}): Promise<{ readonly id: string; readonly token: string }> {
  const answer = await makeToken(name, more);
  expect(answer.status).toBe(201);
  return answer.body as { id: string; token: string };
}

describe('GET /audit', () => {
  test('shows who did what, newest first, to auditors and admins only, and a look at it adds no row', async () => {
    const { id } = await madeToken('alice');
    expect((await audit()).items[0]).toMatchObject({
      ...{ subject: 'admin', action: 'token.create', target: id, before: null, result: 'ok' },
      after: { name: 'alice', roles: ['reader'] },
      hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    expect((await call('get', '/audit', SECRETS.reader)).status).toBe(403);
    expect((await call('get', '/audit/verify', SECRETS.reader)).status).toBe(403);
    const { total } = await audit('', SECRETS.admin);
    await call('get', '/audit/verify', SECRETS.auditor);
    expect((await audit()).total).toBe(total);
  });

  test('pages through everything once, in the order of the chain, also where rows have one time', async () => {
    const at = new Date();
    const rest = { subject: 'x', token: null, ip: null, action: 'many', target: null, before: null, after: null };
    for (let n = 0; n < 7; n++) await store.audit.append({ at, ...rest, result: 'ok', requestId: null });
    const seen: number[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Rows = await audit(`?action=many&limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
      expect(page.total).toBe(7);
      seen.push(...page.items.map(({ seq }) => seq));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(Array.from({ length: 7 }, (_, back) => (seen[0] ?? 0) - back));
  });

  test('filters by each field and by time', async () => {
    await madeToken('alice');
    await call('put', '/settings/automation', SECRETS.reader).send({});
    const { items } = await audit();
    const [refused] = items;
    expect(refused).toMatchObject({ subject: 'reader', action: 'settings.change', result: 'refused: forbidden' });
    const only = async (query: string) => (await audit(query)).items.map(({ id }) => id);
    for (const query of [
      '?subject=reader',
      '?action=settings.change',
      '?result=refused:%20forbidden',
      `?requestId=${refused?.requestId}`,
      `?from=${refused?.at}&to=${refused?.at}&subject=reader`,
    ]) {
      expect([query, await only(query)]).toEqual([query, [refused?.id]]);
    }
    expect(await only('?to=2020-01-01T00:00:00Z')).toEqual([]);
    expect(await only('?from=2020-01-01T00:00:00Z')).toHaveLength(items.length);
    expect(await only(`?target=${items.find(({ action }) => action === 'token.create')?.id}`)).toEqual([]);
  });

  test.each(['?color=red', '?from=yesterday', '?subject=', '?cursor=WyJhIiwiYiIsImMiXQ', '/verify?head=abc'])(
    '%s is a bad request',
    async (query) => {
      expect((await call('get', `/audit${query}`)).status).toBe(400);
    },
  );

  test('is CSV where that is asked for: every row, every cell quoted, no cell a formula', async () => {
    const at = new Date();
    for (let n = 0; n < 1_001; n++) {
      void store.audit.append({
        ...{ at, subject: '=cmd()', token: null, ip: null, action: 'csv', target: '@x', before: null },
        ...{ after: { n, text: 'a "b"' }, result: 'ok', requestId: null },
      });
    }
    await store.audit.append({
      ...{ at, subject: 'last', token: null, ip: null, action: 'csv', target: null, before: null, after: null },
      ...{ result: 'ok', requestId: null },
    });
    const answer = await call('get', '/audit?action=csv', SECRETS.auditor).set('accept', 'text/csv');
    expect(answer.headers['content-type']).toMatch(/^text\/csv/);
    expect(answer.headers['content-disposition']).toBe('attachment; filename="audit.csv"');
    const lines = answer.text.trimEnd().split('\r\n');
    expect(lines).toHaveLength(1_003);
    expect(lines[0]).toBe(
      '"id","seq","at","subject","token","ip","action","target","before","after","result","requestId","previousHash","hash"',
    );
    expect(lines[1]).toContain('"last"');
    expect(lines.slice(2).every((line) => line.includes(`"'=cmd()"`) && line.includes(`"'@x"`))).toBe(true);
  });
});

test('GET /audit/verify says how many rows there are, that they are unbroken, and where a kept head is', async () => {
  const before = (await call('get', '/audit/verify', SECRETS.auditor)).body as { rows: number; head: string };
  await madeToken('alice');
  const after = await call('get', `/audit/verify?head=${before.head}`, SECRETS.auditor);
  expect(after.body).toMatchObject({ ok: true, rows: before.rows + 1, keptAt: before.rows });
  const row = await store.audit.collection.findOneAndUpdate({ seq: 2 }, { $set: { subject: 'somebody' } });
  expect((await call('get', '/audit/verify', SECRETS.auditor)).body).toMatchObject({
    ...{ ok: false, rows: 1 },
    brokenAt: { seq: 2, id: row?._id, problem: 'its content was changed' },
  });
});

describe('what cannot be audited', () => {
  beforeEach(async () => {
    await store.connection.collection('auditHead').deleteMany({});
  });

  test('does not happen: no token is made', async () => {
    expect((await makeToken('alice')).status).toBe(500);
    expect(await store.tokens.collection.findOne({ name: 'alice' })).toBeNull();
  });

  test('does not happen: no token is deleted', async () => {
    const reader = await store.tokens.collection.findOne({ name: 'reader' });
    expect((await call('delete', `/tokens/${reader?._id}`)).status).toBe(500);
    expect((await call('get', '/actions', SECRETS.reader)).status).toBe(200);
  });
});

describe('a name', () => {
  test('is given once, whatever the case of its letters, also after its token is deleted', async () => {
    const { id } = await madeToken('Alice');
    expect((await makeToken('alice')).status).toBe(409);
    await call('delete', `/tokens/${id}`);
    expect((await makeToken('ALICE')).status).toBe(409);
    expect((await makeToken('Admin')).status).toBe(409);
  });

  test('is given once to many who ask at the same time', async () => {
    const answers = await Promise.all(['bob', 'Bob', 'BOB', 'bOb', 'boB'].map((name) => makeToken(name)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
  });

  test.each(['automation', 'Temporal operator', ' alice', 'alice ', 'a  b', '', 'a\u200bb', 'аlice', 'x'.repeat(64)])(
    '"%s" is refused: it is reserved or looks like another',
    async (name) => {
      expect((await makeToken(name)).status).toBe(400);
    },
  );
});

describe('a token', () => {
  const later = (ms: number): string => new Date(Date.now() + ms).toISOString();

  test('cannot be made to expire in the past', async () => {
    const answer = await makeToken('late', { expiresAt: later(-1_000) });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ errors: [{ path: 'expiresAt', message: 'is in the past' }] });
  });

  test('works until it expires', async () => {
    const { id, token } = await madeToken('short', { expiresAt: later(60_000) });
    expect((await call('get', '/actions', token)).status).toBe(200);
    await store.tokens.collection.updateOne({ _id: id }, { $set: { expiresAt: new Date() } });
    expect((await call('get', '/actions', token)).status).toBe(401);
  });

  interface Listed {
    readonly items: readonly { readonly id: string; readonly lastUsedAt: string | null }[];
  }
  const lastUsed = async (id: string): Promise<string | null> =>
    ((await call('get', '/tokens')).body as Listed).items.find((one) => one.id === id)?.lastUsedAt ?? null;

  test('shows when it was last used, written once a minute', async () => {
    const { id, token } = await madeToken('used');
    expect(await lastUsed(id)).toBeNull();
    const update = jest.spyOn(store.tokens.collection, 'updateOne');
    await call('get', '/actions', token);
    await update.mock.results.at(-1)?.value;
    const first = await lastUsed(id);
    expect(first).not.toBeNull();
    await Promise.all(Array.from({ length: 10 }, () => call('get', '/actions', token)));
    await Promise.all(update.mock.results.map(({ value }) => value as unknown));
    expect(await lastUsed(id)).toBe(first);
    const aMinuteAgo = new Date(Date.now() - 61_000);
    await store.tokens.collection.updateOne({ _id: id }, { $set: { lastUsedAt: aMinuteAgo } });
    await Promise.all(Array.from({ length: 5 }, () => call('get', '/actions', token)));
    const changes = (await Promise.all(update.mock.results.map(({ value }) => value as unknown))) as {
      modifiedCount: number;
    }[];
    // The first use, the change of this test, and one of the five; the admin's own uses are within the minute.
    expect(changes.filter(({ modifiedCount }) => modifiedCount === 1)).toHaveLength(3);
    expect((await lastUsed(id)) ?? '').not.toBe(aMinuteAgo.toISOString());
    update.mockRestore();
  });

  test.each([
    ['fails', () => Promise.reject(new Error('MongoDB is away'))],
    ['hangs', () => new Promise<void>(() => undefined)],
  ])('works also where noting its use %s', async (_name, used) => {
    app = appOf({ store: { ...store, tokens: { ...store.tokens, used } }, gateway });
    expect((await call('get', '/actions')).status).toBe(200);
  });

  test('may delete itself, but the last one with the role admin stays', async () => {
    const { id, token } = await madeToken('second admin', { roles: ['admin'] });
    const admin = await store.tokens.collection.findOne({ name: 'admin' });
    expect((await call('delete', `/tokens/${id}`, token)).status).toBe(204);
    expect((await call('get', '/tokens', token)).status).toBe(401);
    const refused = await call('delete', `/tokens/${admin?._id}`);
    expect(refused.status).toBe(409);
    expect((await call('get', '/tokens')).status).toBe(200);
    expect((await audit('?result=refused: conflict')).items[0]).toMatchObject({ action: 'token.delete' });
  });

  test('that has expired does not count as one with the role admin', async () => {
    const { id } = await madeToken('old admin', { roles: ['admin'], expiresAt: later(60_000) });
    await store.tokens.collection.updateOne({ _id: id }, { $set: { expiresAt: new Date(0) } });
    const admin = await store.tokens.collection.findOne({ name: 'admin' });
    expect((await call('delete', `/tokens/${admin?._id}`)).status).toBe(409);
  });

  test('stays where two admins delete each other at the same time', async () => {
    const second = await madeToken('second admin', { roles: ['admin'] });
    const admin = await store.tokens.collection.findOne({ name: 'admin' });
    const answers = await Promise.all([
      call('delete', `/tokens/${second.id}`),
      call('delete', `/tokens/${admin?._id}`, second.token),
    ]);
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    const left = [SECRETS.admin, second.token].map(async (secret) => (await call('get', '/tokens', secret)).status);
    expect((await Promise.all(left)).sort()).toEqual([200, 401]);
  });
});

describe('the first token', () => {
  const ensure = (secret: string) => ensureToken(store, { name: 'admin', secret, roles: ROLES, at: new Date() });
  const changed = 'a-changed-secret-of-the-tests-32-characters';

  test('takes the secret that a start gives it, and the change is in the audit', async () => {
    await ensure(changed);
    expect((await call('get', '/tokens')).status).toBe(401);
    expect((await call('get', '/tokens', changed)).status).toBe(200);
    const { items } = await audit('?action=token.replace');
    expect(items).toMatchObject([{ subject: 'System', after: { name: 'admin' } }]);
    expect(JSON.stringify(await store.audit.collection.find().toArray())).not.toContain(changed);
  });

  test('that is as it was adds no row to the audit, and starts at the same time agree', async () => {
    await Promise.all([ensure(changed), ensure(changed), ensure(changed)]);
    await ensure(changed);
    expect((await audit('?action=token.replace')).total).toBe(1);
  });

  test('is made once by starts at the same time', async () => {
    const start = () => ensureToken(store, { name: 'fresh', secret: changed, roles: ROLES, at: new Date() });
    await Promise.all([start(), start(), start()]);
    expect(await store.tokens.collection.countDocuments({ name: 'fresh' })).toBe(1);
    expect((await store.audit.verify()).ok).toBe(true);
  });

  test('that was deleted is there again after the next start', async () => {
    await madeToken('second admin', { roles: ['admin'] });
    const admin = await store.tokens.collection.findOne({ name: 'admin' });
    expect((await call('delete', `/tokens/${admin?._id}`)).status).toBe(204);
    expect((await call('get', '/tokens')).status).toBe(401);
    await ensure(SECRETS.admin);
    expect((await call('get', '/tokens')).status).toBe(200);
  });
});
