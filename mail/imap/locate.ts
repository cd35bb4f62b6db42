import { groupBy } from '../../domain/group';
import { type IndexedMessage } from '../../domain/imap';
import { clearUp } from './astray';
import { type ImapContext } from './context';
import { openFolder, shownOf } from './looking';
import { type Box } from './pool';

/** Asks a mailbox where messages are now; the index follows what it shows. */
export async function locate(
  context: ImapContext,
  box: Box,
  messages: readonly IndexedMessage[],
): Promise<IndexedMessage[]> {
  const { index } = context;
  const { mailbox, session } = box;
  const unsure = new Set<IndexedMessage>(messages.filter(({ place, intent }) => place === null || intent !== null));
  const sure = messages.filter((message) => !unsure.has(message) && !message.purged);
  for (const [path, group] of groupBy(sure, ({ place }) => place?.path ?? '')) {
    const open = await openFolder(session, path);
    const shown = await shownOf(
      session,
      open === null ? [] : group.flatMap(({ place }) => (place?.uidValidity === open.uidValidity ? [place.uid] : [])),
    );
    for (const message of group) {
      if (open === null || message.place?.uidValidity !== open.uidValidity || !shown.has(message.place.uid)) {
        unsure.add(message);
      }
    }
  }
  // What was purged has no place, and is looked for only by the index when it comes upon such a mail again.
  const toFind = [...unsure].filter(({ purged }) => !purged);
  if (toFind.length === 0) return [...messages];
  const found = new Map((await clearUp(context, box, toFind)).map((message) => [message.messageId, message]));
  const ids = messages.map(({ messageId }) => messageId);
  const known = found.size === ids.length ? [] : await index.byIds(mailbox, ids);
  return [...known.filter(({ messageId }) => !found.has(messageId)), ...found.values()];
}
