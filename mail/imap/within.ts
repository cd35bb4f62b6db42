/** Bytes of mail that are read at a time: the mailbox is free for others in between. */
const BYTES = 16 * 1024 * 1024;

/** The first messages that are together read at a time; one at least. */
export function firstWithin<T extends { readonly size: number }>(messages: readonly T[]): readonly T[] {
  let total = 0;
  const over = messages.findIndex(({ size }, at) => {
    total += size;
    return total > BYTES && at > 0;
  });
  return over < 0 ? messages : messages.slice(0, over);
}
