import { createHash } from 'node:crypto';
import { z } from 'zod';
import { Problem } from './problem';

export const PAGE = { default: 50, max: 500, exactTo: 10_000 } as const;

/** The query parameters of every list. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(PAGE.max).default(PAGE.default),
  cursor: z.string().max(1000).optional(),
});

/** A place in a list: the sort value and the id of the last row shown. */
export interface Position {
  readonly sort: string;
  readonly id: string;
}

/** A cursor is bound to its list and filters, so that one of another list is refused instead of giving nonsense. */
export function encodeCursor(list: string, position: Position): string {
  return Buffer.from(JSON.stringify([mark(list), position.sort, position.id])).toString('base64url');
}

export function decodeCursor(list: string, cursor: string | undefined): Position | null {
  if (cursor === undefined) return null;
  try {
    const parsed = z
      .tuple([z.string(), z.string(), z.string()])
      .parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    if (parsed[0] !== mark(list)) throw wrongCursor();
    return { sort: parsed[1], id: parsed[2] };
  } catch {
    throw wrongCursor();
  }
}

/** The place in a list that is sorted by time. */
export function decodeTimeCursor(list: string, cursor: string | undefined): { at: Date; id: string } | null {
  const position = decodeCursor(list, cursor);
  if (position === null) return null;
  const at = new Date(position.sort);
  if (Number.isNaN(at.getTime())) throw wrongCursor();
  return { at, id: position.id };
}

/** The answer of a list from one row more than the page shows. */
export function page<D, A>(
  list: string,
  rows: readonly D[],
  { limit, total }: { readonly limit: number; readonly total: number },
  view: { readonly position: (row: D) => Position; readonly of: (row: D) => A },
): { items: A[]; nextCursor: string | null; total: number; totalIsAtLeast?: true } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(view.of),
    nextCursor: rows.length > limit && last !== undefined ? encodeCursor(list, view.position(last)) : null,
    total: Math.min(total, PAGE.exactTo),
    ...(total > PAGE.exactTo ? { totalIsAtLeast: true } : {}),
  };
}

function wrongCursor(): Problem {
  return new Problem('bad-request', 'The cursor is not one of this list', [
    { path: 'cursor', message: 'use the nextCursor of the same call with the same filters' },
  ]);
}

function mark(list: string): string {
  return createHash('sha256').update(list).digest('hex').slice(0, 12);
}
