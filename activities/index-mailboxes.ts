import { type IndexBatchInput, type IndexInput, type IndexPlan, type IndexResult } from '../domain/contracts';
import { announce } from './announce';
import { type ActivityDeps } from './deps';
import { upkeepOf } from './imap-upkeep';
import { say } from './say';
import { createSearchAgain } from './search-again';
import { LONG_MS } from './unhealthy';

const HOUR_MS = 60 * 60 * 1000;

/** Keeps the index of IMAP mailboxes up to date, batch by batch. */
export function createIndexMailboxes(deps: ActivityDeps) {
  const { store, clock } = deps;
  const searchAgain = createSearchAgain(deps);
  return { plan, indexBatch };

  async function plan({ provider }: IndexInput): Promise<IndexPlan> {
    const { batches } = upkeepOf(deps, provider);
    await tellOfUnhealthy(provider);
    return { batches };
  }

  async function indexBatch({ provider, batch }: IndexBatchInput): Promise<IndexResult> {
    const { back, ...result } = await upkeepOf(deps, provider).index(batch);
    if (result.indexed > 0 || result.away > 0) say('Mailboxes indexed', { provider, batch, ...result });
    if (back.length > 0) await searchAgain(back);
    return result;
  }

  /** Tells webhooks, once an hour, how many mailboxes of the provider have been away for long. */
  async function tellOfUnhealthy(provider: string): Promise<void> {
    const now = clock();
    for (const code of ['unreachable', 'loginRefused'] as const) {
      const mailboxes = await store.mailboxes.longAway(provider, code, new Date(now.getTime() - LONG_MS));
      if (mailboxes === 0) continue;
      const key = `${provider}:${code}:${Math.floor(now.getTime() / HOUR_MS)}`;
      await announce(deps, { event: 'mailbox.unhealthy', key, data: { code, mailboxCount: mailboxes } });
    }
  }
}
