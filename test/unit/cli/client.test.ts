import { type IncomingMessage, type ServerResponse } from 'node:http';
import { clientFromEnvironment, createClient, problemLine } from '../../../cli/client';
import { answerJson, type FakeServer, serve } from './fake-server';

let server: FakeServer;
let calls: IncomingMessage[];
let answer: (call: number, response: ServerResponse) => void;
let pauses: number[];

beforeEach(async () => {
  calls = [];
  pauses = [];
  server = await serve((request, response) => {
    calls.push(request);
    answer(calls.length, response);
  });
});
afterEach(() => server.close());

/** A client that notes its pauses instead of taking them. */
function client(options: { readonly attempts?: number; readonly timeLimitMs?: number } = {}) {
  return createClient(server.url, 'secret', {
    ...options,
    pause: async (ms) => {
      pauses.push(ms);
    },
  });
}

const busy = (response: ServerResponse, status: number, after?: string): void =>
  answerJson(response, status, { title: 'Busy' }, after === undefined ? {} : { 'retry-after': after });

describe('a call', () => {
  test('goes to the API with the token and answers what came', async () => {
    answer = (_call, response) => answerJson(response, 200, { fine: true });
    await expect(client().call('GET', '/things')).resolves.toMatchObject({ status: 200, data: { fine: true } });
    expect(calls[0]).toMatchObject({ url: '/api/v1/things', headers: { authorization: 'Bearer secret' } });
    expect(calls[0]?.headers['idempotency-key']).toBeUndefined();
  });

  test.each([429, 503])('is repeated after %d, once the pause that was asked for is over', async (status) => {
    answer = (call, response) => (call < 3 ? busy(response, status, '2') : answerJson(response, 200, {}));
    await client().call('GET', '/things');
    expect(calls).toHaveLength(3);
    expect(pauses).toEqual([2000, 2000]);
  });

  test.each([
    ['none', undefined, 1000],
    ['a date', 'Wed, 21 Oct 2026 07:28:00 GMT', 1000],
    ['an hour', '3600', 10_000],
  ])('pauses within bounds where the server asks for %s', async (_name, after, ms) => {
    answer = (call, response) => (call === 1 ? busy(response, 503, after) : answerJson(response, 200, {}));
    await client().call('GET', '/things');
    expect(pauses).toEqual([ms]);
  });

  test('that is a POST carries the same Idempotency-Key each time, and another call another', async () => {
    answer = (call, response) => (call === 1 ? busy(response, 503) : answerJson(response, 201, {}));
    const one = client();
    await one.call('POST', '/things', { body: { a: 1 } });
    await one.call('POST', '/things', { body: { a: 1 } });
    const [first, second, third] = calls.map(({ headers }) => headers['idempotency-key']);
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  test('gives up after its attempts with what the server said', async () => {
    answer = (_call, response) => busy(response, 503);
    await expect(client({ attempts: 3 }).call('GET', '/things')).rejects.toMatchObject({
      status: 503,
      message: 'Busy',
    });
    expect(calls).toHaveLength(3);
  });

  test('that is refused is not repeated, and the problem is one line', async () => {
    answer = (_call, response) =>
      answerJson(response, 400, {
        title: 'The request is not valid',
        errors: [
          { path: 'url', message: 'is not a URL' },
          { path: 'limit', message: 'is too large' },
        ],
      });
    await expect(client().call('GET', '/things')).rejects.toMatchObject({
      status: 400,
      message: 'The request is not valid (url is not a URL; limit is too large)',
    });
    expect(calls).toHaveLength(1);
  });

  test('that is not answered in time ends with one clear line', async () => {
    answer = () => undefined;
    await expect(client({ timeLimitMs: 30 }).call('GET', '/things')).rejects.toMatchObject({
      status: 0,
      message: `${server.url} did not answer in time`,
    });
  });

  test('to a port where nobody listens ends with one clear line', async () => {
    await server.close();
    await expect(client().call('GET', '/things')).rejects.toMatchObject({
      status: 0,
      message: `${server.url} does not answer: is Clawback running there? (npm start)`,
    });
  });

  test('that is answered with broken JSON says so', async () => {
    answer = (_call, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{');
    await expect(client().call('GET', '/things')).rejects.toThrow('The server answered with JSON that is broken');
  });

  test('ends when its caller takes it back', async () => {
    const stop = new AbortController();
    answer = () => stop.abort();
    await expect(client().call('GET', '/things', { signal: stop.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

test('an error without a problem document is told by its status', () => {
  expect(problemLine(502, undefined)).toBe('The server answered 502');
});

describe('the client that the environment names', () => {
  test('without a token says how to give one', () => {
    expect(() => clientFromEnvironment({ CLAWBACK_DATA_DIR: '/nowhere' })).toThrow(
      'No token: set CLAWBACK_TOKEN or CLAWBACK_TOKEN_FILE, or start the server on this machine (/nowhere/admin-token cannot be read)',
    );
  });

  test('goes to the local server by default, and elsewhere where told', () => {
    expect(clientFromEnvironment({ CLAWBACK_TOKEN: 'x' }).url).toBe('http://127.0.0.1:3000');
    expect(clientFromEnvironment({ CLAWBACK_TOKEN: 'x', CLAWBACK_TLS_CERT: 'cert.pem', CLAWBACK_PORT: '1' }).url).toBe(
      'https://127.0.0.1:1',
    );
    expect(clientFromEnvironment({ CLAWBACK_TOKEN: 'x', CLAWBACK_URL: 'https://mail.example//' }).url).toBe(
      'https://mail.example',
    );
  });

  test.each(['nonsense', 'ftp://x.example'])('refuses the address %s', (url) => {
    expect(() => clientFromEnvironment({ CLAWBACK_TOKEN: 'x', CLAWBACK_URL: url })).toThrow('CLAWBACK_URL');
  });
});
