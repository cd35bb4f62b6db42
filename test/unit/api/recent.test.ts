import { createRecent } from '../../../api/recent';

let now = 0;
const clock = (): Date => new Date(now);

test('what is put is there until its time is over', () => {
  now = 0;
  const recent = createRecent<string>(clock, { keptMs: 10, most: 3 });
  recent.put('a', 'one');
  now = 9;
  expect([recent.get('a'), recent.get('b')]).toEqual(['one', undefined]);
  recent.put('a', 'again');
  now = 18;
  expect(recent.get('a')).toBe('again');
  now = 19;
  expect(recent.get('a')).toBeUndefined();
});

test('the oldest goes where there are too many, or too many bytes', () => {
  now = 0;
  const recent = createRecent<number>(clock, { keptMs: 10, most: 3, mostBytes: 100 });
  const kept = (): string => ['a', 'b', 'c', 'd', 'e'].filter((key) => recent.get(key) !== undefined).join('');
  for (const key of ['a', 'b', 'c', 'd']) recent.put(key, 1, 10);
  expect(kept()).toBe('bcd');
  recent.put('b', 1, 10);
  recent.put('e', 1, 85);
  expect(kept()).toBe('be');
  recent.put('e', 1, 101);
  expect(kept()).toBe('b');
  recent.put('a', 1, 90);
  expect(kept()).toBe('ab');
});
