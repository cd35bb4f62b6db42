import { createPasses, type Passes } from '../../../mail/imap/passes';

interface Run {
  readonly passes: Passes;
  readonly over: AbortController;
  readonly faults: unknown[];
  /** How many passes have begun. */
  readonly begun: () => number;
  /** The most that were under way at once. */
  readonly most: () => number;
  /** Waits until the n-th pass has begun. */
  readonly nth: (n: number) => Promise<void>;
  /** Ends the pass that is under way. */
  readonly end: (error?: Error) => void;
}

function run(): Run {
  const over = new AbortController();
  const faults: unknown[] = [];
  const waiting: { n: number; go: () => void }[] = [];
  let [begun, now, most] = [0, 0, 0];
  let end: (error?: Error) => void = () => undefined;
  const passes = createPasses({
    signal: over.signal,
    failed: (error) => faults.push(error),
    pass: () => {
      begun++;
      most = Math.max(most, ++now);
      for (const { n, go } of waiting) if (n <= begun) go();
      return new Promise((resolve, reject) => {
        end = (error) => {
          now--;
          if (error === undefined) resolve();
          else reject(error);
        };
      });
    },
  });
  return {
    ...{ passes, over, faults },
    begun: () => begun,
    most: () => most,
    nth: (n) => (begun >= n ? Promise.resolve() : new Promise((go) => waiting.push({ n, go }))),
    end: (error) => end(error),
  };
}

test('news makes a pass at once, and however much comes meanwhile one more, after it', async () => {
  const { passes, begun, most, nth, end } = run();
  passes.ask();
  expect(begun()).toBe(1);
  for (let at = 0; at < 50; at++) passes.ask();
  end();
  await nth(2);
  end();
  await passes.settled();
  expect([begun(), most()]).toEqual([2, 1]);
  passes.ask();
  expect(begun()).toBe(3);
});

test('news that comes while it rests after a pass is not lost', async () => {
  const { passes, begun, nth, end } = run();
  passes.ask();
  end();
  await Promise.resolve();
  passes.ask();
  await nth(2);
  end();
  await passes.settled();
  expect(begun()).toBe(2);
});

test('a pass that failed is told, and made again without news', async () => {
  const { passes, faults, begun, nth, end } = run();
  const error = new Error('no database');
  passes.ask();
  end(error);
  await nth(2);
  end();
  await passes.settled();
  expect([faults, begun()]).toEqual([[error], 2]);
});

test('none begins once it is told to stop, and what that ends is no failure', async () => {
  const { passes, over, faults, begun, end } = run();
  passes.ask();
  passes.ask();
  over.abort();
  end(new Error('stopped'));
  await passes.settled();
  passes.ask();
  await passes.settled();
  expect([faults, begun()]).toEqual([[], 1]);
});
