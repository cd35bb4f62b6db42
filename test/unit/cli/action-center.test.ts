import { run } from '../../../cli/program';
import { answerJson, type FakeServer, serve } from './fake-server';

const ACTION = {
  id: '1'.repeat(24),
  status: 'Pending',
  messageCount: 12,
  mailboxCount: 3,
  remainingInMailboxes: 12,
  reasons: [{ code: 'startedByPerson', detail: 'The token has no detector role\u001b[2J' }],
  outcomes: { open: 12 },
  undoDeadline: null,
  expiresAt: '2026-01-08T00:00:00.000Z',
};

let out: string;
let err: string;
let asked: string[];
let server: FakeServer;
const environment = process.env;

beforeEach(() => {
  out = '';
  err = '';
  asked = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text);
    return true;
  });
});
afterEach(async () => {
  jest.restoreAllMocks();
  process.env = environment;
  await server.close();
});

async function answering(status: number, body: unknown): Promise<void> {
  server = await serve((request, response, sent) => {
    asked.push(`${request.method} ${request.url} ${sent.toString()}`.trim());
    answerJson(response, status, body);
  });
  process.env = { ...environment, CLAWBACK_URL: server.url, CLAWBACK_TOKEN: 'secret' };
}

test('pending lists what waits with every reason, and nothing of it steers the terminal', async () => {
  await answering(200, { items: [ACTION], nextCursor: null, total: 1 });
  expect(await run(['pending'])).toBe(0);
  expect(asked).toEqual(['GET /api/v1/actions?tab=pending&limit=500']);
  expect(out).toBe(
    `${ACTION.id}  12 messages in 3 mailboxes, until 2026-01-08T00:00:00.000Z\n` +
      '  startedByPerson: The token has no detector role [2J\n',
  );
});

test('pending says so where nothing waits', async () => {
  await answering(200, { items: [], nextCursor: null, total: 0 });
  expect(await run(['pending'])).toBe(0);
  expect(out).toBe('Nothing waits\n');
});

test.each([
  ['approve', 'Running', { removed: 12 }, '12 removed'],
  ['reject', 'Rejected', { open: 12 }, '12 open'],
  ['stop', 'Running', { removed: 4, open: 8 }, '4 removed, 8 open'],
])('%s sends the comment and says what became of the action', async (word, status, outcomes, counts) => {
  await answering(200, { ...ACTION, status, outcomes });
  expect(await run([word, ACTION.id, '--comment', 'ours'])).toBe(0);
  expect(asked).toEqual([`POST /api/v1/actions/${ACTION.id}/${word} {"comment":"ours"}`]);
  expect(out).toBe(`${ACTION.id} ${status}: ${counts}\n`);
});

test('a decision that is kept is done, and says that it is not carried out yet', async () => {
  await answering(202, ACTION);
  expect(await run(['approve', ACTION.id])).toBe(0);
  expect(out).toContain('(taken, not carried out yet)');
});

test('a decision that somebody else made before ends with 1 and says who', async () => {
  await answering(409, { title: 'The state does not allow this', detail: 'It was rejected by bob at 2026-01-01' });
  expect(await run(['approve', ACTION.id])).toBe(1);
  expect(err).toBe('It was rejected by bob at 2026-01-01\n');
});

test.each([
  ['pause', true, 'Automation is paused by alice since 2026-01-01T00:00:00.000Z\n'],
  ['resume', false, 'Automation is on by alice since 2026-01-01T00:00:00.000Z\n'],
])('%s says how automation stands then', async (word, paused, said) => {
  await answering(200, { paused, by: 'alice', since: '2026-01-01T00:00:00.000Z', comment: null });
  expect(await run([word])).toBe(0);
  expect(asked).toEqual([`PUT /api/v1/automation/state {"paused":${paused}}`]);
  expect(out).toBe(said);
});

test('--json prints the answer as it came', async () => {
  await answering(200, ACTION);
  expect(await run(['stop', ACTION.id, '--json'])).toBe(0);
  expect(JSON.parse(out)).toEqual(ACTION);
});
