import { type RowSelectionState } from '@tanstack/react-table';
import { useState } from 'react';
import { type ActionQuery } from '../../api/actions';
import { type Action } from '../../api/types';

const NOTHING: ReadonlyMap<string, Action> = new Map();

/**
 * The actions that are picked, each with its figures as they were read last: a long list does not hold rows that were
 * scrolled past. Another filter begins anew: what is not on the page is not decided from it.
 */
export function useChosen(rows: readonly Action[], query: ActionQuery) {
  const list = JSON.stringify(query);
  const [held, setHeld] = useState({ list, actions: NOTHING });
  const actions = held.list === list ? held.actions : NOTHING;
  const fresh = rows.filter((row) => actions.has(row.id) && actions.get(row.id) !== row);
  if (fresh.length > 0)
    setHeld({ list, actions: new Map([...actions, ...fresh.map((row) => [row.id, row] as const)]) });
  return {
    chosen: [...actions.values()],
    picked: Object.fromEntries([...actions.keys()].map((id): [string, true] => [id, true])),
    pick: (picked: RowSelectionState): void => {
      const found = new Map([...actions, ...rows.map((row) => [row.id, row] as const)]);
      const ids = Object.keys(picked).filter((id) => picked[id] === true);
      setHeld({ list, actions: new Map(ids.flatMap((id) => (found.has(id) ? [[id, found.get(id) as Action]] : []))) });
    },
    clear: () => setHeld({ list, actions: NOTHING }),
  };
}
