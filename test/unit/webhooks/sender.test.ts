import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { createServer, type Server } from 'node:net';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { createSender, type Sending, type SenderOptions, type Sent } from '../../../webhooks/sender';
import { signatureOf } from '../../../webhooks/signature';
import { createTargets, parseAllowed } from '../../../webhooks/targets';
import { type FakeServer, serve } from '../cli/fake-server';
import { listenAnywhere } from '../../support/listen';

const SECRET = 'a-secret-of-16-ch';
const BODY = '{"id":"65a1b2c3d4e5f60718293a4b","event":"action.completed"}';
const AT = new Date('2026-01-05T12:00:00.700Z');

interface Got {
  readonly request: IncomingMessage;
  readonly body: string;
  readonly at?: string | undefined;
}

let receiver: FakeServer;
let got: Got[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  got = [];
  answer = (_request, response) => response.writeHead(204).end();
  receiver = await serve((request, response, body) => {
    got.push({ request, body: body.toString(), at: request.socket.localAddress });
    answer(request, response);
  });
});

afterEach(() => receiver.close());

const portOf = (url: string): string => new URL(url).port;

function send(url: string, options: Partial<SenderOptions> & { allow?: string } = {}): Promise<Sent> {
  const { allow = '127.0.0.1', ...rest } = options;
  const targets = createTargets(parseAllowed(allow) ?? []);
  const sending: Sending = { url, secret: SECRET, id: '65a1b2c3d4e5f60718293a4b', body: BODY, at: AT };
  return createSender({ targets, ...rest }).send(sending);
}

/** A resolver that gives these addresses for every name, and counts how often it is asked. */
function resolver(...addresses: string[]) {
  const asked: string[] = [];
  const resolve: NonNullable<SenderOptions['resolve']> = (host, _options, done) => {
    asked.push(host);
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return { asked, resolve };
}

test('the signature is HMAC-SHA-256 over time, dot and body, as openssl computes it', () => {
  expect(signatureOf(SECRET, '1767614400', BODY)).toBe(
    'v1=b05c7363fbf6622d5b7372e42be6e24f04c2fb96cff289507697f06d72ef424d',
  );
});

test('the example of docs/webhooks.md tells what is genuine from what is not', () => {
  const page = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'webhooks.md'), 'utf8');
  const [, code = ''] = /```js\n([^]*?)```/.exec(page) ?? [];
  const context = { require: createRequire(__filename), Buffer, Date };
  const isGenuine = runInNewContext(`${code};isGenuine`, context) as (
    headers: Record<string, string>,
    body: string,
    secret: string,
  ) => boolean;
  const headersAt = (seconds: number) => ({
    'clawback-webhook-timestamp': String(seconds),
    'clawback-webhook-signature': signatureOf(SECRET, String(seconds), BODY),
  });
  const now = Math.floor(Date.now() / 1000);
  expect(isGenuine(headersAt(now), BODY, SECRET)).toBe(true);
  expect(isGenuine(headersAt(now), `${BODY} `, SECRET)).toBe(false);
  expect(isGenuine(headersAt(now), BODY, 'another secret')).toBe(false);
  expect(isGenuine(headersAt(now - 400), BODY, SECRET)).toBe(false);
  expect(isGenuine({}, BODY, SECRET)).toBe(false);
});

test('a notice is posted with its id, its time and its signature, and a 2xx takes it', async () => {
  expect(await send(`${receiver.url}/hook?a=1`)).toEqual({ status: 204, code: null });
  const [{ request, body }] = got as [Got];
  expect([request.method, request.url, body]).toEqual(['POST', '/hook?a=1', BODY]);
  expect(request.headers).toMatchObject({
    'content-type': 'application/json',
    'clawback-webhook-id': '65a1b2c3d4e5f60718293a4b',
    'clawback-webhook-timestamp': '1767614400',
    'clawback-webhook-signature': signatureOf(SECRET, '1767614400', BODY),
  });
});

