import { type Express } from 'express';
import request from 'supertest';
import { ensureToken, type Role, ROLES } from '../../api/auth';
import { type WorkflowGateway } from '../../domain/gateway';
import { COMMON_ENTITY_LIMITS } from '../../domain/settings';
import { type Store } from '../../store/store';
import { appOf } from '../support/app';
import { freshStore } from '../support/harness';
import { mail, sha256 } from '../support/mail';

const SECRET = 'a-secret-of-the-tests-with-32-characters';
const DETECTOR = 'another-secret-of-the-tests-32-characters';
const READER = 'a-readers-secret-of-the-tests-32-characters';

/** Temporal that is away: what the API promises then is kept by the reconciler. */
const away = async (): Promise<never> => {
  throw new Error('Temporal is away');
};
const gateway: WorkflowGateway = {
  startInvestigation: away,
  startRevert: away,
  startDelivery: away,
  alertJoined: away,
  terminate: away,
  decide: async () => 'noAnswer',
  startAction: away,
  standing: away,
  ping: away,
};

let store: Store;
let app: Express;

beforeAll(async () => {
  ({ store } = await freshStore());
  app = appOf({ store, gateway });
  const tokens: readonly (readonly [string, string, readonly Role[]])[] = [
    ['admin', SECRET, ROLES],
    ['detector', DETECTOR, ['detector']],
    ['reader', READER, ['reader']],
  ];
  for (const [name, secret, roles] of tokens) await ensureToken(store, { name, secret, roles, at: new Date() });
});

afterAll(async () => {
  await store.connection.dropDatabase();
  await store.close();
});

type Method = 'get' | 'post' | 'put' | 'delete';

function call(method: Method, path: string, secret = SECRET): request.Test {
  return request(app)[method](`/api/v1${path}`).set('authorization', `Bearer ${secret}`);
}

function deliver(raw: Buffer, mailbox = 'user@corp.example'): request.Test {
  return call('post', `/mailboxes/${mailbox}/messages?folder=inbox&flags=${encodeURIComponent('\\Seen')}`)
    .set('content-type', 'message/rfc822')
    .send(raw);
}

const UNKNOWN = '0'.repeat(24);

