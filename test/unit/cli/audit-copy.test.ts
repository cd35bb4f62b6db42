import fs, { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import { auditToFile, auditToStdout } from '../../../cli/audit-copy';
import { type AuditCopy } from '../../../store/audit-writer';

const copy: AuditCopy = {
  ...{ id: '1'.repeat(24), at: '2026-01-02T03:04:05.000Z', subject: 'alice', token: null, ip: null, action: 'a' },
  ...{ target: 'line\nbreak', before: null, after: null, result: 'ok', requestId: null },
  ...{ seq: 1, previousHash: '0'.repeat(64), hash: '1'.repeat(64) },
};

let folder: string;
let logged: string;
let logger: Logger;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'clawback-audit-'));
  logged = '';
  logger = pino({ level: 'error' }, { write: (line: string) => void (logged += line) });
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

test('a copy is one line of JSON at the end of a file that only its owner may read', () => {
  const file = join(folder, 'logs', 'audit.jsonl');
  auditToFile(file, logger)(copy);
  auditToFile(file, logger)(copy);
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([copy, copy]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'logs')).mode & 0o777).toBe(0o700);
});

test('a file that others could read is closed to them', () => {
  const file = join(folder, 'audit.jsonl');
  writeFileSync(file, '', { mode: 0o644 });
  auditToFile(file, logger);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('a copy on stdout is one line', () => {
  let out = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  auditToStdout(logger)(copy);
  expect(out).toBe(`${JSON.stringify(copy)}\n`);
});

test('a copy that cannot be written is said in the log, without what the row says, and stops nothing', () => {
  const sink = auditToFile(join(folder, 'audit.jsonl'), logger);
  jest.spyOn(fs, 'appendFileSync').mockImplementation(() => {
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  });
  sink(copy);
  expect(JSON.parse(logged)).toMatchObject({ code: 'ENOSPC', auditId: copy.id });
  expect(logged).not.toContain('alice');
});

test('a stdout that takes no more is said in the log, and stops nothing', () => {
  const before = process.stdout.listeners('error');
  auditToStdout(logger);
  const [added] = process.stdout.listeners('error').filter((one) => !before.includes(one));
  added?.(Object.assign(new Error('gone'), { code: 'EPIPE' }));
  expect(JSON.parse(logged)).toMatchObject({ code: 'EPIPE' });
});
