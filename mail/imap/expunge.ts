import { groupBy } from '../../domain/group';
import { type IndexedMessage, type Intent, type PlaceChange } from '../../domain/imap';
import { vanished } from './astray';
import { type ImapContext } from './context';
import { digestOf, openFolder, shownOf } from './looking';
import { type Box } from './pool';
import { refused, type Transferred } from './transfer';
import { uidSets } from './uid-sets';

/** Whose act a deletion is; `null` for retention, which also asks whether it may go on. */
export interface Expunging {
  readonly intent: Intent | null;
  readonly mayGoOn?: () => Promise<boolean>;
}

/**
 * Deletes messages for good: only by UID EXPUNGE, which takes no other message with it, and only what has the content
 * that the index knows. Just before each set it is asked whether the mailbox is on hold, and whether we may go on: much
 * time may have passed since the lease was waited for. What is on hold then stays, and is reported so.
 */
export async function expunge(
  context: ImapContext,
  box: Box,
  messages: readonly IndexedMessage[],
  { intent, mayGoOn = () => Promise.resolve(true) }: Expunging,
): Promise<Transferred[]> {
  const { index, clock } = context;
  const { session, lease } = box;
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
    const held = await expungeSets(context, box, [...same.keys()], mayGoOn);
    const left = await shownOf(session, [...same.keys()]);
    const at = intent?.at ?? clock();
    const changes = [...same].flatMap(([uid, message]): PlaceChange[] =>
      left.has(uid) ? [] : [vanished({ ...message, intent: held.has(uid) ? null : intent }, at)],
    );
    const written = await index.place(changes);
    if (intent !== null) lease.forget(idsOf(same));
    for (const { messageId, place } of group) {
      if (written.has(messageId)) done.push({ messageId, moved: true });
      else if (held.has(place?.uid ?? 0)) done.push({ messageId, moved: false, error: 'onHold' });
      else done.push({ messageId, moved: false, ...(left.size === 0 ? {} : { error: 'refused' }) });
    }
  }
  return done;
}

/** Expunges what may be; answers the UIDs that stay for a hold. */
async function expungeSets(
  { records }: ImapContext,
  { mailbox, session, lease }: Box,
  uids: readonly number[],
  mayGoOn: () => Promise<boolean>,
): Promise<ReadonlySet<number>> {
  const held: number[] = [];
  for (const { set, uids: named } of uidSets(uids)) {
    if (!(await mayGoOn())) break;
    if ((await records.onHold([mailbox])).has(mailbox)) {
      held.push(...named);
      continue;
    }
    lease.check();
    await session.client.messageDelete(set, { uid: true });
  }
  return new Set(held);
}

function idsOf(messages: ReadonlyMap<number, IndexedMessage>): string[] {
  return [...messages.values()].map(({ messageId }) => messageId);
}
