import { type IncomingMessage, type ServerResponse } from 'node:http';
import { run } from '../../../cli/program';
import { answerJson, type FakeServer, serve } from './fake-server';

let out: string;
let err: string;
let server: FakeServer | undefined;
const environment = process.env;

beforeEach(() => {
  out = '';
  err = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text);
    return true;
  });
  process.env = { ...environment, CLAWBACK_URL: 'http://127.0.0.1:1', CLAWBACK_TOKEN: 'secret' };
});
afterEach(async () => {
  jest.restoreAllMocks();
  process.env = environment;
  await server?.close();
  server = undefined;
});

const asked: string[] = [];
/** A server that answers as the test says; what it was asked is in `asked`. */
async function answering(
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void,
): Promise<void> {
  asked.length = 0;
  server = await serve((request, response, body) => {
    asked.push(`${request.method} ${request.url} ${body.toString()}`.trim());
    answer(request, response, body.toString());
  });
  process.env['CLAWBACK_URL'] = server.url;
}

/** A list of two pages: the first of `items`, then the others. */
async function listing(items: readonly object[]): Promise<void> {
  await answering(({ url = '' }, response) => {
    const isFirst = !url.includes('cursor=');
    answerJson(response, 200, {
      items: isFirst ? items.slice(0, 1) : items.slice(1),
      nextCursor: isFirst ? 'a+b' : null,
      total: items.length,
    });
  });
}

const ALICE = { id: '1'.repeat(24), name: 'alice', roles: ['reader', 'approver'], expiresAt: null, lastUsedAt: null };
const BOB = {
  ...ALICE,
  name: 'bob\u001b[2J',
  expiresAt: '2030-01-31T00:00:00.000Z',
  lastUsedAt: '2026-01-02T03:04:05Z',
};

describe('help of what is inside a command', () => {
  test.each([
    ['tokens', 'create'],
    ['tokens', 'delete'],
    ['audit', 'verify'],
  ])('%s %s --help says how to use it and ends with 0', async (...words) => {
    expect(await run([...words, '--help'])).toBe(0);
    expect(out).toContain(`Usage: clawback ${words.join(' ')}`);
    expect(out).toContain('--json');
    expect(err).toBe('');
  });
});

describe('wrong usage ends with 2', () => {
  test.each([
    ['a token without a role', ['tokens', 'create', 'x'], "required option '--role <role>' not specified"],
    ['a token without a name', ['tokens', 'create', '--role', 'reader'], "missing required argument 'name'"],
    ['a role that does not exist', ['tokens', 'create', 'x', '--role', 'king'], 'Roles are reader, preview'],
    [
      'a time that is none',
      ['tokens', 'create', 'x', '--role', 'reader', '--expires', 'soon'],
      'It is a day or a time',
    ],
    [
      'a day that does not exist',
      ['tokens', 'create', 'x', '--role', 'reader', '--expires', '2030-13-01'],
      'It is a day',
    ],
    ['a deletion of nothing', ['tokens', 'delete'], "missing required argument 'id'"],
    ['a head that is none', ['audit', 'verify', '--head', 'abc'], 'It is a hash of 64 hex digits'],
    ['mailboxes with a word', ['mailboxes', 'x'], 'too many arguments'],
    ['tokens with an unknown word', ['tokens', 'list'], 'too many arguments'],
  ])('%s', async (_name, words, line) => {
    expect(await run(words)).toBe(2);
    expect(err).toContain(line);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect(out).toBe('');
  });

  test('the audit without a word shows its help on stderr', async () => {
    expect(await run(['audit'])).toBe(2);
    expect(err).toContain('Usage: clawback audit');
  });
});

