import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AdapterRun, type FakeApi, fakeApi, runAdapter, TOKEN } from './run-adapter';

interface MispEvent {
  readonly Event: Readonly<Record<string, unknown>>;
}

const EVENT = JSON.parse(readFileSync(join(__dirname, 'fixtures', 'misp-event.json'), 'utf8')) as MispEvent;
const REPORTED = [
  { type: 'url', url: 'http://evil.example/invoice.php?id=1' },
  ...['a', 'b', 'c'].map((digit) => ({ type: 'file', sha256: digit.repeat(64) })),
];

let api: FakeApi;

beforeEach(async () => {
  api = await fakeApi();
});
afterEach(() => api.close());

function run(input: unknown): Promise<AdapterRun> {
  return runAdapter('misp', {
    input: JSON.stringify(input),
    env: { CLAWBACK_URL: api.url, CLAWBACK_TOKEN: TOKEN },
  });
}

const url = (value: unknown, more: object = {}): object => ({ type: 'url', value, to_ids: true, ...more });
const withAttributes = (...attributes: readonly unknown[]): MispEvent => ({ Event: { Attribute: attributes } });

test('an event is one alert of what is marked for detection, in it and in its objects', async () => {
  const ended = await run(EVENT);
  expect(ended).toMatchObject({ code: 0, out: 'id1 Starting: 4 reported\n' });
  expect(ended.err).toBe('misp: left out: attribute 00000000-0000-4000-8000-000000000007: not a url\n');
  expect(api.calls.map(({ alert }) => alert)).toEqual([
    {
      entities: REPORTED,
      alert: {
        title: 'MISP: Invoice campaign with a loader',
        severity: 'high',
        source: 'MISP',
        externalId: '5f3b4c2e-7b6c-4d0e-9a8f-1c2d3e4f5a6b',
        detectedAt: '2026-01-05T10:00:00.000Z',
      },
    },
  ]);
});

test('a search is an alert for each of its events', async () => {
  const other = { Event: { ...EVENT.Event, uuid: 'other', Object: [], Attribute: [url('http://other.example/')] } };
  await run({ response: [EVENT, other] });
  expect(api.calls.map(({ alert }) => [alert.alert['externalId'], alert.entities.length])).toEqual([
    [EVENT.Event['uuid'], 4],
    ['other', 1],
  ]);
  expect(await run({ response: [] })).toEqual({ code: 0, out: 'nothing to report\n', err: '' });
});

test.each([
  ['1', 'high'],
  ['2', 'medium'],
  ['3', 'low'],
  ['4', 'informational'],
  [undefined, undefined],
  ['constructor', undefined],
])('the threat level %s is the severity %s', async (level, severity) => {
  await run({ Event: { ...EVENT.Event, threat_level_id: level } });
  expect(api.calls[0]?.alert.alert['severity']).toBe(severity);
});

test('the 21st entity goes in a further alert, and one that comes twice goes once', async () => {
  const urls = Array.from({ length: 21 }, (_, at) => url(`http://evil.example/${at}`));
  await run(withAttributes(...urls, ...urls));
  expect(api.calls.map(({ alert }) => alert.entities.length)).toEqual([20, 1]);
});

test('a draft, and what is marked otherwise than with true, is nobody’s verdict', async () => {
  const ended = await run({ Event: { ...EVENT.Event, published: false } });
  expect(ended).toEqual({ code: 0, out: 'nothing to report\n', err: '' });
  await run(withAttributes(url('http://a.example/', { to_ids: '1' }), url('http://a.example/', { to_ids: undefined })));
  expect(api.calls).toEqual([]);
});

test('what is hostile or broken is left out, and the rest is reported', async () => {
  const { code, err } = await run({
    Event: {
      info: { toString: 'x' },
      uuid: 7,
      timestamp: 'never',
      Object: [null, 'x', { Attribute: 'x' }, { Attribute: [null, 7, []] }],
      Attribute: [
        ...['javascript:alert(1)', 'file:///etc/passwd', 'evil.example/x', 'http://', 'http://./', 7, null, {}].map(
          (one) => url(one),
        ),
        url(`http://evil.example/${'x'.repeat(2_048)}`),
        { type: 'sha256', value: 'f'.repeat(63), to_ids: true },
        { type: 'filename|sha256', value: 'f'.repeat(20_000), to_ids: true },
        url('http://evil.example/$(touch%20owned)'),
      ],
    },
  });
  expect(code).toBe(0);
  expect(err.trimEnd().split('\n')).toHaveLength(11);
  expect(api.calls.map(({ alert }) => alert)).toEqual([
    {
      entities: [{ type: 'url', url: 'http://evil.example/$(touch%20owned)' }],
      alert: { title: 'MISP: event without a title', source: 'MISP' },
    },
  ]);
});
