import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AdapterRun, type FakeApi, fakeApi, runAdapter, TOKEN } from './run-adapter';

type Scan = Readonly<Record<string, unknown>>;

const fixture = (name: string): Scan => JSON.parse(readFileSync(join(__dirname, 'fixtures', name), 'utf8')) as Scan;
const SCAN = fixture('rspamd-checkv2.json');

let api: FakeApi;

beforeEach(async () => {
  api = await fakeApi();
});
afterEach(() => api.close());

function run(input: unknown, args: readonly string[] = []): Promise<AdapterRun> {
  return runAdapter('rspamd', {
    ...{ args, input: JSON.stringify(input) },
    env: { CLAWBACK_URL: api.url, CLAWBACK_TOKEN: TOKEN },
  });
}

/** A scan whose one symbol names these, of a mail with these URLs. */
const scanOf = (named: readonly unknown[], urls: readonly unknown[], more: object = {}): Scan => ({
  symbols: { PHISHED_OPENPHISH: { name: 'PHISHED_OPENPHISH', options: named, ...more } },
  urls: urls.map((url) => (typeof url === 'string' ? { url } : url)),
});
const reported = (): unknown[] => api.calls.flatMap(({ alert }) => alert.entities.map(({ url }) => url));

test('the URLs that a list named are reported with their threat, and no other URL of the mail', async () => {
  expect(await run(SCAN)).toEqual({ code: 0, out: 'id1 Starting: 2 reported\n', err: '' });
  expect(api.calls.map(({ alert }) => alert)).toMatchObject([
    {
      entities: [
        { type: 'url', url: 'http://cdn.loader.example/x.js', threat: 'Malware' },
        { type: 'url', url: 'https://sites.example/login/index.html?a=1', threat: 'Phish' },
      ],
      alert: { severity: 'high', source: 'rspamd', externalId: '20260105100000.1@evil.example' },
    },
  ]);
});

test('other symbols count where they are named', async () => {
  await run(SCAN, ['--phish', 'URIBL_*', '--malware', 'NONE']);
  expect(api.calls[0]?.alert).toMatchObject({
    entities: [{ url: 'https://grey.example/', threat: 'Phish' }],
    alert: { severity: 'medium' },
  });
});

test('the JSON of metadata_exporter is read: a symbol that names a whole address', async () => {
  await run(fixture('rspamd-exporter.json'));
  expect(api.calls[0]?.alert).toMatchObject({
    entities: [{ type: 'url', url: 'http://loader.example/x.exe', threat: 'Malware' }],
    alert: { externalId: '20260105100000.1@evil.example' },
  });
});

test.each([
  ['a host', 'evil.example', ['http://evil.example/a', 'http://EVIL.example:8080/b', 'http://www.evil.example/']],
  ['a host with the kind of check', 'evil.example:url', ['http://evil.example/a']],
  ['a path', 'evil.example/a', ['http://evil.example/a', 'http://evil.example/a?x=1']],
  ['a path with its query', 'evil.example/a?x=1', ['http://evil.example/a?x=1']],
  ['an address', 'http://evil.example/a', ['http://evil.example/a']],
])('an option that is %s names the URLs at it alone', async (_name, option, urls) => {
  const others = [
    'http://evil.example.honest.example/',
    'http://notevil.example/',
    'https://honest.example/evil.example',
  ];
  await run(scanOf([option], [...urls, ...others]));
  expect(reported()).toEqual(urls);
});

test('a mail in which no list named anything is nothing to report', async () => {
  const nothing = { code: 0, out: 'nothing to report\n', err: '' };
  expect(await run({ ...SCAN, symbols: {} })).toEqual(nothing);
  expect(await run(scanOf(['evil.example'], ['http://evil.example/'], { score: 0.7, metric_score: 7 }))).toEqual(
    nothing,
  );
  expect(await run(scanOf(['sender.example'], ['http://honest.example/']))).toEqual(nothing);
  expect(api.calls).toEqual([]);
});

test('an answer without full URLs says how to ask for them', async () => {
  for (const urls of [['evil.example'], undefined]) {
    const ended = await run({ ...scanOf(['evil.example'], []), urls });
    expect(ended).toMatchObject({ code: 1, out: '' });
    expect(ended.err).toMatch(/^rspamd: .*ask rspamd with URL-Format: extended\n$/);
  }
});

test('what is hostile or broken is not reported, and leads to no crash', async () => {
  const hostile = ['', '.', 'com', '.example', '\n', 7, null, {}, 'x'.repeat(100_000), '../../etc/passwd'];
  const urls = ['javascript:alert(1)', 'http://', 7, null, [], { url: 7 }, `http://evil.example/${'x'.repeat(3_000)}`];
  expect(await run(scanOf(hostile, [...urls, 'http://evil.example/']))).toMatchObject({ code: 0, err: '' });
  for (const symbols of [null, 7, 'x', [null, 7], { A: null }, { A: { name: 7 } }]) {
    expect(await run({ symbols, urls: 'x', 'message-id': {} })).toMatchObject({ code: 0, out: 'nothing to report\n' });
  }
  expect(api.calls).toEqual([]);
});

test('wrong usage ends with 2 and one line', async () => {
  expect(await run(SCAN, ['--fast'])).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^rspamd: .*--fast.*\n$/) as string,
  });
});
