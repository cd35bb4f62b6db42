import { type IndexedMessage } from '../../domain/imap';
import { clearUp } from './astray';
import { type ImapContext } from './context';
import { type Box } from './pool';

/**
 * Asks a mailbox where messages are now; the index follows what it shows. What was purged has no place, and is looked for
 * only by the index when it comes upon such a mail again.
 */
export async function locate(
  context: ImapContext,
  box: Box,
  messages: readonly IndexedMessage[],
): Promise<IndexedMessage[]> {
  const here = messages.filter(({ purged }) => !purged);
  return [...messages.filter(({ purged }) => purged), ...(await clearUp(context, box, here))];
}
