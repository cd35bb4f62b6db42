import { gathered, type GatherOptions } from '../../../store/gathered';
import { nextTurn } from '../../support/next-turn';

/** Doubles numbers; what is below zero fails by itself, and nought fails all. */
function doubling(options: GatherOptions = {}) {
  const batches: number[][] = [];
  const double = gathered((items: readonly number[]) => {
    batches.push([...items]);
    if (items.includes(0)) return Promise.reject(new Error('the command failed'));
    return Promise.resolve(items.map((item) => (item < 0 ? new Error(`${item} failed`) : 2 * item)));
  }, options);
  return { batches, double };
}

test('calls of one turn go together, and each has its own answer', async () => {
  const { batches, double } = doubling();
  expect(await Promise.all([1, 2, 3].map(double))).toEqual([2, 4, 6]);
  expect(await double(4)).toBe(8);
  expect(batches).toEqual([[1, 2, 3], [4]]);
});

test('an error that is of one item is no error of the others', async () => {
  const { double } = doubling();
  const results = await Promise.allSettled([1, -2, 3].map(double));
  expect(results).toMatchObject([
    { status: 'fulfilled', value: 2 },
    { status: 'rejected', reason: { message: '-2 failed' } },
    { status: 'fulfilled', value: 6 },
  ]);
});

test('a command that fails is the error of all that it was for, and of no later one', async () => {
  const { double } = doubling();
  const results = await Promise.allSettled([1, 0].map(double));
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await double(5)).toBe(10);
});

test('more than fit into one command go into several, none left out and none twice', async () => {
  const { batches, double } = doubling({ most: 2 });
  expect(await Promise.all([1, 2, 3, 4, 5].map(double))).toEqual([2, 4, 6, 8, 10]);
  expect(batches).toEqual([[1, 2], [3, 4], [5]]);
});

test('what comes while the first still waits goes with it', async () => {
  const { batches, double } = doubling({ waitMs: 500 });
  const first = double(1);
  await nextTurn();
  expect(await Promise.all([first, double(2)])).toEqual([2, 4]);
  expect(batches).toEqual([[1, 2]]);
});
