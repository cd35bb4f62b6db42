import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../cli/program';
import { parseChanges } from '../../../cli/settings';
import { answerJson, serve } from './fake-server';

let out: string;
let err: string;
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
  // Port 1 of loopback: nobody listens, so that no test meets a server that runs here.
  process.env = { ...environment, CLAWBACK_URL: 'http://127.0.0.1:1', CLAWBACK_TOKEN: 'secret' };
});
afterEach(() => {
  jest.restoreAllMocks();
  process.env = environment;
});

const COMMANDS = [
  ...['up', 'demo', 'import', 'investigate', 'revert', 'settings', 'worker', 'api'],
  ...['tokens', 'mailboxes', 'audit', 'pending', 'approve', 'reject', 'stop', 'pause', 'resume'],
  'explore',
];

describe('help', () => {
  test.each(COMMANDS)('%s --help says how to use it and ends with 0', async (command) => {
    expect(await run([command, '--help'])).toBe(0);
    expect(out).toContain(`Usage: clawback ${command}`);
    expect(out).toContain('--json');
    expect(err).toBe('');
  });

  test('names every command', async () => {
    expect(await run(['--help'])).toBe(0);
    for (const command of COMMANDS) expect(out).toMatch(new RegExp(`^  ${command} `, 'm'));
  });

  test('comes on stderr with 2 where no command is named', async () => {
    expect(await run([])).toBe(2);
    expect(err).toContain('Usage: clawback');
  });
});

describe('wrong usage ends with 2 and one line on stderr', () => {
  test.each([
    ['a command that does not exist', ['remove'], "unknown command 'remove'"],
    ['an option that does not exist', ['import', 'x', '--fast'], "unknown option '--fast'"],
    ['an import of nothing', ['import'], "missing required argument 'path'"],
    ['an import of two paths', ['import', 'a', 'b'], 'too many arguments'],
    ['an import to what is no address', ['import', 'a', '--mailbox', 'me'], '--mailbox needs a mail address'],
    ['an option without its value', ['import', 'a', '--mailbox'], 'argument missing'],
    ['an investigation of nothing', ['investigate'], 'Name exactly one of'],
    ['an investigation of two things', ['investigate', '--url', 'http://x.example', '--sha256', 'ab'], 'exactly one'],
    ['a revert of nothing', ['revert'], "missing required argument 'action'"],
    ['a revert to nowhere', ['revert', 'x', '--to', 'moon'], 'Allowed choices are original, inbox, junk'],
    ['a setting that does not exist', ['settings', 'colour=red'], 'Changes are'],
    ['a port that is none', ['up', '--port', '70000'], "'70000' is invalid"],
  ])('%s', async (_name, words, line) => {
    expect(await run(words)).toBe(2);
    expect(err).toContain(line);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect(out).toBe('');
  });
});

describe('what fails ends with 1 and one line on stderr', () => {
  test.each([
    ['a server that is away', ['settings'], 'http://127.0.0.1:1 does not answer'],
    ['a file that is not there', ['investigate', '--file', '/nowhere'], 'no such file'],
    ['an import from nowhere', ['import', '/nowhere'], '/nowhere cannot be read'],
  ])('%s', async (_name, words, line) => {
    expect(await run(words)).toBe(1);
    expect(err).toContain(line);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });

  test.each(['worker', 'api'])('the %s without its servers', async (role) => {
    delete process.env['MONGODB_URI'];
    expect(await run([role])).toBe(1);
    expect(err).toBe('MONGODB_URI: needed for this role\n');
  });

  test('what is wrong in a file of mail providers, a line each', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'clawback-commands-'));
    try {
      const file = join(folder, 'mail.yaml');
      writeFileSync(file, 'providers:\n  - name: a\n    type: embedded\n    port: 1\n  - type: imap2\n');
      process.env['CLAWBACK_MAIL'] = file;
      expect(await run(['worker'])).toBe(1);
      const lines = err.trimEnd().split('\n');
      expect(lines.length).toBeGreaterThan(1);
      for (const line of lines) expect(line).toMatch(/mail\.yaml:\d+: providers\.\d/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('import', () => {
  test('prints the summary and ends with 1 when a mail was refused, with --json as one object', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'clawback-commands-'));
    const server = await serve((request, response, body) => {
      if (request.method === 'GET') answerJson(response, 200, { items: [], nextCursor: null });
      else if (body.includes('poison')) answerJson(response, 400, { title: 'Refused' });
      else answerJson(response, 201, {});
    });
    try {
      process.env['CLAWBACK_URL'] = server.url;
      writeFileSync(join(folder, 'a.eml'), 'To: a@x.example\n\nhello');
      expect(await run(['import', folder])).toBe(0);
      expect(out).toBe('1 mails read: 1 stored in 1 mailboxes, 0 there already, 0 without a recipient, 0 failed\n');
      out = '';
      writeFileSync(join(folder, 'b.eml'), 'To: a@x.example\n\npoison');
      expect(await run(['import', folder, '--mailbox', 'B@x.example', '--json'])).toBe(1);
      const failed = [{ name: join(folder, 'b.eml'), error: 'b@x.example: Refused' }];
      expect(JSON.parse(out)).toMatchObject({ read: 2, stored: 1, failed });
      expect(err).toBe(`${join(folder, 'b.eml')}: b@x.example: Refused\n`);
    } finally {
      await server.close();
      rmSync(folder, { recursive: true });
    }
  });
});

describe('changes of the settings', () => {
  test('are read from words', () => {
    expect(parseChanges(['similarFiles=on', 'similarUrls=off', 'maxAutomaticMessages=50'])).toEqual({
      messageClusters: { similarFiles: true, similarUrls: false },
      maxAutomaticMessages: 50,
    });
    expect(parseChanges(['excludedMailboxes=a@x.example,b@x.example'])).toEqual({
      excludedMailboxes: ['a@x.example', 'b@x.example'],
    });
    expect(parseChanges(['excludedMailboxes='])).toEqual({ excludedMailboxes: [] });
    expect(parseChanges(['internalDomains=a.example,b.example'])).toEqual({
      internalDomains: ['a.example', 'b.example'],
    });
    expect(parseChanges(['commonEntity.olderDays=60', 'commonEntity.sitePercent=100'])).toEqual({
      commonEntity: { olderDays: 60, sitePercent: 100 },
    });
    expect(parseChanges([])).toEqual({});
  });

  test('the safety settings are understood', () => {
    expect(parseChanges(['minUndoDays=7', 'perHour=100', 'perDay=500', 'secondPerson=over:50'])).toEqual({
      minUndoDays: 7,
      budget: { perHour: 100, perDay: 500 },
      secondPerson: { over: 50 },
    });
    expect(parseChanges(['secondPerson=always'])).toEqual({ secondPerson: 'always' });
  });

  test.each([
    'similarFiles=yes',
    'maxAutomaticMessages=-1',
    'similarFiles',
    'x=1',
    '',
    'secondPerson=over:',
    'perHour=all',
    'commonEntity.x=1',
    'commonEntity.toString=1',
    'commonEntity.olderDays=',
  ])('%j is not understood', (word) => {
    expect(parseChanges([word])).toBeNull();
  });
});
