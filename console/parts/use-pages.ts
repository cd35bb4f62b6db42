import { hashKey, useQueries, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { type Page } from '../api/types';
import { useStateOf } from './use-state-of';

/** A list of the API that may be far too long to hold: its pages come and go as they are scrolled past. */
export interface PageSource<T> {
  readonly queryKey: readonly unknown[];
  readonly load: (cursor: string | null, limit: number, signal: AbortSignal) => Promise<Page<T>>;
  readonly pageSize?: number;
}

export interface Pages<T> {
  /** How many rows a scroll bar should stand for: exact where the API says so, growing where it does not. */
  readonly rowCount: number;
  /** How many there are in words of the API: `null` until the first page is there. */
  readonly total: { readonly count: number; readonly isAtLeast: boolean } | null;
  /** The place of the first row that is held. */
  readonly first: number;
  /** The rows around what is seen. */
  readonly rows: readonly T[];
  readonly isPending: boolean;
  readonly error: Error | null;
  readonly retry: () => void;
  /** Says which rows are seen, so that those and their neighbours are loaded. */
  readonly see: (first: number, last: number) => void;
}

const START: readonly (string | null)[] = [null];
const PAGE_SIZE = 100;
/** Pages that nobody looks at are forgotten soon: at no time does the browser hold a whole long list. */
const FORGET_MS = 30_000;

/**
 * Follows the cursors of a list from its start: page n is known once page n-1 has been read. A page that changes (mail
 * arrived, an action ended) changes the cursor after it, and what follows is read again from there.
 */
export function usePages<T>({ queryKey, load, pageSize = PAGE_SIZE }: PageSource<T>): Pages<T> {
  const client = useQueryClient();
  const list = hashKey(queryKey);
  const [cursors, setCursors] = useStateOf(list, START);
  const [seen, setSeen] = useState<readonly [number, number]>([0, 0]);
  const latest = useRef(load);
  latest.current = load;

  const lastKnown = cursors.length - 1;
  const from = Math.min(Math.max(0, seen[0] - 1), lastKnown);
  const to = Math.min(seen[1] + 1, lastKnown);
  const wanted = useMemo(() => Array.from({ length: to - from + 1 }, (_, at) => from + at), [from, to]);

  const results = useQueries({
    queries: wanted.map((page) => ({
      queryKey: [...queryKey, 'page', cursors[page] ?? null],
      queryFn: ({ signal }: { readonly signal: AbortSignal }) =>
        latest.current(cursors[page] ?? null, pageSize, signal),
      gcTime: FORGET_MS,
    })),
  });

  const answers = useSame(results.map(({ data }) => data));
  useEffect(() => {
    for (const [at, data] of answers.entries()) {
      const next = (wanted[at] ?? 0) + 1;
      if (data === undefined || (cursors[next] ?? null) === data.nextCursor) continue;
      const known = cursors.slice(0, next);
      setCursors(data.nextCursor === null ? known : [...known, data.nextCursor]);
      return;
    }
  }, [answers, cursors, setCursors, wanted]);

  // The pages before those that are held may have been forgotten: what they said of the whole list still holds.
  const latestTotal = useRef<{ readonly list: string; readonly total: NonNullable<Pages<T>['total']> } | null>(null);
  const told = answers.find((data) => data !== undefined);
  if (told !== undefined) {
    latestTotal.current = { list, total: { count: told.total, isAtLeast: told.totalIsAtLeast === true } };
  }
  const total = latestTotal.current?.list === list ? latestTotal.current.total : null;

  /** The first run of pages that are there: where the one above has been forgotten, it is on its way again. */
  const [skipped, rows] = useMemo(() => {
    const start = Math.max(
      0,
      answers.findIndex((data) => data !== undefined),
    );
    const gap = answers.indexOf(undefined, start);
    const run = answers.slice(start, gap === -1 ? undefined : gap);
    return [start, run.flatMap((data) => data?.items ?? [])] as const;
  }, [answers]);
  const first = (from + skipped) * pageSize;
  const last = answers.at(-1);
  const loaded = (lastKnown + 1) * pageSize;
  const rowCount =
    to === lastKnown && last?.nextCursor === null
      ? to * pageSize + last.items.length
      : total === null
        ? 0
        : Math.max(total.count, total.isAtLeast ? loaded : first + rows.length);
  const failed = results.find(({ error, data }) => error !== null && data === undefined);
  const see = useCallback(
    (one: number, other: number) => {
      const pages = [Math.floor(one / pageSize), Math.floor(other / pageSize)] as const;
      setSeen((before) => (before[0] === pages[0] && before[1] === pages[1] ? before : pages));
    },
    [pageSize],
  );
  return {
    ...{ rowCount, total, first, rows, see },
    isPending: total === null && results.some(({ isPending }) => isPending),
    error: failed?.error ?? null,
    retry: () => void client.refetchQueries({ queryKey }),
  };
}

/** An array that is the same one for as long as it holds the same things. */
function useSame<T>(array: readonly T[]): readonly T[] {
  const held = useRef(array);
  if (held.current.length !== array.length || held.current.some((one, at) => one !== array[at])) held.current = array;
  return held.current;
}
