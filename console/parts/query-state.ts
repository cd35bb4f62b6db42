import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router';

/** Values that are kept in the address, so that a page can be sent to somebody and the browser's way back works. */
export function useQueryState<K extends string>(names: readonly K[]) {
  const [search, setSearch] = useSearchParams();
  const values = useMemo(
    () => Object.fromEntries(names.map((name) => [name, search.get(name) ?? ''])) as Readonly<Record<K, string>>,
    [search],
  );
  const set = useCallback(
    (changed: Partial<Record<K, string>>, { replace = true } = {}) =>
      setSearch(
        (before) => {
          const after = new URLSearchParams(before);
          for (const [name, value] of Object.entries(changed) as [K, string][]) {
            if (value === '') after.delete(name);
            else after.set(name, value);
          }
          return after;
        },
        { replace },
      ),
    [setSearch],
  );
  return [values, set] as const;
}
