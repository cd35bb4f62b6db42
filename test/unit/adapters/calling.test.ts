import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AdapterRun, type FakeApi, fakeApi, runAdapter, TOKEN } from './run-adapter';

const EVENT = {
  Event: { uuid: 'e', info: 'E', Attribute: [{ type: 'url', value: 'http://evil.example/', to_ids: true }] },
};

let api: FakeApi;

beforeEach(async () => {
  api = await fakeApi();
});
afterEach(() => api.close());

function run(env: NodeJS.ProcessEnv = {}, input: string | Buffer = JSON.stringify(EVENT)): Promise<AdapterRun> {
  return runAdapter('misp', { input, env: { CLAWBACK_URL: api.url, CLAWBACK_TOKEN: TOKEN, ...env } });
}

describe('a call', () => {
  test.each([
    [503, '0'],
    [429, '0'],
    [409, '0'],
  ])('is repeated after %d with Retry-After, with the same Idempotency-Key', async (status, after) => {
    const busy = [status, { title: 'Busy' }, { 'retry-after': after }] as const;
    api.answers.push(busy, busy);
    expect(await run()).toEqual({ code: 0, out: 'id3 Starting: 1 reported\n', err: '' });
    const keys = api.calls.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
  });

  test('waits as long as it is asked to', async () => {
    api.answers.push([503, {}, { 'retry-after': '1' }]);
    const started = performance.now();
    await run();
    expect(performance.now() - started).toBeGreaterThan(1000);
  });

  test('of another run has another Idempotency-Key: the same detection later is news', async () => {
    await run();
    await run();
    const [first, second] = api.calls.map(({ headers }) => headers['idempotency-key']);
    expect(first).not.toBe(second);
  });

  test('gives up after five times', async () => {
    api.answers.push(
      ...Array.from({ length: 9 }, () => [503, { detail: 'MongoDB does not answer' }, { 'retry-after': '0' }] as const),
    );
    expect(await run()).toEqual({ code: 1, out: '', err: `misp: ${api.url} answered 503: MongoDB does not answer\n` });
    expect(api.calls).toHaveLength(5);
  });

  test.each([
    [400, { detail: 'entities: wrong\u001b[2J' }, 'answered 400: entities: wrong [2J'],
    [403, { title: 'The token lacks a role' }, 'answered 403: The token lacks a role'],
    [409, {}, 'answered 409'],
    [500, 'no problem document', 'answered 500'],
  ])('that is refused with %d is not repeated, and ends with 1 and one line', async (status, body, line) => {
    api.answers.push([status, body]);
    expect(await run()).toEqual({ code: 1, out: '', err: `misp: ${api.url} ${line}\n` });
    expect(api.calls).toHaveLength(1);
  });

  test('follows no redirect: the token goes to nobody else', async () => {
    const other = await fakeApi();
    api.answers.push([307, {}, { location: `${other.url}/api/v1/investigations` }]);
    expect(await run()).toEqual({ code: 1, out: '', err: `misp: ${api.url} answered 307\n` });
    expect(other.calls).toEqual([]);
    await other.close();
  });
});

describe('the token', () => {
  test('comes from a file too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'clawback-adapter-'));
    writeFileSync(join(folder, 'token'), `${TOKEN}\n`);
    expect((await run({ CLAWBACK_TOKEN: '', CLAWBACK_TOKEN_FILE: join(folder, 'token') })).code).toBe(0);
    expect(api.calls[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
    rmSync(folder, { recursive: true });
  });

  test.each<[string, NodeJS.ProcessEnv, string]>([
    [
      'is not given',
      { CLAWBACK_TOKEN: '' },
      'set CLAWBACK_TOKEN or CLAWBACK_TOKEN_FILE to a token with the role detector',
    ],
    [
      'is in no file',
      { CLAWBACK_TOKEN: '', CLAWBACK_TOKEN_FILE: '/nowhere' },
      'CLAWBACK_TOKEN_FILE: /nowhere cannot be read',
    ],
    ['is none', { CLAWBACK_TOKEN: 'a\nb' }, 'CLAWBACK_TOKEN: not a token'],
    ['is for no server', { CLAWBACK_URL: 'file:///etc' }, 'CLAWBACK_URL: not a web address'],
  ])('that %s ends with 2 and one line', async (_name, env, line) => {
    expect(await run(env)).toEqual({ code: 2, out: '', err: `misp: ${line}\n` });
    expect(api.calls).toEqual([]);
  });
});

describe('input', () => {
  test.each<[string, string | Buffer, string]>([
    ['empty', '', 'the input is not JSON'],
    ['no JSON', '<html>', 'the input is not JSON'],
    ['half of it', '{"Event":', 'the input is not JSON'],
    ['no object', '[1]', 'the input is not a JSON object'],
    ['of something else', '{"errors":"Invalid event"}', 'the input holds no MISP event'],
    ['larger than 16 MB', Buffer.alloc(16 * 1024 * 1024 + 1, 0x20), 'the input is larger than 16 MB'],
    ['deep', '['.repeat(200_000), 'the input is not JSON'],
  ])('that is %s ends with 1 and one line', async (_name, input, line) => {
    expect(await run({}, input)).toEqual({ code: 1, out: '', err: `misp: ${line}\n` });
    expect(api.calls).toEqual([]);
  });

  test('with more than 1,000 entities is refused whole', async () => {
    const many = (count: number): string =>
      JSON.stringify({
        Event: {
          Attribute: Array.from({ length: count }, (_, at) => ({
            type: 'url',
            value: `http://e.example/${at}`,
            to_ids: true,
          })),
        },
      });
    expect(await run({}, many(1_001))).toMatchObject({
      ...{ code: 1, err: 'misp: the input names more than 1000 files and URLs\n' },
    });
    expect(api.calls).toEqual([]);
    await run({}, many(1_000));
    expect(api.calls).toHaveLength(50);
  });

  test('is only shown with --dry-run, which needs no token', async () => {
    const ended = await runAdapter('misp', { args: ['--dry-run'], input: JSON.stringify(EVENT) });
    expect(ended).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(ended.out)).toMatchObject({ entities: [{ type: 'url', url: 'http://evil.example/' }] });
  });
});

test('a server that is away ends with 1 and one line', async () => {
  expect(await run({ CLAWBACK_URL: 'http://127.0.0.1:1' })).toEqual({
    ...{ code: 1, out: '', err: 'misp: http://127.0.0.1:1 does not answer\n' },
  });
});
