import { growingPause } from '../../../domain/growing-pause';

const PAUSES = { firstMs: 1_000, mostMs: 60_000 };

test.each([
  [0, 1_000],
  [1, 1_000],
  [2, 2_000],
  [3, 4_000],
  [6, 32_000],
  [7, 60_000],
  [5_000, 60_000],
])('after %i failures in a row it waits %i ms at most', (failures, most) => {
  expect(growingPause(failures, PAUSES, 0)).toBe(most);
});

test('chance takes up to half away', () => {
  expect(growingPause(3, PAUSES, 0.5)).toBe(3_000);
  expect(growingPause(5_000, PAUSES, 1)).toBe(30_000);
});
