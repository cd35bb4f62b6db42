import { useSyncExternalStore } from 'react';

/** Whether a media query holds, now and as it changes. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const list = window.matchMedia(query);
      list.addEventListener('change', changed);
      return () => list.removeEventListener('change', changed);
    },
    () => window.matchMedia(query).matches,
  );
}

/** The width of a phone: lists become cards, navigation a drawer. */
export const NARROW = '(max-width: 720px)';

export function useNarrow(): boolean {
  return useMedia(NARROW);
}
