interface Waiting<T, R> {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/** Items that go together at most: a command holds 16 MB. */
const MOST = 1000;

export interface GatherOptions {
  /** How long the first waits for others, beyond this turn of the event loop. */
  readonly waitMs?: number;
  readonly most?: number;
}

/**
 * Does calls that are made within one turn of the event loop together, as one command for all of them: many mailboxes
 * that are worked at the same time ask for the same. `all` answers for each item, in their order; an error that it
 * answers with is that of its item alone, one that it throws is that of all.
 */
export function gathered<T, R>(
  all: (items: readonly T[]) => Promise<readonly (R | Error)[]>,
  { waitMs = 0, most = MOST }: GatherOptions = {},
): (item: T) => Promise<R> {
  const waiting: Waiting<T, R>[] = [];

  async function go(): Promise<void> {
    const batch = waiting.splice(0, most);
    if (waiting.length > 0) soon();
    try {
      const answers = await all(batch.map(({ item }) => item));
      for (const [at, { resolve, reject }] of batch.entries()) {
        const answer = answers[at];
        if (answer instanceof Error) reject(answer);
        else resolve(answer as R);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  function soon(): void {
    if (waitMs === 0) setImmediate(() => void go());
    else setTimeout(() => void go(), waitMs);
  }

  return (item) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) soon();
      waiting.push({ item, resolve, reject });
    });
}
