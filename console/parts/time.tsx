import { useSyncExternalStore } from 'react';
import { usePreferences } from '../app/preferences';

type Style = 'full' | 'short';

const made = new Map<string, Intl.DateTimeFormat>();

function formatter(style: Style, utc: boolean, year: boolean): Intl.DateTimeFormat {
  const key = `${style} ${utc} ${year}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-GB', {
    ...{ day: '2-digit', month: 'short', hour: '2-digit', minute: '2-digit' },
    ...(style === 'full' ? { second: '2-digit' } : {}),
    ...(year ? { year: 'numeric' } : {}),
    timeZoneName: 'short',
    ...(utc ? { timeZone: 'UTC' } : {}),
  });
  made.set(key, format);
  return format;
}

/** A time as text, in the zone that was chosen and with its name; the short style leaves this year out. */
export function timeText(at: string, utc: boolean, style: Style = 'short'): string {
  const date = new Date(at);
  return formatter(style, utc, style === 'full' || date.getFullYear() !== new Date().getFullYear()).format(date);
}

/** A time in the zone that was chosen, with its name; the other zone is in its title. */
export function Time({ at, full = false }: { readonly at: string | null | undefined; readonly full?: boolean }) {
  const { utc } = usePreferences();
  if (at === null || at === undefined) return <>–</>;
  const style = full ? 'full' : 'short';
  return (
    <time dateTime={at} title={`${timeText(at, false, 'full')} · ${timeText(at, true, 'full')}`}>
      {timeText(at, utc, style)}
    </time>
  );
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

const relative = new Intl.RelativeTimeFormat('en-GB', { numeric: 'always' });

/** How far a time is from now: "in 3 days", "5 minutes ago". */
export function fromNow(at: string, now: number): string {
  const distance = new Date(at).getTime() - now;
  const [unit, size] = UNITS.find(([, ms]) => Math.abs(distance) >= ms * 2) ?? UNITS[3];
  return relative.format(Math.round(distance / size), unit);
}

const TICK_MS = 30_000;
let tick = Date.now();
const watchers = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function watch(changed: () => void): () => void {
  watchers.add(changed);
  timer ??= setInterval(() => {
    tick = Date.now();
    for (const tell of watchers) tell();
  }, TICK_MS);
  return () => {
    watchers.delete(changed);
    if (watchers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time, twice a minute: one clock for everything that says how far something is. */
export function useNow(): number {
  return useSyncExternalStore(watch, () => tick);
}

/** How far a time is from now, with the time itself in its title. */
export function FromNow({ at }: { readonly at: string | null | undefined }) {
  const now = useNow();
  const { utc } = usePreferences();
  if (at === null || at === undefined) return <>–</>;
  return (
    <time dateTime={at} title={timeText(at, utc, 'full')}>
      {fromNow(at, now)}
    </time>
  );
}

/** Milliseconds as a person says them: "12 ms", "3.4 s", "5 min 3 s", "2 h 10 min", "3 d 4 h". */
export function durationText(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return '–';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const [big, small, size] =
    ms < 3_600_000 ? ['min', 's', 60_000] : ms < 86_400_000 ? ['h', 'min', 3_600_000] : ['d', 'h', 86_400_000];
  const step = size === 60_000 ? 1_000 : size === 3_600_000 ? 60_000 : 3_600_000;
  const rest = Math.floor((ms % size) / step);
  return `${Math.floor(ms / size)} ${big}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}
