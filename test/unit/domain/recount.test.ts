import { recountAfter } from '../../../domain/recount';

const HOUR = 60 * 60_000;

test('what waits is counted after 15 minutes, 1 hour, 4 hours, then every 12 hours', () => {
  expect([0, 1, 2, 3, 4, 5].map((turn) => recountAfter(turn) / HOUR)).toEqual([0.25, 1, 4, 16, 28, 40]);
});

test('a schedule of one interval repeats it', () => {
  expect([0, 1, 2].map((turn) => recountAfter(turn, [500]))).toEqual([500, 1000, 1500]);
});
