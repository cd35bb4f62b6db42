/** A list in pieces of at most `size`, in order: what one command, or the memory, holds at a time. */
export function* batchesOf<T>(list: readonly T[], size: number): Generator<T[]> {
  for (let at = 0; at < list.length; at += size) yield list.slice(at, at + size);
}