describe('what a receiver answers', () => {
  test.each([
    [200, null],
    [202, null],
    [304, 'redirect'],
    [400, 'status'],
    [410, 'status'],
    [503, 'status'],
  ])('%d: %s', async (status, code) => {
    answer = (_request, response) => response.writeHead(status).end();
    expect(await send(receiver.url)).toEqual({ status, code });
  });

  test.each([301, 302, 303, 307, 308])('a redirect (%d) is a failure and is not followed', async (status) => {
    const other = await serve((_request, response) => {
      got.push({ request: _request, body: 'followed' });
      response.end();
    });
    answer = (_request, response) => response.writeHead(status, { location: other.url }).end();
    expect(await send(receiver.url)).toEqual({ status, code: 'redirect' });
    expect(got.map(({ body }) => body)).toEqual([BODY]);
    await other.close();
  });

  test('a receiver that never answers is given up at the time limit', async () => {
    answer = () => undefined;
    const started = Date.now();
    expect(await send(receiver.url, { limitMs: 200 })).toEqual({ status: null, code: 'timeout' });
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  test('an answer that never ends is cut off at the time limit, and its status counts', async () => {
    answer = (_request, response) => {
      response.writeHead(200);
      response.write('a');
    };
    // Long enough for the status to come, on a busy machine too.
    expect(await send(receiver.url, { limitMs: 2_000 })).toEqual({ status: 200, code: null });
  });

  test('an answer that is long is cut off', async () => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    let written = 0;
    let closed = false;
    answer = (_request, response) => {
      response.on('close', () => (closed = true));
      const more = (): void => {
        if (closed) return;
        written += chunk.length;
        response.write(chunk, more);
      };
      more();
    };
    expect(await send(receiver.url, { limitMs: 60_000 })).toEqual({ status: 200, code: null });
    expect(written).toBeLessThan(64 * 1024 * 1024);
  });

  test('headers without end, and what is no HTTP at all, are failures', async () => {
    const raw = await rawServer((write) => write(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`));
    expect(await send(raw.url)).toEqual({ status: null, code: 'HPE_HEADER_OVERFLOW' });
    await raw.close();
    const nonsense = await rawServer((write) => write('220 smtp.example ESMTP\r\n'));
    expect((await send(nonsense.url)).code).toMatch(/^HPE_/);
    await nonsense.close();
  });

  test('nobody there is a failure by its code alone', async () => {
    const { url } = receiver;
    await receiver.close();
    expect(await send(url)).toEqual({ status: null, code: 'ECONNREFUSED' });
  });

  test('a certificate that nobody vouches for, or no TLS at all, is a failure', async () => {
    const sent = await send(receiver.url.replace('http:', 'https:'));
    expect(sent.status).toBeNull();
    expect(sent.code).toMatch(/^(ERR_SSL_|EPROTO)/);
  });
});

describe('an address that a webhook may not reach', () => {
  test('is refused as a literal, whatever its spelling', async () => {
    for (const host of ['127.0.0.1', '0x7f.1', '2130706433', '[::ffff:127.0.0.1]', '[::1]']) {
      expect(await send(`http://${host}:${portOf(receiver.url)}/`, { allow: '' })).toEqual({
        status: null,
        code: 'refusedAddress',
      });
    }
    expect(got).toEqual([]);
  });

  test.each([
    [['127.0.0.1']],
    [['::1']],
    [['::ffff:127.0.0.1']],
    [['169.254.169.254']],
    [['93.184.216.34', '10.0.0.1']],
    [[]],
  ])('is refused behind a name that resolves to %j', async (addresses) => {
    const { resolve } = resolver(...addresses);
    const url = `http://hook.example:${portOf(receiver.url)}/`;
    expect(await send(url, { allow: '', resolve })).toEqual({ status: null, code: 'refusedAddress' });
    expect(got).toEqual([]);
  });

  test('a name is resolved once, and exactly what was checked is connected to', async () => {
    const { asked, resolve } = resolver('127.0.0.1');
    const url = `http://hook.example:${portOf(receiver.url)}/`;
    expect(await send(url, { resolve })).toEqual({ status: 204, code: null });
    expect(asked).toEqual(['hook.example']);
    expect(got.map(({ request, at }) => [request.headers.host, at])).toEqual([
      [`hook.example:${portOf(receiver.url)}`, '127.0.0.1'],
    ]);
  });

  test('a name that changes its answer is looked at again in the next attempt', async () => {
    const url = `http://hook.example:${portOf(receiver.url)}/`;
    expect((await send(url, { resolve: resolver('127.0.0.1').resolve })).code).toBeNull();
    expect((await send(url, { resolve: resolver('127.0.0.2').resolve })).code).toBe('refusedAddress');
    expect(got).toHaveLength(1);
  });

  test('a name that nobody knows is a failure by its code', async () => {
    const resolve: SenderOptions['resolve'] = (_host, _options, done) =>
      done(Object.assign(new Error('getaddrinfo ENOTFOUND hook.example'), { code: 'ENOTFOUND' }), undefined);
    expect(await send('http://hook.example/', { resolve })).toEqual({ status: null, code: 'ENOTFOUND' });
  });
});

/** A server that answers each connection with bytes of the test's own. */
async function rawServer(answerWith: (write: (text: string) => void) => void): Promise<FakeServer> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => answerWith((text) => void socket.write(text)));
  });
  const port = await listenAnywhere(server);
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
