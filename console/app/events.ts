import { type QueryClient } from '@tanstack/react-query';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { applyChanges, type Change, changeOf, CHANGES } from './changes';

/** How the stream of changes stands. `lost` where it is away for longer than a moment. */
export type Live = 'opening' | 'live' | 'lost';

let live: Live = 'opening';
const watchers = new Set<() => void>();

export function liveState(): Live {
  return live;
}

export function watchLive(changed: () => void): () => void {
  watchers.add(changed);
  return () => watchers.delete(changed);
}

function become(state: Live): void {
  if (state === live) return;
  live = state;
  for (const tell of watchers) tell();
}

/** Changes are put together for this long, so that a burst is one look at the page. */
const TOGETHER_MS = 250;
/** However much happens, the page looks again no more often than this. */
const LOOK_MS = 1_000;
/** A stream that is back sooner was never away. */
const MOMENT_MS = 2_000;
/** So long after it was hidden a page stops following. */
const HIDDEN_MS = 30_000;
const AGAIN_MS = [1_000, 2_000, 5_000, 10_000] as const;

/**
 * Follows the server's events for as long as somebody is signed in, and brings what this page knows up to date. The browser
 * itself resumes with `Last-Event-ID`; where the server has lost its history it says `reset`, and everything is read again.
 */
export function useLive(isTold: boolean): void {
  const client = useQueryClient();
  useEffect(() => (isTold ? follow(client) : undefined), [client, isTold]);
}

function follow(client: QueryClient): () => void {
  let source: EventSource | null = null;
  let tries = 0;
  let waiting: Change[] = [];
  let looked = 0;
  const timers = { flush: 0, again: 0, lost: 0, hidden: 0 };

  const flush = (): void => {
    timers.flush = 0;
    looked = Date.now();
    const changes = waiting;
    waiting = [];
    applyChanges(client, changes);
  };
  const everything = (): void => {
    waiting = [];
    void client.invalidateQueries();
  };
  const take = (event: MessageEvent<string>): void => {
    const change = changeOf(event.type, event.data);
    if (change === null) return;
    waiting.push(change);
    timers.flush ||= window.setTimeout(flush, Math.max(TOGETHER_MS, looked + LOOK_MS - Date.now()));
  };
  const open = (): void => {
    let isNew = true;
    const stream = new EventSource('/api/v1/events');
    source = stream;
    for (const kind of CHANGES) stream.addEventListener(kind, take);
    stream.addEventListener('reset', everything);
    stream.onopen = () => {
      // What changed before this stream began is in none of its events; one that comes back is told what it missed.
      const missed = live === 'lost' || isNew;
      isNew = false;
      clearTimeout(timers.lost);
      timers.lost = 0;
      tries = 0;
      become('live');
      if (missed) everything();
    };
    stream.onerror = () => {
      timers.lost ||= window.setTimeout(() => become('lost'), MOMENT_MS);
      if (stream.readyState !== EventSource.CLOSED) return;
      // Refused, not broken off: the session may have ended, or the server has too many such streams.
      stream.close();
      void client.invalidateQueries({ queryKey: ['session'] });
      timers.again = window.setTimeout(open, AGAIN_MS[Math.min(tries++, AGAIN_MS.length - 1)]);
    };
  };
  // A browser that is off the network says so at once; the stream itself may not notice for minutes.
  const off = (): void => become('lost');
  const on = (): void => {
    if (source?.readyState !== EventSource.OPEN) return;
    become('live');
    everything();
  };
  // A browser has six connections to a host, for all its tabs: one that nobody looks at gives up its own.
  const look = (): void => {
    clearTimeout(timers.hidden);
    if (document.hidden) timers.hidden = window.setTimeout(close, HIDDEN_MS);
    else if (source === null) open();
  };
  const close = (): void => {
    clearTimeout(timers.again);
    clearTimeout(timers.lost);
    timers.lost = 0;
    source?.close();
    source = null;
  };
  document.addEventListener('visibilitychange', look);
  window.addEventListener('offline', off);
  window.addEventListener('online', on);
  open();
  return () => {
    document.removeEventListener('visibilitychange', look);
    window.removeEventListener('offline', off);
    window.removeEventListener('online', on);
    source?.close();
    for (const timer of Object.values(timers)) clearTimeout(timer);
    become('opening');
  };
}
