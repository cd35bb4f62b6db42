import { createContext, type ReactNode, use, useCallback, useMemo, useState } from 'react';

export const THEMES = ['system', 'light', 'dark', 'contrast'] as const;
export type ThemeName = (typeof THEMES)[number];

/** What a person has chosen for this browser alone; nothing of it is known to the server. */
export interface Preferences {
  readonly theme: ThemeName;
  /** Times in UTC instead of the browser's own zone. */
  readonly utc: boolean;
  /** The columns that each table hides, by the table's name. */
  readonly hidden: Readonly<Record<string, readonly string[]>>;
}

const DEFAULTS: Preferences = { theme: 'system', utc: false, hidden: {} };
const KEY = 'clawback.preferences';

function read(): Preferences {
  try {
    return { ...DEFAULTS, ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Preferences>) };
  } catch {
    return DEFAULTS;
  }
}

interface PreferencesValue extends Preferences {
  readonly set: (changed: Partial<Preferences>) => void;
}

const Context = createContext<PreferencesValue>({ ...DEFAULTS, set: () => undefined });

export function PreferencesProvider({ children }: { readonly children: ReactNode }) {
  const [preferences, setPreferences] = useState(read);
  const set = useCallback((changed: Partial<Preferences>) => {
    setPreferences((before) => {
      const after = { ...before, ...changed };
      try {
        localStorage.setItem(KEY, JSON.stringify(after));
      } catch {
        // A browser that keeps nothing still shows what was chosen until the page is closed.
      }
      return after;
    });
  }, []);
  const value = useMemo(() => ({ ...preferences, set }), [preferences, set]);
  return <Context value={value}>{children}</Context>;
}

export function usePreferences(): PreferencesValue {
  return use(Context);
}
