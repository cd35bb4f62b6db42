import { announce as tell, type News } from '../domain/announce';
import { type ApiDeps } from './deps';

/** Tells webhooks of something; never throws, and no caller waits for Temporal. */
export function announce(deps: Pick<ApiDeps, 'store' | 'gateway' | 'clock' | 'logger'>, news: News): Promise<void> {
  return tell(deps, news, (error) => deps.logger.warn({ err: error }, 'a notice or its delivery has to wait'));
}
