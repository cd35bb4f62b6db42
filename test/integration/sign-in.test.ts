import { createHash } from 'node:crypto';
import { type Express } from 'express';
import request, { type Response } from 'supertest';
import { ensureToken, ROLES } from '../../api/auth';
import { type Store } from '../../store/store';
import { appOf, NO_TEMPORAL } from '../support/app';
import { freshStore } from '../support/harness';

const SECRET = 'an-admins-secret-of-the-tests-32-characters';

let store: Store;
let app: Express;

beforeAll(async () => {
  ({ store } = await freshStore());
});

beforeEach(async () => {
  app = appOf({ store, gateway: NO_TEMPORAL });
  await ensureToken(store, { name: 'admin', secret: SECRET, roles: ROLES, at: new Date() });
});

afterAll(async () => {
  await store.connection.dropDatabase();
  await store.close();
});

const signIn = (token: string) => request(app).post('/api/v1/sign-in').send({ token });

/** What the answer set, as a browser sends it back. */
function cookieOf(answer: Response): string {
  return setCookies(answer)[0]?.split(';')[0] ?? '';
}

function setCookies(answer: Response): readonly string[] {
  return (answer.headers['set-cookie'] as readonly string[] | undefined) ?? [];
}

async function signedIn(token = SECRET): Promise<{ readonly cookie: string; readonly csrfToken: string }> {
  const cookie = cookieOf(await signIn(token).expect(204));
  const session = await get('/session', cookie).expect(200);
  return { cookie, csrfToken: (session.body as { csrfToken: string }).csrfToken };
}

const get = (path: string, cookie: string) => request(app).get(`/api/v1${path}`).set('cookie', cookie);
const pause = (cookie: string) =>
  request(app).put('/api/v1/automation/state').set('cookie', cookie).send({ paused: true });

