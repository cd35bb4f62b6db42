import { bucketsTo, quantile, timeZoneOf } from '../../../domain/buckets';

test('a day of summer time has 23 or 25 hours, and is one day', () => {
  const after = new Date('2026-03-30T10:30:00Z');
  expect(bucketsTo(after, 'day', 'Europe/Berlin').slice(-3)).toEqual(['2026-03-28', '2026-03-29', '2026-03-30']);
  const hours = bucketsTo(new Date('2026-03-29T04:10:00Z'), 'hour', 'Europe/Berlin');
  expect(hours.slice(-6)).toEqual([
    '2026-03-29T00:00',
    '2026-03-29T01:00',
    '2026-03-29T03:00',
    '2026-03-29T04:00',
    '2026-03-29T05:00',
    '2026-03-29T06:00',
  ]);
  expect([new Set(hours).size, hours]).toEqual([24, [...hours].sort()]);
});

test('a zone is known by its name, in any case', () => {
  expect(['europe/berlin', 'UTC', 'Mars/Olympus', ''].map(timeZoneOf)).toEqual(['Europe/Berlin', 'UTC', null, null]);
});

test('a quantile is a value of those that there are', () => {
  expect([quantile([], 0.5), quantile([7], 0.95), quantile([3, 1, 2], 0.5), quantile([4, 3, 2, 1], 0.95)]).toEqual([
    ...[null, 7, 2, 4],
  ]);
});
