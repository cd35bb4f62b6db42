import fc from 'fast-check';
import { facetsOf } from '../../../domain/facets';

const from = new Date('2026-01-01T00:00:00Z');
const to = new Date('2026-01-31T00:00:00Z');
const span = to.getTime() - from.getTime();
const at = (share: number): Date => new Date(from.getTime() + Math.floor(share * span));

test('counts over equal stretches of time, the most frequent value first', () => {
  const rows = [
    { at: at(0), values: ['b'] },
    { at: at(0.4), values: ['a'] },
    { at: at(0.6), values: ['a'] },
    { at: at(1), values: [] },
  ];
  const found = facetsOf(rows, { from, to, buckets: 2 });
  expect(found.series).toEqual([
    { value: 'a', count: 2 },
    { value: 'None', count: 1 },
    { value: 'b', count: 1 },
  ]);
  expect(found.buckets.map(({ counts }) => counts)).toEqual([
    [1, 0, 1],
    [1, 1, 0],
  ]);
});

test('puts what has no series of its own into Other, a message once', () => {
  const rows = Array.from({ length: 12 }, (_, n) => ({ at: at(0), values: [`v${n}`, `w${n}`] }));
  const found = facetsOf(rows, { from, to, buckets: 1 });
  expect(found.series).toHaveLength(11);
  expect(found.series.at(-1)).toEqual({ value: 'Other', count: 12 });
});

test('adds up: with one value each, all series together are all messages', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }).map(at), value: fc.integer({ max: 30 }) })),
      fc.integer({ min: 1, max: 50 }),
      (messages, buckets) => {
        const rows = messages.map(({ at: when, value }) => ({ at: when, values: [String(value)] }));
        const found = facetsOf(rows, { from, to, buckets });
        expect(found.buckets).toHaveLength(buckets);
        expect(found.series.reduce((sum, { count }) => sum + count, 0)).toBe(messages.length);
        expect(found.buckets.flatMap(({ counts }) => counts).reduce((sum, count) => sum + count, 0)).toBe(
          messages.length,
        );
      },
    ),
  );
});
