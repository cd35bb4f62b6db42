import { groupBy } from '../../domain/group';
import { type IndexedMessage, type Intent, type PlaceChange } from '../../domain/imap';
import { vanished } from './astray';
import { type ImapContext } from './context';
import { digestOf, openFolder, shownOf } from './looking';
import { type Box } from './pool';
import { refused, type Transferred } from './transfer';
import { uidSets } from './uid-sets';

/**
 * Deletes messages for good: only by UID EXPUNGE, which takes no other message with it, and only what has the content
 * that the index knows. `intent` is whose act it is; `null` for retention.
 */
export async function expunge(
  { index, clock }: ImapContext,
  { session, lease }: Box,
  messages: readonly IndexedMessage[],
  intent: Intent | null,
): Promise<Transferred[]> {
  if (!session.client.capabilities.has('UIDPLUS')) return refused(messages, 'noUidplus');
  const done: Transferred[] = [];
  for (const [path, group] of groupBy(messages, ({ place }) => place?.path ?? '')) {
    const open = await openFolder(session, path, { change: true });
    if (open === null || open.readOnly) {
      done.push(...refused(group, open === null ? undefined : 'readOnlyFolder'));
      continue;
    }
    const same = new Map<number, IndexedMessage>();
    for (const message of group) {
      const { place, sha256 } = message;
      if (place?.uidValidity !== open.uidValidity) continue;
      if ((await digestOf(session, place.uid)) === sha256) same.set(place.uid, message);
    }
    if (intent !== null) await lease.intend(idsOf(same), intent);
    for (const { set } of uidSets([...same.keys()])) {
      lease.check();
      await session.client.messageDelete(set, { uid: true });
    }
    const left = await shownOf(session, [...same.keys()]);
    const at = intent?.at ?? clock();
    const changes = [...same].flatMap(([uid, message]): PlaceChange[] =>
      left.has(uid) ? [] : [vanished({ ...message, intent }, at)],
    );
    const written = await index.place(changes);
    if (intent !== null) lease.forget(idsOf(same));
    for (const { messageId } of group) {
      if (written.has(messageId)) done.push({ messageId, moved: true });
      else done.push({ messageId, moved: false, ...(left.size === 0 ? {} : { error: 'refused' }) });
    }
  }
  return done;
}

function idsOf(messages: ReadonlyMap<number, IndexedMessage>): string[] {
  return [...messages.values()].map(({ messageId }) => messageId);
}
