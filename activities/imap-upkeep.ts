import { type ImapUpkeep } from '../mail/imap/round';
import { type ActivityDeps } from './deps';

/** The provider is in no configuration of this worker: a schedule of earlier times. */
class NotConfiguredError extends Error {
  readonly code = 'notConfigured';
  readonly retryable = false;
  constructor() {
    super('The worker has no such mail provider');
    this.name = 'NotConfiguredError';
  }
}

/** The IMAP provider of that name. Throws an error that is not tried again where there is none. */
export function upkeepOf({ imap }: Pick<ActivityDeps, 'imap'>, name: string): ImapUpkeep {
  const found = imap.find((provider) => provider.name === name);
  if (found === undefined) throw new NotConfiguredError();
  return found;
}
