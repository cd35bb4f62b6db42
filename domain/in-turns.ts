/**
 * Does a piece of work for each item, a few at a time, and gives the results in the order of the items. After the first
 * error no further item is begun; it is thrown once what is under way has ended.
 */
export async function inTurns<T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  const errors: unknown[] = [];
  const lane = async (): Promise<void> => {
    for (const [at, item] of waiting) {
      if (errors.length > 0) return;
      try {
        results[at] = await work(item);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  if (errors.length > 0) throw errors[0];
  return results;
}
