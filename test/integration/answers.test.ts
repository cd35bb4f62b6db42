import { request as httpsRequest } from 'node:https';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Express } from 'express';
import { pino } from 'pino';
import request from 'supertest';
import { ensureToken, type Role, ROLES } from '../../api/auth';
import { startApi } from '../../api/main';
import { createEmbeddedProvider } from '../../mail/embedded/provider';
import { appOf } from '../support/app';
import { BOTH_ON, deliverCopies, ended, raise, setSettings } from '../support/cases';
import { createHarness, type Harness, LOOPBACK_TARGETS } from '../support/harness';
import { mail } from '../support/mail';

const SECRET = 'a-secret-of-the-tests-with-32-characters';
const READER = 'a-readers-secret-of-the-tests-32-characters';

let harness: Harness;
let app: Express;

beforeAll(async () => {
  harness = await createHarness();
  await harness.startWorker();
  app = appOf(harness);
  const tokens: readonly (readonly [string, string, readonly Role[]])[] = [
    ['admin', SECRET, ROLES],
    ['reader', READER, ['reader']],
  ];
  for (const [name, secret, roles] of tokens) await ensureToken(harness.store, { name, secret, roles, at: new Date() });
  await setSettings(harness, BOTH_ON);
});

afterAll(async () => {
  await harness.close();
});

type Method = 'get' | 'post' | 'put' | 'delete';

function call(method: Method, path: string, secret = SECRET, to = app): request.Test {
  return request(to)[method](`/api/v1${path}`).set('authorization', `Bearer ${secret}`);
}

