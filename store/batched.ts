interface Waiting<T> {
  readonly item: T;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const MOST = 100;

/**
 * Writes items in the order they come, one batch after another: what comes while a batch is written goes into the next,
 * so that many writers cost few transactions. A batch that fails is done again item by item, so that one bad item spoils
 * no other; `again` must cope with an item that was written all the same. Each call answers for its own item.
 */
export function batched<T>({
  write,
  again,
}: {
  readonly write: (items: readonly T[]) => Promise<void>;
  readonly again: (item: T) => Promise<void>;
}): (item: T) => Promise<void> {
  const waiting: Waiting<T>[] = [];
  let isWriting = false;

  async function drain(): Promise<void> {
    isWriting = true;
    for (let batch = waiting.splice(0, MOST); batch.length > 0; batch = waiting.splice(0, MOST)) await settle(batch);
    isWriting = false;
  }

  async function settle(batch: readonly Waiting<T>[]): Promise<void> {
    try {
      await write(batch.map(({ item }) => item));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      const [first, ...rest] = batch;
      if (rest.length === 0) first?.reject(error);
      else await Promise.all(batch.map(({ item, resolve, reject }) => again(item).then(resolve, reject)));
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!isWriting) void drain();
    });
}
