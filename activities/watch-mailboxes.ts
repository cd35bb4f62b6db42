import { type IndexInput, type IndexResult } from '../domain/contracts';
import { type ActivityDeps } from './deps';
import { upkeepOf } from './imap-upkeep';
import { say, warn } from './say';
import { createSearchAgain } from './search-again';

/** How long a watch lasts: its schedule begins the next one, with the configuration and the secrets of then. */
const WATCH_MS = 10 * 60 * 1000;

/** Watches those mailboxes of a provider that are to be watched, and has each indexed whenever it has news. */
export function createWatchMailboxes(deps: ActivityDeps) {
  const searchAgain = createSearchAgain(deps);
  const { watchMs = WATCH_MS } = deps;
  const unable = new Set<string>();

  /** Said once, and not with every watch. */
  function sayUnable(provider: string): void {
    if (unable.has(provider)) return;
    unable.add(provider);
    say('The server has no IDLE: mailboxes are asked in rounds alone', { provider });
  }

  return async function watchMailboxes({ provider }: IndexInput, cancelled: AbortSignal): Promise<IndexResult> {
    const upkeep = upkeepOf(deps, provider);
    if (upkeep.idle === 0) return { mailboxes: 0, indexed: 0, away: 0 };
    const end = new AbortController();
    const stop = (): void => end.abort();
    const timer = setTimeout(stop, watchMs);
    cancelled.addEventListener('abort', stop, { once: true });
    try {
      return await upkeep.watch({
        signal: end.signal,
        async indexed({ indexed, back }) {
          if (indexed > 0) say('Mailbox indexed as it had news', { provider, indexed });
          if (back.length > 0) await searchAgain(back);
        },
        failed: (error) => warn('A mailbox that is watched could not be indexed: it is tried again', error),
        unable: () => sayUnable(provider),
      });
    } finally {
      clearTimeout(timer);
      cancelled.removeEventListener('abort', stop);
    }
  };
}
