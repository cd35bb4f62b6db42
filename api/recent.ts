/** What this process remembers for a while, within bounds: the oldest goes first. */
export interface Recent<T> {
  get(key: string): T | undefined;
  /** Bytes that it takes; what is larger than all that may be kept is not kept. */
  put(key: string, value: T, bytes?: number): void;
}

export interface RecentLimits {
  readonly keptMs: number;
  readonly most: number;
  readonly mostBytes?: number;
}

interface Kept<T> {
  readonly value: T;
  readonly until: number;
  readonly bytes: number;
}

export function createRecent<T>(clock: () => Date, { keptMs, most, mostBytes = Infinity }: RecentLimits): Recent<T> {
  // In the order in which they were put, which is that of their ends.
  const kept = new Map<string, Kept<T>>();
  let total = 0;

  function drop(key: string): void {
    total -= kept.get(key)?.bytes ?? 0;
    kept.delete(key);
  }

  /** Lets go of all that is over, whoever asked for it. */
  function tidy(now: number): void {
    for (const [key, { until }] of kept) {
      if (until > now && kept.size <= most && total <= mostBytes) return;
      drop(key);
    }
  }

  return {
    get(key) {
      tidy(clock().getTime());
      return kept.get(key)?.value;
    },
    put(key, value, bytes = 0) {
      const now = clock().getTime();
      drop(key);
      if (bytes <= mostBytes) {
        kept.set(key, { value, until: now + keptMs, bytes });
        total += bytes;
      }
      tidy(now);
    },
  };
}
