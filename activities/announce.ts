import { asyncLocalStorage } from '@temporalio/activity';
import { announce as tell, type News } from '../domain/announce';
import { type ActionFacts, expiringAt, noticeOfAction, noticeOfExpiring } from '../domain/notices';
import { type ActivityDeps } from './deps';
import { detailsOf } from './failure-mapping';

/** What announcing needs of the activities' dependencies. */
export type AnnounceDeps = Pick<ActivityDeps, 'store' | 'gateway' | 'clock'>;

/** Tells webhooks of something; never throws, so that no webhook can stop a removal. */
export function announce(deps: AnnounceDeps, news: News): Promise<void> {
  const activity = asyncLocalStorage.getStore();
  return tell(deps, news, (error) => {
    activity?.log.warn('A notice or its delivery has to wait', detailsOf(error));
  });
}

/**
 * Tells webhooks of the state that actions are in. Safe to repeat, and repeated by every retry: what an attempt that died
 * did not come to tell, the next one does.
 */
export async function announceActions(deps: AnnounceDeps, actions: readonly ActionFacts[]): Promise<void> {
  for (const action of actions) {
    const notice = noticeOfAction(action, deps.clock());
    if (notice !== null) await announce(deps, notice);
    const expiring = isExpiring(action, deps.clock()) ? noticeOfExpiring(action, deps.clock()) : null;
    if (expiring !== null) await announce(deps, expiring);
  }
}

function isExpiring({ createdAt, expiresAt }: ActionFacts, now: Date): boolean {
  return expiresAt !== null && expiringAt({ createdAt, expiresAt }) <= now;
}