describe('tokens', () => {
  test('are listed over all pages, one line each, without characters that would steer the terminal', async () => {
    await listing([ALICE, BOB]);
    expect(await run(['tokens'])).toBe(0);
    expect(asked).toEqual(['GET /api/v1/tokens?limit=500', 'GET /api/v1/tokens?limit=500&cursor=a%2Bb']);
    expect(out).toBe(
      `${ALICE.id}  alice  reader,approver  never expires  never used\n` +
        `${ALICE.id}  bob [2J  reader,approver  expires 2030-01-31T00:00:00.000Z  last used 2026-01-02T03:04:05Z\n`,
    );
    out = '';
    expect(await run(['tokens', '--json'])).toBe(0);
    expect(JSON.parse(out)).toEqual({ items: [ALICE, BOB] });
  });

  test('are made with roles and an end; the secret is printed once', async () => {
    await answering((_request, response) => answerJson(response, 201, { ...ALICE, token: 'cb_secret' }));
    const words = ['tokens', 'create', 'alice', '--role', 'reader', '--role', 'approver', '--expires', '2030-01-31'];
    expect(await run(words)).toBe(0);
    const body = { name: 'alice', roles: ['reader', 'approver'], expiresAt: '2030-01-31T00:00:00.000Z' };
    expect(asked).toEqual([`POST /api/v1/tokens ${JSON.stringify(body)}`]);
    expect(out).toContain('Secret, shown once: cb_secret\n');
    out = '';
    expect(await run([...words, '--json'])).toBe(0);
    expect(JSON.parse(out)).toEqual({ ...ALICE, token: 'cb_secret' });
  });

  test('are deleted', async () => {
    await answering((_request, response) => response.writeHead(204).end());
    expect(await run(['tokens', 'delete', 'a/b'])).toBe(0);
    expect(asked).toEqual(['DELETE /api/v1/tokens/a%2Fb']);
    expect(out).toBe('a/b deleted\n');
    out = '';
    expect(await run(['tokens', 'delete', ALICE.id, '--json'])).toBe(0);
    expect(JSON.parse(out)).toEqual({ id: ALICE.id, deleted: true });
  });

  test.each([
    ['a name that is taken', ['tokens', 'create', 'alice', '--role', 'reader']],
    ['the last admin', ['tokens', 'delete', ALICE.id]],
    ['a token without the right', ['tokens']],
  ])('%s: what the server says, on one line, and 1', async (_name, words) => {
    await answering((_request, response) => answerJson(response, 409, { title: 'No', detail: 'Because\nit is so' }));
    expect(await run(words)).toBe(1);
    expect(err).toBe('Because it is so\n');
    expect(out).toBe('');
  });
});