describe('bad input gets its own status and a problem', () => {
  const file = { type: 'file', sha256: 'f'.repeat(64) };
  test.each<[string, number, () => request.Test]>([
    ['no token', 401, () => request(app).get('/api/v1/actions')],
    ['a wrong token', 401, () => call('get', '/actions', 'nonsense')],
    ['a token without the role', 403, () => call('put', '/settings/automation', READER).send({})],
    ['an unknown route', 404, () => call('get', '/nothing')],
    ['an unknown action', 404, () => call('get', `/actions/${UNKNOWN}`)],
    ['an unknown investigation', 404, () => call('get', `/investigations/${UNKNOWN}`)],
    ['an unknown message', 404, () => call('get', `/messages/${UNKNOWN}`)],
    ['an unknown mailbox', 404, () => call('get', '/mailboxes/nobody@corp.example')],
    ['an id that is none', 400, () => call('get', '/actions/abc')],
    [
      'a SHA-256 that is none',
      400,
      () => call('post', '/investigations').send({ entities: [{ type: 'file', sha256: 'xyz' }] }),
    ],
    [
      'a URL that is none',
      400,
      () => call('post', '/investigations').send({ entities: [{ type: 'url', url: 'javascript:alert(1)' }] }),
    ],
    ['no entity', 400, () => call('post', '/investigations').send({ entities: [] })],
    [
      '21 entities',
      400,
      () => call('post', '/investigations').send({ entities: Array.from({ length: 21 }, () => file) }),
    ],
    ['an unknown field', 400, () => call('post', '/investigations').send({ entities: [file], color: 'red' })],
    ['an unknown filter', 400, () => call('get', '/actions?color=red')],
    [
      'broken JSON',
      400,
      () => call('post', '/investigations').set('content-type', 'application/json').send('{"entities":'),
    ],
    ['a cursor of another list', 400, () => call('get', '/investigations?cursor=WyJhIiwiYiIsImMiXQ')],
    ['a change without If-Match', 428, () => call('put', '/settings/automation').send({})],
    ['a stale If-Match', 412, () => call('put', '/settings/automation').set('if-match', '"999"').send({})],
    [
      'a setting that is not built',
      400,
      () =>
        call('put', '/settings/automation')
          .set('if-match', '"1"')
          .send({ messageClusters: { similarSenders: true } }),
    ],
    ...(['approve', 'reject', 'stop', 'retry'] as const).flatMap((word): [string, number, () => request.Test][] => [
      [`${word} of an unknown action`, 404, () => call('post', `/actions/${UNKNOWN}/${word}`).send({})],
      [`${word} without the role`, 403, () => call('post', `/actions/${UNKNOWN}/${word}`, READER).send({})],
      [`${word} with an unknown field`, 400, () => call('post', `/actions/${UNKNOWN}/${word}`).send({ force: true })],
      [
        `${word} with a comment that is too long`,
        400,
        () => call('post', `/actions/${UNKNOWN}/${word}`).send({ comment: 'x'.repeat(1001) }),
      ],
      [`${word} of an id that is none`, 400, () => call('post', `/actions/abc/${word}`).send({})],
    ]),
    ['many decisions without the role', 403, () => call('post', '/actions/decide', READER).send({})],
    ['the end of an unknown investigation', 404, () => call('post', `/investigations/${UNKNOWN}/terminate`).send({})],
    [
      'the end of one without the role',
      403,
      () => call('post', `/investigations/${UNKNOWN}/terminate`, READER).send({}),
    ],
    ['a pause without the role', 403, () => call('put', '/automation/state', READER).send({ paused: true })],
    ['a pause of another kind', 400, () => call('put', '/automation/state').send({ paused: 1 })],
    ['a preview of an unknown setting', 400, () => call('post', '/settings/automation/preview').send({ color: 'red' })],
    ['a preview without the role', 403, () => call('post', '/settings/automation/preview', DETECTOR).send({})],
    [
      '31 days of undo',
      400,
      () => call('put', '/settings/automation').set('if-match', '"1"').send({ minUndoDays: 31 }),
    ],
    [
      'a negative second person',
      400,
      () =>
        call('put', '/settings/automation')
          .set('if-match', '"1"')
          .send({ secondPerson: { over: -1 } }),
    ],
    [
      'a budget that is no number',
      400,
      () =>
        call('put', '/settings/automation')
          .set('if-match', '"1"')
          .send({ budget: { perHour: '9' } }),
    ],
    ['an empty mail', 400, () => deliver(Buffer.alloc(0))],
    ['a mail of another type', 415, () => call('post', '/mailboxes/a@b.example/messages').send({ a: 1 })],
    ['a mail of 51 MB', 413, () => deliver(Buffer.alloc(51 * 1024 * 1024, 0x61))],
    ['a reserved token name', 400, () => call('post', '/tokens').send({ name: 'Automation', roles: ['reader'] })],
  ])('%s: %d', async (_name, status, send) => {
    const answer = await send();
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({ status, type: expect.stringMatching(/^\/problems\//) as string });
  });

  test('an unknown field is named', async () => {
    const answer = await call('post', '/investigations').send({
      entities: [{ type: 'file', sha256: 'f'.repeat(64) }],
      color: 'red',
    });
    expect(answer.body).toMatchObject({ errors: [{ path: 'color', message: 'is not a known field' }] });
  });
});

describe('mail comes in', () => {
  test('a delivered mail is read, listed and given back byte for byte, and the look at it is audited', async () => {
    const raw = mail({ attachment: 'api', link: 'http://Evil.Example:80/a#frag' });
    const delivered = await deliver(raw);
    expect(delivered.status).toBe(201);
    const message = delivered.body as { id: string };
    expect(delivered.body).toMatchObject({
      folder: 'inbox',
      attachments: [{ fileName: 'invoice.bin', sha256: sha256('api'), nested: false }],
      urls: [{ url: 'http://evil.example/a', domain: 'evil.example', location: 'Body' }],
    });
    const got = await call('get', `/messages/${message.id}/raw`)
      .buffer(true)
      .parse((response, done) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => done(null, Buffer.concat(parts)));
      });
    expect((got.body as Buffer).equals(raw)).toBe(true);
    expect(got.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'content-disposition': expect.stringContaining('attachment') as string,
    });
    expect(await store.audit.collection.findOne({ action: 'message.raw', target: message.id })).toMatchObject({
      subject: 'admin',
    });
    const listed = await call('get', '/mailboxes/user@corp.example/messages?folder=Inbox&limit=1');
    expect(listed.body).toMatchObject({ items: [{ flags: ['\\Seen'], sha256: sha256(raw) }], total: 1 });
  });
});

describe('an alert while Temporal is away', () => {
  test('is kept: 202 with its place, then 200 for the same entity, and a person is told from a detector', async () => {
    const body = {
      entities: [{ type: 'url', url: 'http://kept.example/x#y' }],
      alert: { title: 'T', externalId: 'E-1' },
    };
    const first = await call('post', '/investigations', DETECTOR).send(body);
    expect(first.status).toBe(202);
    const { id } = first.body as { id: string };
    expect(first.headers['location']).toBe(`/api/v1/investigations/${id}`);
    const second = await call('post', '/investigations').send(body);
    expect([second.status, (second.body as { id: string }).id]).toEqual([200, id]);
    expect((await store.alerts.of(id)).map(({ startedByPerson }) => startedByPerson)).toEqual([false, false]);
    const listed = await call('get', '/investigations?externalId=E-1&entity=http://kept.example/x');
    expect(listed.body).toMatchObject({ items: [{ id, status: 'Starting' }], total: 1 });
  });

  test('readiness says who is away', async () => {
    const answer = await request(app).get('/readyz');
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '5']);
    expect(answer.body).toMatchObject({ detail: 'Temporal does not answer' });
    expect((await request(app).get('/healthz')).status).toBe(200);
  });
});

