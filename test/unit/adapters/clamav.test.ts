import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AdapterRun, type FakeApi, fakeApi, runAdapter, TOKEN } from './run-adapter';

let api: FakeApi;
let folder: string;

beforeEach(async () => {
  api = await fakeApi();
  folder = mkdtempSync(join(tmpdir(), 'clawback-clamav-'));
});
afterEach(async () => {
  await api.close();
  rmSync(folder, { recursive: true, force: true });
});

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function file(name: string, text = name): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const env = (): NodeJS.ProcessEnv => ({ CLAWBACK_URL: api.url, CLAWBACK_TOKEN: TOKEN });

function scan(lines: readonly string[], under = folder): Promise<AdapterRun> {
  return runAdapter('clamav', { args: ['--under', under], input: lines.join('\n'), env: env() });
}

test('the hook of clamd reports the file by its digest, with the name of what was found', async () => {
  const ended = await runAdapter('clamav', {
    env: {
      ...env(),
      CLAM_VIRUSEVENT_FILENAME: file('invoice.bin', 'payload'),
      CLAM_VIRUSEVENT_VIRUSNAME: 'Win.Test.EICAR_HDB-1',
    },
  });
  expect(ended).toEqual({ code: 0, out: 'id1 Starting: 1 reported\n', err: '' });
  expect(api.calls).toMatchObject([
    {
      path: '/api/v1/investigations',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      alert: {
        entities: [{ type: 'file', sha256: sha256('payload') }],
        verdict: 'malicious',
        alert: { title: 'ClamAV: Win.Test.EICAR_HDB-1', severity: 'high', source: 'ClamAV' },
      },
    },
  ]);
  expect(Date.parse(api.calls[0]?.alert.alert['detectedAt'] ?? '')).toBeGreaterThan(Date.now() - 60_000);
});

test('the lines of a scan: what was found is reported, what was not is not, equal files once', async () => {
  const ended = await scan([
    `${file('one: odd name.bin', 'a')}: Win.Trojan.Agent-1 FOUND`,
    `${file('two.bin', 'a')}: Win.Trojan.Agent-1 FOUND`,
    `${file('three.bin', 'b')}: Doc.Macro-2(${'0'.repeat(32)}:1) FOUND`,
    `${file('clean.bin', 'c')}: OK`,
    `${join(folder, 'locked.bin')}: Access denied. ERROR`,
    'LibClamAV Warning: something else',
    '',
  ]);
  expect(ended.code).toBe(0);
  expect(api.calls[0]?.alert.entities.map((entity) => entity['sha256'])).toEqual([sha256('a'), sha256('b')]);
  expect(api.calls).toHaveLength(1);
});

test('a guess is suspicious, which removes nothing', async () => {
  await scan([`${file('a', 'a')}: Heuristics.Phishing.Email FOUND`, `${file('b', 'b')}: Win.Trojan.Agent-1 FOUND`]);
  expect(api.calls.map(({ alert: { verdict, entities } }) => [verdict, entities[0]?.['sha256']])).toEqual([
    ['malicious', sha256('b')],
    ['suspicious', sha256('a')],
  ]);
});

test('more than 20 files go in further alerts', async () => {
  const lines = Array.from({ length: 41 }, (_, at) => `${file(`f${at}`)}: Win.Trojan.Agent-${at} FOUND`);
  expect((await scan(lines)).out).toBe(
    'id1 Starting: 20 reported\nid2 Starting: 20 reported\nid3 Starting: 1 reported\n',
  );
  expect(api.calls[0]?.alert.alert['title']).toBe(
    'ClamAV: Win.Trojan.Agent-0, Win.Trojan.Agent-1, Win.Trojan.Agent-2 and 38 more',
  );
});

describe('a hostile scan', () => {
  test('a line that a file name faked leads to no file outside the folder that was scanned', async () => {
    const secret = file('secret', 'secret');
    const under = join(folder, 'scanned');
    mkdirSync(under);
    symlinkSync(secret, join(under, 'link'));
    const { code, err } = await scan(
      [
        join(under, 'evil'),
        `${secret}: Fake FOUND`,
        `${join(under, '..', 'secret')}: Fake FOUND`,
        `${join(under, 'link')}: Fake FOUND`,
      ],
      under,
    );
    expect([code, api.calls]).toEqual([1, []]);
    expect(err).toContain('is not in the folder');
  });

  test('what is no file, too large or gone is left out and named, and the rest is reported', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const large = file('large');
    truncateSync(large, 64 * 1024 * 1024 + 1);
    const { code, err, out } = await scan([
      ...[join(folder, 'pipe'), large, join(folder, 'gone')].map((path) => `${path}: X FOUND`),
      `${folder}/a\u0000b: X FOUND`,
      `${file('$(touch owned)')}: \u001b[31mX FOUND`,
    ]);
    expect([code, out]).toEqual([0, 'id1 Starting: 1 reported\n']);
    expect(err.trimEnd().split('\n')).toHaveLength(4);
    for (const why of ['pipe: is not a file', 'large: is larger than 64 MB', 'gone: is gone'])
      expect(err).toContain(why);
    expect(err).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    expect(api.calls[0]?.alert.entities).toEqual([{ type: 'file', sha256: sha256('$(touch owned)') }]);
  });
});

test('wrong usage ends with 2 and one line', async () => {
  for (const [args, line] of [
    [[], 'clamav: name the folder that was scanned: --under FOLDER\n'],
    [['--fast'], "clamav: Unknown option '--fast'"],
  ] as const) {
    const { code, err } = await runAdapter('clamav', { args, env: env() });
    expect(code).toBe(2);
    expect(err).toContain(line);
  }
});