test('a token becomes a cookie that no script can read, and the cookie may what the token may', async () => {
  const answer = await signIn(SECRET).expect(204);
  const [set = ''] = setCookies(answer);
  expect(set).toMatch(/^clawback=[\w-]{43}; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/);
  const session = await get('/session', cookieOf(answer)).expect(200);
  expect(session.body).toMatchObject({
    name: 'admin',
    roles: ROLES,
    csrfToken: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
  expect(session.headers['cache-control']).toBe('no-store');
  await get('/actions', cookieOf(answer)).expect(200);
});

test('behind HTTPS the cookie is for this host and for HTTPS alone', async () => {
  app = appOf({ store, gateway: NO_TEMPORAL }, { trustedProxies: ['127.0.0.1', '::ffff:127.0.0.1'] });
  const answer = await signIn(SECRET).set('x-forwarded-proto', 'https').expect(204);
  expect(setCookies(answer)[0]).toMatch(/^__Host-clawback=.*; Path=\/; .*HttpOnly; Secure; SameSite=Strict$/);
});

test('a change by cookie needs the session’s own X-CSRF-Token', async () => {
  const { cookie, csrfToken } = await signedIn();
  const other = await signedIn();
  const refused = await pause(cookie).expect(403);
  expect(refused.body).toMatchObject({ type: '/problems/csrf' });
  await pause(cookie).set('x-csrf-token', other.csrfToken).expect(403);
  await pause(cookie).set('x-csrf-token', csrfToken).expect(200);
});

test('a token by its header needs none, and a wrong header is not made good by a cookie', async () => {
  const { cookie } = await signedIn();
  await request(app)
    .put('/api/v1/automation/state')
    .set('authorization', `Bearer ${SECRET}`)
    .send({ paused: false })
    .expect(200);
  await get('/session', cookie).set('authorization', 'Bearer another-secret-that-nobody-knows-of').expect(401);
});

test('signing out ends the session, asks for its CSRF token, and takes the cookie away', async () => {
  const { cookie, csrfToken } = await signedIn();
  await request(app).delete('/api/v1/sign-in').set('cookie', cookie).expect(403);
  await get('/session', cookie).expect(200);
  const out = await request(app)
    .delete('/api/v1/sign-in')
    .set('cookie', cookie)
    .set('x-csrf-token', csrfToken)
    .expect(204);
  expect(setCookies(out)[0]).toMatch(/^clawback=; Path=\/; Expires=Thu, 01 Jan 1970/);
  await get('/session', cookie).expect(401);
  // Also where the session has gone already: the cookie is of no use.
  await request(app).delete('/api/v1/sign-in').set('cookie', cookie).expect(204);
});

test('a session ends when its token is deleted, replaced or expires, and after 12 hours', async () => {
  const make = async (name: string, more: object = {}) => {
    const made = await request(app)
      .post('/api/v1/tokens')
      .set('authorization', `Bearer ${SECRET}`)
      .send({ name, roles: ['reader'], ...more });
    return made.body as { id: string; token: string };
  };
  const deleted = await make('deleted');
  const first = await signedIn(deleted.token);
  await get('/actions', first.cookie).expect(200);
  await request(app).delete(`/api/v1/tokens/${deleted.id}`).set('authorization', `Bearer ${SECRET}`).expect(204);
  await get('/actions', first.cookie).expect(401);

  const replaced = await signedIn();
  await ensureToken(store, { name: 'admin', secret: `${SECRET}-2`, roles: ROLES, at: new Date() });
  await get('/session', replaced.cookie).expect(401);
  await ensureToken(store, { name: 'admin', secret: SECRET, roles: ROLES, at: new Date() });

  const expiresAt = new Date(Date.now() + 60_000);
  const short = await make('short', { expiresAt });
  const second = await signedIn(short.token);
  expect((await get('/session', second.cookie)).body).toMatchObject({ expiresAt: expiresAt.toISOString() });
  let now = Date.now();
  app = appOf({ store, gateway: NO_TEMPORAL, clock: () => new Date(now) });
  const third = await signedIn();
  now += 61_000;
  await get('/session', second.cookie).expect(401);
  now += 12 * 60 * 60 * 1000 - 62_000;
  await get('/session', third.cookie).expect(200);
  now += 2_000;
  await get('/session', third.cookie).expect(401);
});

test('neither the token, the cookie nor the CSRF token is stored or in the audit; sign-ins are, those that failed too', async () => {
  const { cookie, csrfToken } = await signedIn();
  await signIn('a-secret-that-nobody-was-ever-given').expect(401);
  const rows = await store.audit.collection.find({ action: 'session.start' }).sort({ seq: -1 }).limit(2).toArray();
  expect(rows).toMatchObject([
    { subject: '(unknown)', token: null, result: 'refused: unauthorized' },
    { subject: 'admin', result: 'ok' },
  ]);
  const secret = cookie.split('=')[1] ?? '';
  const kept = JSON.stringify([
    await store.audit.collection.find().toArray(),
    await store.sessions.collection.find().toArray(),
  ]);
  for (const hidden of [SECRET, secret, csrfToken, 'a-secret-that-nobody-was-ever-given'])
    expect(kept).not.toContain(hidden);
  expect(kept).toContain(createHash('sha256').update(secret).digest('hex'));
});

test('after ten failures within a minute an address waits; sign-ins that succeed do not count', async () => {
  for (let n = 0; n < 11; n++) await signIn(SECRET).expect(204);
  for (let n = 0; n < 10; n++) await signIn('wrong').expect(401);
  const limited = await signIn(SECRET).expect(429);
  expect(limited.body).toMatchObject({ type: '/problems/too-many-requests' });
  expect(limited.headers['retry-after']).toBe('60');
});

test('a sign-in that is no JSON, too long or has further fields is a bad request', async () => {
  await request(app).post('/api/v1/sign-in').type('form').send('token=x').expect(415);
  await request(app).post('/api/v1/sign-in').send({ token: 'x', more: 1 }).expect(400);
  await request(app)
    .post('/api/v1/sign-in')
    .send({ token: 'x'.repeat(5_000) })
    .expect(413);
});
