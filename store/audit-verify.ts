import { type AuditDoc, CHAIN_START, type ChainEnd, hashOf } from './audit-chain';

/** The first place where the chain is broken; `seq` is the row that should be there. */
export interface Break {
  readonly seq: number;
  /** Null where the row itself is missing. */
  readonly id: string | null;
  readonly problem: string;
}

export interface Verification {
  readonly ok: boolean;
  /** The rows that were looked at and are whole. */
  readonly rows: number;
  /** The hash of the last of them. */
  readonly head: string;
  readonly brokenAt?: Break;
  /** Where the head is that was asked for; null where it is nowhere in the chain. */
  readonly keptAt?: number | null;
}

export interface Chain {
  /** Every row, by `seq`. */
  readonly rows: () => AsyncIterable<AuditDoc>;
  readonly head: () => Promise<ChainEnd | null>;
}

/**
 * Walks the whole chain, a row at a time: a row that was changed, removed, inserted or reordered is found, at the end
 * too, where the head says what the last row is. Rows may be added meanwhile. With `kept`, a head from earlier must be in
 * it. Throws the reason of `signal` when that is aborted.
 */
export async function verifyChain(
  { rows, head }: Chain,
  { kept, signal }: { readonly kept?: string | undefined; readonly signal?: AbortSignal } = {},
): Promise<Verification> {
  const start = await head();
  let end: ChainEnd = CHAIN_START;
  let keptAt = kept === CHAIN_START.hash ? CHAIN_START.seq : null;
  const broken = (brokenAt: Break): Verification => ({ ok: false, rows: end.seq, head: end.hash, brokenAt });
  if (start === null) return broken({ seq: 0, id: null, problem: 'the head is missing' });
  for await (const row of rows()) {
    signal?.throwIfAborted();
    const found = breakAt(row, end, start);
    if (found !== null) return broken(found);
    end = row;
    if (row.hash === kept) keptAt = row.seq;
  }
  const last = await head();
  const found = breakAtEnd(end, start, last);
  if (found !== null) return broken(found);
  if (kept === undefined) return { ok: true, rows: end.seq, head: end.hash };
  if (keptAt !== null) return { ok: true, rows: end.seq, head: end.hash, keptAt };
  const problem = 'the head that was kept is nowhere in the chain: it was written anew, or the head is of another one';
  return { ...broken({ seq: end.seq, id: null, problem }), keptAt };
}

function breakAt(row: AuditDoc, before: ChainEnd, head: ChainEnd): Break | null {
  const seq = before.seq + 1;
  const id = row._id;
  if (typeof row.seq === 'number' && row.seq > seq)
    return { seq, id: null, problem: `it is missing: ${row.seq} follows` };
  if (row.seq !== seq) return { seq, id, problem: 'a row with another number is in its place' };
  if (row.hash !== hashOf(row)) return { seq, id, problem: 'its content was changed' };
  if (row.previousHash !== before.hash) return { seq, id, problem: 'it does not follow the row before it' };
  if (seq === head.seq && row.hash !== head.hash) return { seq, id, problem: 'it is not the row that the head names' };
  return null;
}

/** `start` and `last` are the head as it was before and after the walk. */
function breakAtEnd(end: ChainEnd, start: ChainEnd, last: ChainEnd | null): Break | null {
  if (end.seq < start.seq) return { seq: end.seq + 1, id: null, problem: `it is missing: the head names ${start.seq}` };
  if (last === null || end.seq > last.seq) return { seq: end.seq, id: null, problem: 'it comes after the head' };
  const named = end.seq === last.seq ? last : end.seq === start.seq ? start : end;
  return named.hash === end.hash ? null : { seq: end.seq, id: null, problem: 'it is not the row that the head names' };
}
