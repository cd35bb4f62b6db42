import { type FolderRow, type IndexedMessage } from '../../domain/imap';
import { RECOVERABLE_FOLDER } from '../../domain/location';
import { type ImapContext, recoverablePath } from './context';
import { openFolder } from './looking';
import { type Box } from './pool';

/**
 * Every folder that soft-deleted mail of a mailbox may lie in: the one of the configuration, and those of earlier ones.
 * They stay what they were: what was removed lies in them until it is put back, and automation takes nothing from them.
 */
export async function recoverablePaths(
  context: Pick<ImapContext, 'config' | 'folders'>,
  { mailbox, session }: Pick<Box, 'mailbox' | 'session'>,
): Promise<ReadonlySet<string>> {
  return recoverableAmong(context, session, await context.folders.of(mailbox));
}

/** The same, where the rows of the mailbox's folders are at hand. */
export function recoverableAmong(
  context: Pick<ImapContext, 'config'>,
  session: Box['session'],
  rows: readonly FolderRow[],
): ReadonlySet<string> {
  const known = rows.filter(({ canonical }) => canonical === RECOVERABLE_FOLDER);
  return new Set([recoverablePath(context, session), ...known.map(({ path }) => path)]);
}

/**
 * Those of the messages, which were found in no folder, that are gone for sure. What may lie in a recoverable folder is
 * not as long as one that was there cannot be opened: a namespace that is away for a while must not cost the undo.
 */
export async function goneForSure(
  { folders }: Pick<ImapContext, 'folders'>,
  { mailbox, session }: Pick<Box, 'mailbox' | 'session'>,
  lost: readonly IndexedMessage[],
): Promise<readonly IndexedMessage[]> {
  const maybe = lost.filter(mayLieThere);
  if (maybe.length === 0) return lost;
  const rows = await folders.of(mailbox);
  const there = rows.filter(({ canonical, uidValidity }) => canonical === RECOVERABLE_FOLDER && uidValidity !== '');
  const named = maybe.flatMap(({ folder, place }) => (folder === RECOVERABLE_FOLDER && place ? [place.path] : []));
  // One that came back since the index looked at it has not been read yet.
  let sure = there.every(({ listed }) => listed);
  for (const path of new Set([...there.map((row) => row.path), ...named])) {
    sure &&= (await openFolder(session, path)) !== null;
  }
  return sure ? lost : lost.filter((message) => !mayLieThere(message));
}

function mayLieThere({ folder, intent }: IndexedMessage): boolean {
  return folder === RECOVERABLE_FOLDER || intent?.to === RECOVERABLE_FOLDER;
}
