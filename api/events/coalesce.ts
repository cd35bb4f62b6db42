import { type Change } from '../../store/changes';

export interface Coalescer {
  /** Takes a change; `before` is where the stream was before it. */
  take(change: Change, before: string): void;
  /** The position before the first change that is not told yet; `null` where all are told. */
  untoldAfter(): string | null;
  /** Forgets what is not told yet. */
  clear(): void;
}

export interface Telling {
  /** A thing is told of at most once in this time. */
  readonly everyMs: number;
  /** What to say, and how long to leave the thing alone where that is longer. Never fails. */
  readonly describe: (change: Change) => Promise<{ readonly data: string; readonly restMs: number }>;
  readonly tell: (change: Change, data: string) => void;
}

interface Slot {
  next: Change | null;
  /** Before the first of the changes that `next` stands for. */
  nextAfter: string | null;
  /** The same of what is being described. */
  describedAfter: string | null;
  timer: NodeJS.Timeout | undefined;
}

/** Tells of each thing's first change at once, and of those that follow the last, when its time has come. */
export function createCoalescer({ everyMs, describe, tell }: Telling): Coalescer {
  let slots = new Map<string, Slot>();

  async function work(key: string, slot: Slot): Promise<void> {
    const { next } = slot;
    if (next === null) {
      slots.delete(key);
      return;
    }
    slot.describedAfter = slot.nextAfter;
    slot.next = slot.nextAfter = null;
    const { data, restMs } = await describe(next);
    if (slots.get(key) !== slot) return;
    slot.describedAfter = null;
    tell(next, data);
    slot.timer = setTimeout(() => void work(key, slot), Math.max(everyMs, restMs)).unref();
  }

  return {
    take(change, before) {
      const key = change.doc._id;
      const slot = slots.get(key);
      if (slot !== undefined) {
        slot.next = change;
        slot.nextAfter ??= before;
        return;
      }
      const fresh: Slot = { next: change, nextAfter: before, describedAfter: null, timer: undefined };
      slots.set(key, fresh);
      void work(key, fresh);
    },
    untoldAfter() {
      let first: string | null = null;
      for (const { describedAfter, nextAfter } of slots.values()) {
        const mine = describedAfter ?? nextAfter;
        if (mine !== null && (first === null || mine < first)) first = mine;
      }
      return first;
    },
    clear() {
      for (const { timer } of slots.values()) clearTimeout(timer);
      slots = new Map();
    },
  };
}
