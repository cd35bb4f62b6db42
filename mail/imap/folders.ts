import { type ImapFlow, type ListResponse } from 'imapflow';
import { canonicalFolder, folderKind, RECOVERABLE_FOLDER, type WellKnownFolder } from '../../domain/location';

/** A folder of a mailbox that mail can be in, by its path at the server and by the name that the core knows it by. */
export interface Folder {
  readonly path: string;
  readonly canonical: string;
}

const SPECIAL: Readonly<Record<string, WellKnownFolder>> = {
  '\\Inbox': 'inbox',
  '\\Junk': 'junkemail',
  '\\Trash': 'deleteditems',
  '\\Sent': 'sentitems',
  '\\Drafts': 'drafts',
  '\\Archive': 'archive',
};

/** What a folder is called where one has to be made. */
const USUAL: Readonly<Record<string, string>> = {
  junkemail: 'Junk',
  deleteditems: 'Trash',
  sentitems: 'Sent',
  drafts: 'Drafts',
  archive: 'Archive',
};

/** Folders that show messages of others once more: what is found there is somewhere else too. */
const VIEWS = ['\\All', '\\Flagged', '\\Important'];
const UNSELECTABLE = ['\\Noselect', '\\NonExistent'];
/** Before a user's folder whose name is one that the core gives a meaning. */
const PLAIN = '~/';

type Listed = Pick<ListResponse, 'path' | 'delimiter' | 'flags' | 'specialUse'>;
type Spaces = Pick<ImapFlow, 'namespace' | 'namespaces'>;

/** The path of a folder from its segments, in the mailbox's own namespace and with the server's separator. */
export function pathOf({ namespace }: Spaces, segments: readonly string[]): string {
  return `${namespace?.prefix ?? ''}${segments.join(namespace?.delimiter ?? '/')}`;
}

/**
 * The folders of the mailbox itself that mail can be in: no shared or public ones, none of other users, no views of
 * others (law 3). Each name is unique in the mailbox.
 */
export function personalFolders(listed: readonly Listed[], spaces: Spaces, recoverable: string): Folder[] {
  const foreign = [...(spaces.namespaces?.other || []), ...(spaces.namespaces?.shared || [])]
    .map(({ prefix }) => prefix)
    .filter((prefix) => prefix !== '');
  const own = listed.filter(
    ({ path, flags, specialUse = '' }) =>
      !foreign.some((prefix) => path.startsWith(prefix)) &&
      !UNSELECTABLE.some((flag) => flags.has(flag)) &&
      !VIEWS.some((flag) => flags.has(flag) || specialUse === flag),
  );
  const special = new Map(
    own.flatMap(({ path, specialUse = '' }): [string, string][] => {
      const name = path.toUpperCase() === 'INBOX' ? 'inbox' : SPECIAL[specialUse];
      return name === undefined ? [] : [[path, name]];
    }),
  );
  const prefix = spaces.namespace?.prefix ?? '';
  return own.map(({ path, delimiter }) => {
    if (path === recoverable) return { path, canonical: RECOVERABLE_FOLDER };
    return { path, canonical: special.get(path) ?? nested(path, delimiter, special) ?? plain(path, delimiter, prefix) };
  });
}

/** The path of a folder that the index has not seen yet. */
export function pathOfUnseen(spaces: Spaces, canonical: string): string {
  if (canonical === 'inbox') return 'INBOX';
  const name = canonical.startsWith(PLAIN) ? canonical.slice(PLAIN.length) : canonical;
  const [first = '', ...rest] = name.split('/').map((segment) => segment.replaceAll('%2F', '/'));
  return pathOf(spaces, [USUAL[first] ?? first, ...rest]);
}

/** A folder in a special one is of its kind. Folders in INBOX are not: there, it is a namespace for many servers. */
function nested(path: string, delimiter: string, special: ReadonlyMap<string, string>): string | null {
  const above = [...special.keys()].filter(
    (parent) => parent.toUpperCase() !== 'INBOX' && path.startsWith(parent + delimiter),
  );
  const [nearest] = above.sort((one, other) => other.length - one.length);
  if (nearest === undefined || delimiter === '') return null;
  return `${special.get(nearest) ?? ''}/${segments(path.slice(nearest.length + delimiter.length), delimiter)}`;
}

/** A name that the core would give a meaning loses it, but for the one that protects: a second Archive is one too. */
function plain(path: string, delimiter: string, prefix: string): string {
  const name = segments(prefix !== '' && path.startsWith(prefix) ? path.slice(prefix.length) : path, delimiter);
  const kind = folderKind(name);
  if (kind === 'recoverable' || kind === 'purged') return `${PLAIN}${name}`;
  if (kind !== 'personal') return `${canonicalFolder(name.split('/', 1)[0] ?? '')}/${PLAIN}${name}`;
  return name === canonicalFolder(name) ? name : `${PLAIN}${name}`;
}

function segments(path: string, delimiter: string): string {
  const parts = delimiter === '' ? [path] : path.split(delimiter);
  return parts.map((segment) => segment.replaceAll('/', '%2F')).join('/');
}
