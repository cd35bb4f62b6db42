import { once, setMaxListeners } from 'node:events';
import { type ImapContext } from './context';
import { listen } from './idle';
import { type Back, type Indexer } from './index-one';
import { createPasses } from './passes';
import { mayAsk, wasRefused } from './refusals';

/** Who has mailboxes watched. */
export interface Watcher {
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** A mailbox was indexed: how many messages are new; and the mailbox, where it is back. */
  readonly indexed: (found: { readonly indexed: number; readonly back: readonly Back[] }) => Promise<void>;
  /** Something failed for no reason of a mailbox's: it is tried again. */
  readonly failed: (error: unknown) => void;
  /** The server has no IDLE, or refuses it: the rounds alone look after the mailbox. */
  readonly unable: () => void;
}

/** What came of a watch. */
export interface Watched {
  readonly mailboxes: number;
  readonly indexed: number;
  /** Mailboxes that refused to sign us in, now or lately: asked once at most, and left to the rounds. */
  readonly away: number;
}

/**
 * Watches the mailboxes of `index.idle` until it is told to stop, and indexes each whenever its inbox has news, as a round
 * does. It lasts also where nothing can be watched: who begins the next one at once would ask again at once.
 */
export async function watch(
  context: Pick<ImapContext, 'config' | 'open' | 'records' | 'clock'>,
  indexer: Indexer,
  { signal: told, indexed: tell, failed, unable }: Watcher,
): Promise<Watched> {
  const { config, open } = context;
  const over = new AbortController();
  const signal = AbortSignal.any([told, over.signal]);
  // All of them wait for it at once, which is no leak.
  setMaxListeners(0, signal);
  let total = 0;

  async function watchOne(mailbox: string): Promise<boolean> {
    const passes = createPasses({
      ...{ failed, signal },
      async pass() {
        const { indexed, back, unsettled } = await indexer.indexOne(mailbox, { signal });
        if (indexed === null) return;
        total += indexed;
        if (unsettled) passes.ask();
        const isBack = back === null ? [] : [back];
        await tell({ indexed, back: isBack });
        await indexer.searched(isBack);
      },
    });
    const asked = await mayAsk(context, mailbox);
    const end = asked
      ? await listen({ open: () => open(mailbox), news: () => passes.ask(), failed, signal })
      : ('refused' as const);
    if (asked && end === 'refused') await wasRefused(context, mailbox);
    if (end === 'unable') unable();
    if (!signal.aborted) await once(signal, 'abort');
    await passes.settled();
    return end === 'refused';
  }

  const watches = config.index.idle.map(watchOne);
  try {
    const refused = await Promise.all(watches);
    return { mailboxes: refused.length, indexed: total, away: refused.filter(Boolean).length };
  } finally {
    // Where one of them failed, nobody would end the others: the next watch has connections of its own.
    over.abort();
    await Promise.allSettled(watches);
  }
}