describe('a list as CSV', () => {
  const COPIES = 2_345;
  let actionId = '';

  beforeAll(async () => {
    const { file } = await deliverCopies(harness, 'csv', COPIES);
    const { id } = await raise(harness, [file]);
    actionId = (await ended(harness, id)).actions[0]?._id ?? '';
  });

  test('holds the whole ledger, over every page, as an attachment whose lines are all quoted', async () => {
    const answer = await call('get', `/actions/${actionId}/ledger`).set('accept', 'text/csv');
    expect(answer.headers).toMatchObject({
      'content-type': expect.stringMatching(/^text\/csv/) as string,
      'content-disposition': `attachment; filename="ledger-${actionId}.csv"`,
    });
    const [head, ...lines] = answer.text.trimEnd().split('\r\n');
    expect(head).toBe('"messageId","mailbox","networkMessageId","outcome","reason","ownerActionId","from","to","at"');
    expect(new Set(lines).size).toBe(COPIES);
    expect(lines.filter((line) => /^("[^"]*",){3}"removed",/.test(line))).toHaveLength(COPIES);
  });

  test('has no cell that a spreadsheet takes for a formula', async () => {
    await harness.store.actions.collection.updateOne(
      { _id: actionId },
      { $set: { comment: '=HYPERLINK("http://evil.example";"click")' } },
    );
    const { text } = await call('get', '/actions').set('accept', 'text/csv');
    expect(text).toContain(`"'=HYPERLINK(""http://evil.example"";""click"")"`);
    expect(text).not.toMatch(/(?:^|,)"[=+\-@]/m);
  });

  test('is filtered as the list is', async () => {
    const { text } = await call('get', `/actions/${actionId}/ledger?outcome=failed`).set('accept', 'text/csv');
    expect(text.trimEnd().split('\r\n')).toHaveLength(1);
  });

  test('needs the same rights', async () => {
    expect((await request(app).get('/api/v1/actions').set('accept', 'text/csv')).status).toBe(401);
  });
});

describe('an Idempotency-Key', () => {
  const url = (name: string) => ({ entities: [{ type: 'url', url: `http://idempotent.example/${name}` }] });
  const post = (key: string, body: object, secret = SECRET, to = app): request.Test =>
    call('post', '/investigations', secret, to).set('idempotency-key', key).send(body);
  const kept = () => harness.store.idempotency.collection;

  test('gives the same body the same answer, and does the work once', async () => {
    const first = await post('same', url('same'));
    const second = await post('same', url('same'));
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.body).toEqual(first.body);
    expect(second.headers).toMatchObject({
      location: first.headers['location'],
      'idempotency-replayed': 'true',
    });
    expect(await harness.store.alerts.collection.countDocuments({ investigationId: idOf(first) })).toBe(1);
  });

  test('refuses another body with 422', async () => {
    await post('other', url('other'));
    const answer = await post('other', url('another'));
    expect([answer.status, (answer.body as { type: string }).type]).toEqual([422, '/problems/idempotency-mismatch']);
  });

  test('is 409 with Retry-After while the first request runs, and free again when that one is dead', async () => {
    // Of an investigation that nobody works: it is open still when it is asked for the last time.
    const idle = { startInvestigation: async () => ({ runId: '' }), alertJoined: async () => undefined };
    const apart = appOf({ ...harness, gateway: { ...harness.gateway, ...idle } });
    const ask = () => post('running', url('running'), SECRET, apart);
    const first = await ask();
    await kept().updateOne({ _id: /:running$/ }, { $set: { status: null } });
    const early = await ask();
    expect([early.status, early.headers['retry-after']]).toEqual([409, '1']);
    await kept().updateOne({ _id: /:running$/ }, { $set: { at: new Date(Date.now() - 3 * 60_000) } });
    const late = await ask();
    expect([late.status, idOf(late)]).toEqual([200, idOf(first)]);
  });

  test('of one token is not that of another', async () => {
    const made = await call('post', '/tokens').send({ name: 'second operator', roles: ['operator'] });
    await post('shared', url('shared'));
    const answer = await post('shared', url('of the second'), (made.body as { token: string }).token);
    expect(answer.status).toBe(202);
  });

  test('keeps no refusal: the same request may succeed later', async () => {
    const refused = await post('refused', { entities: [] });
    expect(refused.status).toBe(400);
    expect((await post('refused', url('refused'))).status).toBe(202);
  });

  test('never keeps the secret of a new token: a repeat is 409', async () => {
    const make = (): request.Test =>
      call('post', '/tokens')
        .set('idempotency-key', 'token')
        .send({ name: 'once', roles: ['reader'] });
    const { token } = (await make()).body as { token: string };
    expect((await make()).status).toBe(409);
    expect(JSON.stringify(await kept().find({}).toArray())).not.toContain(token);
  });

  test('stores a mail once', async () => {
    const deliver = (): request.Test =>
      call('post', '/mailboxes/idempotent@corp.example/messages')
        .set({ 'content-type': 'message/rfc822', 'idempotency-key': 'mail' })
        .send(mail({ id: 'idempotent' }));
    const [first, second] = [await deliver(), await deliver()];
    expect([first.status, second.status, idOf(second)]).toEqual([201, 201, idOf(first)]);
    expect(await harness.store.messages.collection.countDocuments({ mailbox: 'idempotent@corp.example' })).toBe(1);
  });

  test.each(['with a blank', 'x'.repeat(256)])('that is "%s" is refused', async (key) => {
    expect((await post(key, url('bad'))).status).toBe(400);
  });
});

describe('a change that is refused is in the audit', () => {
  test.each<[string, string, () => request.Test]>([
    ['settings.change', 'refused: forbidden', () => call('put', '/settings/automation', READER).send({})],
    [
      'settings.change',
      'refused: precondition-failed',
      () => call('put', '/settings/automation').set('if-match', '"999"').send({}),
    ],
    ['token.create', 'refused: forbidden', () => call('post', '/tokens', READER).send({ name: 'x', roles: ['admin'] })],
    [
      'action.revert',
      'refused: forbidden',
      () => call('post', `/actions/${'1'.repeat(24)}/revert`, READER).send({ destination: 'inbox' }),
    ],
    ['message.raw', 'refused: forbidden', () => call('get', `/messages/${'2'.repeat(24)}/raw`, READER)],
  ])('%s, %s', async (action, result, send) => {
    const { status, headers } = await send();
    expect(status).toBe(result.endsWith('forbidden') ? 403 : 412);
    expect(await harness.store.audit.collection.findOne({ requestId: headers['x-request-id'] ?? '' })).toMatchObject({
      action,
      result,
      subject: result.endsWith('forbidden') ? 'reader' : 'admin',
    });
  });
});

describe('TLS in the process', () => {
  const fixture = (name: string): string => join(__dirname, '..', 'fixtures', name);
  const deps = () => ({
    ...{ store: harness.store, gateway: harness.gateway, logger: pino({ level: 'silent' }) },
    ...createEmbeddedProvider({ store: harness.store, clock: () => new Date() }),
    clock: () => new Date(),
    imap: [],
    targets: LOOPBACK_TARGETS,
  });
  const listen = (certFile: string, keyFile: string) =>
    startApi(deps(), { host: '127.0.0.1', port: 0, trustedProxies: [], tls: { certFile, keyFile } });

  test('answers over https with the certificate that was given', async () => {
    const api = await listen(fixture('tls-cert.pem'), fixture('tls-key.pem'));
    try {
      expect(api.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
      expect(await statusOver(`${api.url}/healthz`, readFileSync(fixture('tls-cert.pem')))).toBe(200);
    } finally {
      await api.close();
    }
  });

  test('does not start with a key that is none', async () => {
    await expect(listen(fixture('tls-cert.pem'), fixture('README.md'))).rejects.toThrow(
      'CLAWBACK_TLS_CERT, CLAWBACK_TLS_KEY: cannot be used as a certificate and its key (PEM)',
    );
  });
});

function idOf(answer: request.Response): string {
  return (answer.body as { id: string }).id;
}

function statusOver(url: string, ca: Buffer): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    httpsRequest(url, { ca, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once('error', reject)
      .end();
  });
}
