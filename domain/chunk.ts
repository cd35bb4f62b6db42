/** How a ledger is cut into pieces of work (design.md, "How a removal flows" 5). All numbers are rows. */
export const CHUNKS = {
  /** A ledger up to this size is one chunk. */
  single: 500,
  /** Above it, a chunk is closed at the first mailbox border past this many rows… */
  min: 250,
  /** …and never grows past this: a larger mailbox is split, its chunks one after another. */
  max: 1000,
} as const;

/** Up to this many messages the workflow works in place, above it a child workflow does. */
export const IN_PLACE_LIMIT = 10_000;

/** The chunk of rows that no chunk works: a revert of their owner does, or there is nothing to do. */
export const NO_CHUNK = -1;

/** At most this many chunks in one child workflow… */
export const MAX_CHUNKS = 1000;
/** …and this many as long as none of them grows past its bound: six events each keep a history under 4,000. */
const CHUNKS_WANTED = 600;

/** How many lanes are worked at the same time. */
export const WINDOW = 4;

/** Chunks `[first, first + count)` that must be worked one after another, since they share a mailbox. */
export interface Lane {
  readonly first: number;
  readonly count: number;
}

export interface ChunkPlan {
  /** Rows in each chunk, in ledger order. */
  readonly sizes: readonly number[];
  readonly lanes: readonly Lane[];
}

/** Cuts a ledger, given as the number of rows of each mailbox in ledger order. */
export function planChunks(mailboxSizes: readonly number[]): ChunkPlan {
  const total = mailboxSizes.reduce((sum, size) => sum + size, 0);
  if (total === 0) return { sizes: [], lanes: [] };
  if (total <= CHUNKS.single) return { sizes: [total], lanes: [{ first: 0, count: 1 }] };
  const wanted = Math.min(Math.ceil(total / CHUNKS_WANTED), CHUNKS.max);
  const min = Math.max(CHUNKS.min, wanted, Math.ceil(total / MAX_CHUNKS));
  const max = Math.max(CHUNKS.max, min);
  const sizes: number[] = [];
  const lanes: Lane[] = [];
  let open = 0;
  const close = (): void => {
    if (open === 0) return;
    lanes.push({ first: sizes.length, count: 1 });
    sizes.push(open);
    open = 0;
  };
  for (const size of mailboxSizes) {
    if (open + size > max) close();
    if (size > max) {
      const parts = Math.ceil(size / max);
      lanes.push({ first: sizes.length, count: parts });
      for (let part = 0; part < parts; part++) sizes.push(Math.min(max, size - part * max));
      continue;
    }
    open += size;
    if (open >= min) close();
  }
  close();
  return { sizes, lanes };
}

/** Gives the chunk of each further row of a ledger, from the one after `before` on; past the plan, the last chunk. */
export function chunkCounter(sizes: readonly number[], before = 0): () => number {
  let chunk = 0;
  let inChunk = before;
  return () => {
    while (chunk < sizes.length - 1 && inChunk >= (sizes[chunk] ?? 0)) inChunk -= sizes[chunk++] ?? 0;
    inChunk++;
    return chunk;
  };
}