describe('mailboxes', () => {
  const a = {
    ...{ address: 'a@corp.example', provider: 'embedded', messageCount: 3, retentionDays: 14, hold: null },
    ...{ health: 'ok', healthSince: null, probe: null },
  };
  const unsafe = { code: 'copyKept', detail: 'a copy', unsafe: true };
  const b = {
    ...{ ...a, address: 'b@corp.example', provider: 'dovecot', retentionDays: null },
    ...{ hold: { reason: 'Case\n7', reference: 'L-1' }, health: 'unreachable', healthSince: '2026-01-02T03:04:05Z' },
    probe: { extensions: ['MOVE'], findings: [unsafe], recoverableVisible: true },
  };

  test('are listed over all pages with what they hold, their retention and their holds', async () => {
    await listing([a, b]);
    expect(await run(['mailboxes'])).toBe(0);
    expect(asked).toEqual(['GET /api/v1/mailboxes?limit=500', 'GET /api/v1/mailboxes?limit=500&cursor=a%2Bb']);
    expect(out).toBe(
      'a@corp.example  embedded  ok  3 messages  retention 14 days  no hold\n' +
        'b@corp.example  dovecot  unreachable since 2026-01-02T03:04:05Z  3 messages  retention unknown  hold: Case 7 (L-1)  unsafe: copyKept\n',
    );
    out = '';
    expect(await run(['mailboxes', '--json'])).toBe(0);
    expect(JSON.parse(out)).toEqual({ items: [a, b] });
  });

  test('are checked: what was found, and 1 where one is not safe or cannot be reached', async () => {
    await answering((request, response) =>
      request.url?.includes('lost') === true
        ? answerJson(response, 404, { title: 'Not found', detail: 'There is no mailbox lost@corp.example' })
        : answerJson(
            response,
            200,
            request.url?.includes('good') === true ? { ...a, probe: { ...b.probe, findings: [] } } : b,
          ),
    );
    expect(await run(['mailboxes', 'check', 'good@corp.example'])).toBe(0);
    expect(out).toBe('a@corp.example  safe  (MOVE); the recoverable folder is subscribed: its user sees it\n');
    out = '';
    expect(await run(['mailboxes', 'check', 'b@corp.example', 'lost@corp.example'])).toBe(1);
    expect(asked.slice(1).sort()).toEqual([
      'POST /api/v1/mailboxes/b%40corp.example/check {}',
      'POST /api/v1/mailboxes/lost%40corp.example/check {}',
    ]);
    expect(out).toContain(
      'b@corp.example  unsafe: automation leaves it alone  (MOVE); the recoverable folder is subscribed: its user sees it\n' +
        '  unsafe  copyKept: a copy\n',
    );
    expect(out).toContain('lost@corp.example  could not be checked: There is no mailbox lost@corp.example\n');
  });

  test('are all checked where none is named, but for those that have no server to ask', async () => {
    const gone = { ...b, address: 'gone@corp.example', health: 'notConfigured' };
    const safe = { ...b, health: 'ok', probe: { ...b.probe, findings: [] } };
    await answering((request, response) =>
      request.method === 'GET'
        ? answerJson(response, 200, { items: [a, safe, gone], nextCursor: null, total: 3 })
        : answerJson(response, 200, safe),
    );
    expect(await run(['mailboxes', 'check'])).toBe(0);
    expect(asked).toEqual(['GET /api/v1/mailboxes?limit=500', 'POST /api/v1/mailboxes/b%40corp.example/check {}']);
  });

  test('that cannot be reached are asked once: asking again locks accounts', async () => {
    await answering((_request, response) =>
      answerJson(response, 503, { title: 'Unavailable', detail: 'The server refuses to sign in' }),
    );
    expect(await run(['mailboxes', 'check', 'away@corp.example'])).toBe(1);
    expect(asked).toEqual(['POST /api/v1/mailboxes/away%40corp.example/check {}']);
    expect(out).toContain('away@corp.example  could not be checked: The server refuses to sign in');
  });

  test('of a server that is away: one line and 1', async () => {
    expect(await run(['mailboxes'])).toBe(1);
    expect(err).toContain('http://127.0.0.1:1 does not answer');
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('audit verify', () => {
  const head = 'ab'.repeat(32);
  const verified = (data: object) => answering((_request, response) => answerJson(response, 200, data));

  test('prints one line and ends with 0 where the chain is unbroken', async () => {
    await verified({ ok: true, rows: 1234, head });
    expect(await run(['audit', 'verify'])).toBe(0);
    expect(asked).toEqual(['GET /api/v1/audit/verify']);
    expect([out, err]).toEqual([`1234 rows, unbroken, head ${head}\n`, '']);
  });

  test('says where a head is that was kept', async () => {
    await verified({ ok: true, rows: 1, head, keptAt: 1 });
    expect(await run(['audit', 'verify', '--head', head.toUpperCase()])).toBe(0);
    expect(asked).toEqual([`GET /api/v1/audit/verify?head=${head}`]);
    expect(out).toBe(`1 row, unbroken, head ${head}; the head that you kept is row 1\n`);
  });

  test.each([
    [
      { seq: 7, id: 'x\u001b7', problem: 'its content was changed' },
      'Broken at row 7 (x 7): its content was changed\n',
    ],
    [{ seq: 8, id: null, problem: 'it is missing: 9 follows' }, 'Broken at row 8: it is missing: 9 follows\n'],
  ])('names the first broken row on stderr and ends with 1', async (brokenAt, line) => {
    await verified({ ok: false, rows: 6, head, brokenAt });
    expect(await run(['audit', 'verify'])).toBe(1);
    expect([out, err]).toEqual(['', line]);
  });

  test('ends with 1 where the head that was kept is not in the chain', async () => {
    const brokenAt = { seq: 6, id: null, problem: 'the head is of another chain' };
    await verified({ ok: false, rows: 6, head, brokenAt, keptAt: null });
    expect(await run(['audit', 'verify', '--head', head])).toBe(1);
    expect(err).toBe('Not found in 6 rows: the head is of another chain\n');
  });

  test('prints one object with --json, with the same exit codes', async () => {
    const answer = { ok: false, rows: 0, head, brokenAt: { seq: 0, id: null, problem: 'the head is missing' } };
    await verified(answer);
    expect(await run(['audit', 'verify', '--json'])).toBe(1);
    expect([JSON.parse(out), err]).toEqual([answer, '']);
  });
});
