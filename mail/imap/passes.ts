import { pause, pauseAfter } from './pause';

/** Passes over one mailbox. */
export interface Passes {
  /** There is news: a pass is made now; while one is under way or rests, one more is made after it. */
  ask(): void;
  /** Waits until none is under way. */
  settled(): Promise<void>;
}

export interface PassesOptions {
  /** Stops between its steps where `signal` says so, by an error. */
  readonly pass: () => Promise<void>;
  /** A pass failed: it is made again. */
  readonly failed: (error: unknown) => void;
  /** No pass begins after it. */
  readonly signal: AbortSignal;
}

/** From the end of a pass to the next: of a burst, the first mail is indexed at once and the others together. */
const REST_MS = 500;
const PAUSES = { firstMs: 1_000, mostMs: 60_000 } as const;

/** Makes a pass for news, one at a time, however much news there is. */
export function createPasses({ pass, failed, signal }: PassesOptions): Passes {
  let asked = false;
  let running = false;
  let last = Promise.resolve();
  const isOver = (): boolean => signal.aborted;

  async function run(): Promise<void> {
    running = true;
    for (let failures = 0; asked && !isOver();) {
      asked = false;
      try {
        await pass();
        failures = 0;
        await pause(REST_MS, signal);
      } catch (error) {
        if (isOver()) break;
        failed(error);
        asked = true;
        await pauseAfter(++failures, PAUSES, signal);
      }
    }
    // Nothing is awaited since it was looked whether there is news: none is lost.
    running = false;
  }

  return {
    ask() {
      asked = true;
      if (!running) last = run();
    },
    settled: () => last,
  };
}
