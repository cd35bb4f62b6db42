import fc from 'fast-check';
import { CHUNKS, planChunks } from '../../../domain/chunk';

describe('a ledger is cut into chunks', () => {
  test('up to 500 messages are one chunk, whatever the mailboxes', () => {
    expect(planChunks(Array.from({ length: 500 }, () => 1))).toEqual({ sizes: [500], lanes: [{ first: 0, count: 1 }] });
  });

  test('an empty ledger has no chunk', () => {
    expect(planChunks([])).toEqual({ sizes: [], lanes: [] });
  });

  test('a mailbox larger than a chunk is split into chunks that follow one another', () => {
    expect(planChunks([2500])).toEqual({ sizes: [1000, 1000, 500], lanes: [{ first: 0, count: 3 }] });
  });

  test('every row is in exactly one chunk, chunks are bounded, lanes cover all chunks in order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3000 }), { maxLength: 200 }), (sizes) => {
        const total = sizes.reduce((sum, size) => sum + size, 0);
        const plan = planChunks(sizes);
        expect(plan.sizes.reduce((sum, size) => sum + size, 0)).toBe(total);
        for (const size of plan.sizes) expect(size).toBeLessThanOrEqual(CHUNKS.max);
        expect(plan.lanes.flatMap(({ first, count }) => Array.from({ length: count }, (_, at) => first + at))).toEqual(
          plan.sizes.map((_, at) => at),
        );
      }),
    );
  });

  test('no mailbox of up to a chunk is shared by two lanes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 100 }), (sizes) => {
        const plan = planChunks(sizes);
        const borders = new Set(sizes.map((_, at) => sizes.slice(0, at + 1).reduce((sum, size) => sum + size, 0)));
        let end = 0;
        for (const size of plan.sizes) {
          end += size;
          expect(borders.has(end)).toBe(true);
        }
      }),
    );
  });

  test('a million messages are at most a thousand and some chunks', () => {
    expect(planChunks(Array.from({ length: 200_000 }, () => 5)).sizes.length).toBeLessThanOrEqual(1000);
  });
});
