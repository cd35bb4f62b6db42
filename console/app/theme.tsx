import { FluentProvider, teamsHighContrastTheme, webDarkTheme, webLightTheme } from '@fluentui/react-components';
import { type ReactNode } from 'react';
import { useMedia } from '../parts/media';
import { type ThemeName, usePreferences } from './preferences';

// The system's own fonts alone: nothing is loaded from another host.
const FONT = "'Segoe UI Variable Text', 'Segoe UI', system-ui, -apple-system, 'Noto Sans', 'DejaVu Sans', sans-serif";
const MONO = "'Cascadia Mono', Consolas, ui-monospace, 'DejaVu Sans Mono', monospace";
const fonts = { fontFamilyBase: FONT, fontFamilyMonospace: MONO };

const FLUENT = {
  light: { ...webLightTheme, ...fonts },
  dark: { ...webDarkTheme, ...fonts },
  contrast: { ...teamsHighContrastTheme, ...fonts },
} as const;

/** Which of the three is shown: what was chosen, or what the system asks for. */
export function useShownTheme(): Exclude<ThemeName, 'system'> {
  const { theme } = usePreferences();
  const dark = useMedia('(prefers-color-scheme: dark)');
  const contrast = useMedia('(prefers-contrast: more)');
  if (theme !== 'system') return theme;
  return contrast ? 'contrast' : dark ? 'dark' : 'light';
}

export function Themed({ children }: { readonly children: ReactNode }) {
  const shown = useShownTheme();
  return (
    <FluentProvider
      theme={FLUENT[shown]}
      // A class would be on what lies over the page too, and hide it.
      style={{ colorScheme: shown === 'light' ? 'light' : 'dark', height: '100%' }}
    >
      {children}
    </FluentProvider>
  );
}
