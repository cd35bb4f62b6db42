import { type RowSelectionState } from '@tanstack/react-table';
import { useMemo } from 'react';
import { type ActionQuery } from '../../api/actions';
import { type Action } from '../../api/types';
import { useStateOf } from '../../parts/use-state-of';

const NOTHING: ReadonlyMap<string, Action> = new Map();

/**
 * The actions that are picked, each with its figures as they were read last: a long list does not hold rows that were
 * scrolled past. Another filter begins anew: what is not on the page is not decided from it.
 */
export function useChosen(rows: readonly Action[], query: ActionQuery) {
  const [actions, setActions] = useStateOf(JSON.stringify(query), NOTHING);
  const fresh = rows.filter((row) => actions.has(row.id) && actions.get(row.id) !== row);
  if (fresh.length > 0) setActions(new Map([...actions, ...fresh.map((row) => [row.id, row] as const)]));
  // The same for as long as the picks are: the table compares it.
  const picked = useMemo(
    () => Object.fromEntries([...actions.keys()].map((id): [string, true] => [id, true])),
    [actions],
  );
  return {
    chosen: [...actions.values()],
    picked,
    pick: (picked: RowSelectionState): void => {
      const found = new Map([...actions, ...rows.map((row) => [row.id, row] as const)]);
      const ids = Object.keys(picked).filter((id) => picked[id] === true);
      setActions(new Map(ids.flatMap((id) => (found.has(id) ? [[id, found.get(id) as Action]] : []))));
    },
    clear: () => setActions(NOTHING),
  };
}
