import { run } from '../../../cli/program';
import { answerJson, type FakeServer, serve } from './fake-server';

const ID = '1'.repeat(24);
const PREVIEW = {
  ...{ action: 'softDelete', messageCount: 12, mailboxCount: 3, leftOut: { messages: 2, mailboxes: 1 } },
  ...{ locationCounts: { 'Inbox/folder': 10, 'Junk folder': 2 }, secondPersonNeeded: true },
  expected: { toDo: 11, toRevert: 0, alreadyThere: 0, alreadyGone: 1 },
  sample: [
    {
      ...{ id: ID, mailbox: 'a@corp.example', subject: 'Win\u001b[2J', senderAddress: 'x@evil.example' },
      ...{ receivedAt: '2026-01-08T00:00:00.000Z', latestDeliveryLocation: 'Inbox/folder' },
    },
  ],
  selectionHash: 'f'.repeat(64),
};
const ACTION = {
  ...{ id: ID, status: 'Completed', messageCount: 12, mailboxCount: 3, remainingInMailboxes: 0, reasons: [] },
  ...{ outcomes: { removed: 11, alreadyGone: 1 }, undoDeadline: null, expiresAt: null, problem: null },
};

let out: string;
let err: string;
let asked: object[];
let server: FakeServer;
let last: object;
const environment = process.env;

beforeEach(async () => {
  out = '';
  err = '';
  asked = [];
  last = ACTION;
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += typeof text === 'string' ? text : Buffer.from(text).toString();
    return true;
  });
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text);
    return true;
  });
  server = await serve((request, response, sent) => {
    if (request.method !== 'POST') {
      answerJson(response, 200, last);
      return;
    }
    const body = JSON.parse(sent.toString()) as { dryRun?: boolean };
    asked.push(body);
    if (request.headers.accept === 'text/csv') response.setHeader('content-type', 'text/csv').end('"id"\r\n');
    else if (body.dryRun === true) answerJson(response, 200, PREVIEW);
    else answerJson(response, 202, { ...ACTION, status: 'Freezing' });
  });
  process.env = { ...environment, CLAWBACK_URL: server.url, CLAWBACK_TOKEN: 'secret' };
});
afterEach(async () => {
  jest.restoreAllMocks();
  process.env = environment;
  await server.close();
});

const WORDS = ['take-action', '--action', 'softDelete', '--name', 'Case 7'];

test('it looks first, acts on what it has seen, and follows it to its end', async () => {
  const words = [
    ...WORDS,
    '--sender-domain',
    'evil.example',
    '--latest-delivery-location',
    'Inbox/folder',
    '--yes',
    '--wait',
  ];
  expect(await run(words)).toBe(0);
  const order = {
    ...{ name: 'Case 7', action: 'softDelete' },
    filter: { senderDomain: 'evil.example', latestDeliveryLocation: 'Inbox/folder' },
  };
  expect(asked).toEqual([
    { ...order, dryRun: true },
    { ...order, selectionHash: PREVIEW.selectionHash },
  ]);
  expect(out.split('\n')).toEqual([
    'softDelete: 12 messages in 3 mailboxes: 11 to be worked, 1 gone already',
    'now in: 10 Inbox/folder, 2 Junk folder',
    "left out: 2 messages in 1 mailboxes that are excluded or no provider's",
    'it will wait for a second person',
    `ID${' '.repeat(24)}RECEIVED              SUBJECT  MAILBOX         SENDER          LOCATION`,
    `${ID}  2026-01-08T00:00:00Z  Win [2J  a@corp.example  x@evil.example  Inbox/folder`,
    'and 11 more',
    `${ID} Completed: 11 removed, 1 alreadyGone`,
    '',
  ]);
});

test('a dry run changes nothing; --json is one object', async () => {
  expect(await run([...WORDS, '--message', ID, '2'.repeat(24), '--dry-run', '--json'])).toBe(0);
  expect(asked).toEqual([{ name: 'Case 7', action: 'softDelete', messageIds: [ID, '2'.repeat(24)], dryRun: true }]);
  expect(JSON.parse(out)).toEqual(PREVIEW);
});

test('--dry-run --csv prints what the server lists as it is; without --dry-run nothing is asked', async () => {
  expect(await run([...WORDS, '--message', ID, '--dry-run', '--csv'])).toBe(0);
  expect([asked, out]).toEqual([[expect.objectContaining({ dryRun: true })], '"id"\r\n']);
  expect(await run([...WORDS, '--message', ID, '--yes', '--csv'])).toBe(2);
  expect([asked.length, err]).toEqual([1, expect.stringContaining('--dry-run')]);
});

test('what could not be done is exit code 1, with the reason', async () => {
  last = { ...ACTION, status: 'Failed', outcomes: {}, problem: { code: 'selectionChanged', detail: 'Choose again' } };
  expect(await run([...WORDS, '--message', ID, '--yes', '--wait'])).toBe(1);
  expect(out).toContain(`${ID} Failed: nothing: Choose again\n`);
});

test.each([
  ['nothing chosen', WORDS],
  ['messages and a filter', [...WORDS, '--message', ID, '--sender', 'x@evil.example', '--yes']],
  ['nobody to ask', [...WORDS, '--message', ID]],
  ['an unknown action', ['take-action', '--action', 'burn', '--name', 'x', '--message', ID]],
  ['no name', ['take-action', '--action', 'softDelete', '--message', ID]],
])('%s is wrong usage, and nothing is asked', async (_name, words) => {
  expect(await run(words)).toBe(2);
  expect(asked).toEqual([]);
  expect(err).not.toBe('');
});