describe('settings and tokens', () => {
  test('a change needs the current ETag, raises the version and is audited with before and after', async () => {
    const { headers } = await call('get', '/settings/automation');
    const changed = await call('put', '/settings/automation')
      .set('if-match', headers['etag'] ?? '')
      .send({ messageClusters: { similarFiles: true } });
    expect(changed.body).toMatchObject({
      messageClusters: { similarFiles: true, similarUrls: false },
      updatedBy: 'admin',
    });
    const row = await store.audit.collection.findOne({ action: 'settings.change', result: 'ok' });
    expect(row).toMatchObject({
      before: { messageClusters: { similarFiles: false } },
      after: { messageClusters: { similarFiles: true } },
    });
  });

  test('a token is shown once, stored hashed, works, and its name is never given again', async () => {
    const made = await call('post', '/tokens').send({ name: 'alice', roles: ['reader'] });
    const { id, token } = made.body as { id: string; token: string };
    expect((await call('get', '/actions', token)).status).toBe(200);
    expect(JSON.stringify(await store.tokens.collection.findOne({ _id: id }))).not.toContain(token);
    expect((await call('delete', `/tokens/${id}`)).status).toBe(204);
    expect((await call('get', '/actions', token)).status).toBe(401);
    expect((await call('post', '/tokens').send({ name: 'alice', roles: ['reader'] })).status).toBe(409);
  });
});

test('the OpenAPI document names every route and its problems', async () => {
  const { body } = (await request(app).get('/api/openapi.json')) as {
    body: { openapi: string; paths: Record<string, object> };
  };
  expect(body.openapi).toBe('3.1.0');
  expect(Object.keys(body.paths)).toEqual(
    expect.arrayContaining([
      '/api/v1/settings/automation',
      '/api/v1/tokens/{id}',
      '/api/v1/mailboxes/{address}/messages',
      '/api/v1/messages/{id}/raw',
      '/api/v1/investigations/{id}/log',
      '/api/v1/actions/{id}/revert',
      '/api/v1/reverts',
      '/api/v1/reverts/{id}/ledger',
      '/api/v1/webhooks/{id}/deliveries/{deliveryId}/replay',
    ]),
  );
});

describe('the settings of the guard', () => {
  const change = async (body: object) => {
    const { headers } = await call('get', '/settings/automation');
    return call('put', '/settings/automation')
      .set('if-match', headers['etag'] ?? '')
      .send(body);
  };

  test('are its defaults, and the domains of the mailboxes, until somebody sets them', async () => {
    await deliver(mail({ id: 'domains' }));
    const reply = await call('get', '/settings/automation');
    const domains = await store.mailboxes.internalDomains({ internalDomains: [] });
    expect(domains.length).toBeGreaterThan(0);
    expect(reply.body).toMatchObject({ internalDomains: domains, commonEntity: COMMON_ENTITY_LIMITS });
  });

  test('change one by one', async () => {
    const reply = await change({ internalDomains: ['B.example', 'a.example'], commonEntity: { olderDays: 60 } });
    expect(reply.body).toMatchObject({
      internalDomains: ['a.example', 'b.example'],
      commonEntity: { ...COMMON_ENTITY_LIMITS, olderDays: 60 },
    });
    await change({ internalDomains: [], commonEntity: COMMON_ENTITY_LIMITS });
  });

  test.each([
    { commonEntity: { olderPercent: 101 } },
    { commonEntity: { olderPercent: -1 } },
    { commonEntity: { olderDays: 0 } },
    { commonEntity: { olderDays: 3651 } },
    { commonEntity: { maxCopies: 10_001 } },
    { commonEntity: { other: 1 } },
    { internalDomains: ['no domain'] },
    { internalDomains: ['a@b.example'] },
  ])('%j is refused', async (body) => {
    expect((await change(body)).status).toBe(400);
  });

  test.each([
    { commonEntity: { olderPercent: 0, sitePercent: 100, olderDays: 1, firstSeenDays: 3650, maxCopies: 10_000 } },
    { commonEntity: COMMON_ENTITY_LIMITS, internalDomains: [] },
  ])('%j is taken', async (body) => {
    expect((await change(body)).status).toBe(200);
  });
});
