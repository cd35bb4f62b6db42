import fc from 'fast-check';
import { batchesOf } from '../../../domain/batches';
import { pagesOf } from '../../../store/pages-of';

async function* coming<T>(rows: readonly T[]): AsyncGenerator<T> {
  for (const row of rows) yield await Promise.resolve(row);
}

test('pieces of a list and pages of what comes are the same: in order, full but for the last, none empty', () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.integer()), fc.integer({ min: 1, max: 7 }), async (rows, size) => {
      const batches = [...batchesOf(rows, size)];
      expect(batches.flat()).toEqual(rows);
      expect(batches.every((batch) => batch.length > 0)).toBe(true);
      expect(batches.slice(0, -1).every(({ length }) => length === size)).toBe(true);
      const pages: number[][] = [];
      for await (const page of pagesOf(coming(rows), size)) pages.push(page);
      expect(pages).toEqual(batches);
    }),
  ));

test('who stops reading pages ends what the rows come from', async () => {
  let isOver = false;
  async function* rows(): AsyncGenerator<number> {
    try {
      for (;;) yield await Promise.resolve(1);
    } finally {
      isOver = true;
    }
  }
  for await (const page of pagesOf(rows(), 3)) {
    expect(page).toEqual([1, 1, 1]);
    break;
  }
  expect(isOver).toBe(true);
});
