import { createHash } from 'node:crypto';
import { type ImapConfig } from '../config';

/**
 * Of all that the configuration says of how a mailbox is worked with, as 16 hex digits: a verdict of the probe holds for
 * no other. Which mailboxes there are, how they are indexed and how long they keep mail changes nothing of it.
 */
export function fingerprintOf({ recoverable, ...config }: ImapConfig): string {
  const { folder, fromRoot = false } = recoverable;
  const settings = { ...config, mailboxes: undefined, index: undefined, limits: undefined, folder, fromRoot };
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 16);
}
