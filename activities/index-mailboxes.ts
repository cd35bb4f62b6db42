import { type IndexBatchInput, type IndexInput, type IndexPlan, type IndexResult } from '../domain/contracts';
import { announce } from './announce';
import { type ActivityDeps } from './deps';
import { upkeepOf } from './imap-upkeep';
import { alarm, say } from './say';
import { createSearchAgain } from './search-again';
import { LONG_MS } from './unhealthy';

const HOUR_MS = 60 * 60 * 1000;
const CODES = ['unreachable', 'loginRefused'] as const;

/** Keeps the index of IMAP mailboxes up to date, batch by batch. */
export function createIndexMailboxes(deps: ActivityDeps) {
  const { store, clock } = deps;
  const searchAgain = createSearchAgain(deps);
  /** What was said last of each provider's mailboxes that are away. */
  const told = new Map<string, string>();
  return { plan, indexBatch };

  async function plan({ provider }: IndexInput): Promise<IndexPlan> {
    const { batches } = upkeepOf(deps, provider);
    await tellOfUnhealthy(provider);
    const unreadable = await store.mailboxes.unreadableIn(provider);
    if (unreadable.mails > 0) say('Mail that the server cannot give is in no index', { provider, ...unreadable });
    return { batches };
  }

  async function indexBatch({ provider, batch }: IndexBatchInput): Promise<IndexResult> {
    const result = await upkeepOf(deps, provider).index(batch, searchAgain);
    if (result.indexed > 0 || result.away > 0) say('Mailboxes indexed', { provider, batch, ...result });
    await tellOfAway(provider);
    return result;
  }

  /** Says in the log how many mailboxes of the provider are away, and why, whenever that has changed. */
  async function tellOfAway(provider: string): Promise<void> {
    const soon = new Date(clock().getTime() + 1);
    const [unreachable = 0, loginRefused = 0] = await Promise.all(
      CODES.map((code) => store.mailboxes.longAway(provider, code, soon)),
    );
    const before = told.get(provider) ?? '0 0';
    const now = `${unreachable} ${loginRefused}`;
    if (now === before) return;
    told.set(provider, now);
    const counts = { unreachable, loginRefused };
    if (unreachable + loginRefused > 0)
      alarm('Mailboxes are away: GET /api/v1/mailboxes says which', { provider, ...counts });
    else say('No mailbox is away any more', { provider });
  }

  /** Tells webhooks, once an hour, how many mailboxes of the provider have been away for long. */
  async function tellOfUnhealthy(provider: string): Promise<void> {
    const now = clock();
    for (const code of CODES) {
      const mailboxes = await store.mailboxes.longAway(provider, code, new Date(now.getTime() - LONG_MS));
      if (mailboxes === 0) continue;
      const key = `${provider}:${code}:${Math.floor(now.getTime() / HOUR_MS)}`;
      await announce(deps, { event: 'mailbox.unhealthy', key, data: { code, mailboxCount: mailboxes } });
    }
  }
}
