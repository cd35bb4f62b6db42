import { inTurns } from '../../../domain/in-turns';

const ITEMS = Array.from({ length: 20 }, (_, at) => at);

test('gives the results in the order of the items, whatever ends first', async () => {
  const work = async (item: number): Promise<number> => {
    for (let turns = item % 3; turns > 0; turns--) await Promise.resolve();
    return item * 2;
  };
  expect(await inTurns(ITEMS, 4, work)).toEqual(ITEMS.map((item) => item * 2));
  expect(await inTurns([], 4, work)).toEqual([]);
});

test('works at most so many at the same time', async () => {
  let now = 0;
  let most = 0;
  await inTurns(ITEMS, 4, async () => {
    most = Math.max(most, ++now);
    await Promise.resolve();
    now--;
  });
  expect(most).toBe(4);
});

test('throws the first error once what is under way has ended, and begins nothing more', async () => {
  const ended: number[] = [];
  const work = async (item: number): Promise<void> => {
    if (item === 1) throw new Error('the second');
    await Promise.resolve();
    ended.push(item);
  };
  await expect(inTurns(ITEMS, 3, work)).rejects.toThrow('the second');
  expect(ended).toEqual([0, 2]);
});
