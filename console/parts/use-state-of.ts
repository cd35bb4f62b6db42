import { useCallback, useState } from 'react';

/** State of one list (or whatever `of` names): under another it begins anew. */
export function useStateOf<T>(of: string, first: T): readonly [value: T, set: (value: T) => void] {
  const [held, setHeld] = useState({ of, value: first });
  const set = useCallback((value: T) => setHeld({ of, value }), [of]);
  return [held.of === of ? held.value : first, set];
}
