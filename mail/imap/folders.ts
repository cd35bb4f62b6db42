import { type ListResponse } from 'imapflow';
import { specialUse as useByName } from 'imapflow/lib/special-use.js';
import { canonicalFolder, folderKind, RECOVERABLE_FOLDER, type WellKnownFolder } from '../../domain/location';
import { homeOf, isForeign, type Spaces } from './namespaces';

/** A folder of a mailbox that mail can be in, by its path at the server and by the name that the core knows it by. */
export interface Folder {
  readonly path: string;
  readonly canonical: string;
}

/** Of a folder with several marks the first one counts: those that protect it are before the others. */
const SPECIAL: Readonly<Record<string, WellKnownFolder>> = {
  '\\Inbox': 'inbox',
  '\\Sent': 'sentitems',
  '\\Drafts': 'drafts',
  '\\Archive': 'archive',
  '\\Trash': 'deleteditems',
  '\\Junk': 'junkemail',
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
/** Before a user's own name for a folder, where the name or what is before it has a meaning for the core. */
const PLAIN = '~';
/** The same, and the name is the whole path: the folder is in another namespace than the inbox. */
const WHOLE = '~~';

type Listed = Pick<ListResponse, 'path' | 'name' | 'delimiter' | 'flags' | 'specialUse'>;

/** The path of a folder from its segments, in the namespace of the inbox and with the server's separator. */
export function pathOf(spaces: Spaces, segments: readonly string[]): string {
  const { prefix, delimiter } = homeOf(spaces);
  return `${prefix}${segments.join(delimiter ?? '/')}`;
}

/** The same from the root of the server, for what is in another namespace than the inbox, listed or not. */
export function pathFromRoot(spaces: Spaces, segments: readonly string[]): string {
  return segments.join(homeOf(spaces).delimiter ?? '/');
}

/**
 * The folders of the mailbox itself that mail can be in: no shared or public ones, none of other users, no views of
 * others (law 3). Each name is unique in the mailbox, but for that of the recoverable folders.
 */
export function personalFolders(listed: readonly Listed[], spaces: Spaces, recoverable: ReadonlySet<string>): Folder[] {
  const own = listed.filter(
    ({ path, flags, specialUse = '' }) =>
      !isForeign(spaces, path) &&
      !UNSELECTABLE.some((flag) => has(flags, flag)) &&
      !VIEWS.some((flag) => has(flags, flag) || specialUse === flag),
  );
  const { prefix } = homeOf(spaces);
  const special = specialOf(
    own.filter(({ path }) => !recoverable.has(path)),
    prefix,
  );
  return own.map((entry): Folder => {
    const { path } = entry;
    if (recoverable.has(path)) return { path, canonical: RECOVERABLE_FOLDER };
    return { path, canonical: special.get(path) ?? nested(entry, special) ?? plain(nameOf(entry, prefix)) };
  });
}

/** The path of a folder that the index has not seen yet. */
export function pathOfUnseen(spaces: Spaces, canonical: string): string {
  if (canonical === 'inbox') return 'INBOX';
  const parts = canonical.split('/');
  const mark = parts.findLastIndex((part) => part === PLAIN || part === WHOLE);
  const own = parts.slice(mark + 1).map(unescaped);
  if (parts[mark] === WHOLE) return pathFromRoot(spaces, own);
  if (mark >= 0) return pathOf(spaces, own);
  const [first = '', ...rest] = own;
  return pathOf(spaces, [USUAL[first] ?? first, ...rest]);
}

/**
 * Folders that are for something, with their names. Servers mark several as the same, and the library tells of one of
 * each kind alone: that one has the name of the kind, the others are of the kind by their first segment.
 */
function specialOf(own: readonly Listed[], prefix: string): ReadonlyMap<string, string> {
  const kinds = new Map(own.flatMap((entry) => kindOf(entry) ?? []));
  // Outer folders first: what is inside one is of its kind.
  for (const entry of [...own].sort((one, other) => one.path.length - other.path.length)) {
    const guess = kinds.has(entry.path) || nested(entry, kinds) !== null ? undefined : guessOf(entry);
    if (guess !== undefined) kinds.set(entry.path, guess);
  }
  const chosen = new Map<string, string>();
  const isChosen = ({ path, specialUse = '' }: Listed): boolean =>
    isInbox(path) || SPECIAL[specialUse] === kinds.get(path);
  // Beside the inbox first: in each namespace there may be one that the library has chosen.
  const [near, far] = [
    own.filter(({ path }) => path.startsWith(prefix)),
    own.filter(({ path }) => !path.startsWith(prefix)),
  ];
  const inOrder = [
    ...near.filter(isChosen),
    ...far.filter(isChosen),
    ...near.filter(isMarked),
    ...far.filter(isMarked),
  ];
  for (const entry of inOrder) {
    const kind = kinds.get(entry.path);
    if (kind !== undefined && !chosen.has(kind)) chosen.set(kind, entry.path);
  }
  return new Map(
    own.flatMap((entry): [string, string][] => {
      const kind = kinds.get(entry.path);
      if (kind === undefined) return [];
      return [[entry.path, chosen.get(kind) === entry.path ? kind : marked(kind, nameOf(entry, prefix))]];
    }),
  );
}

/** What the server says that a folder is for; where it says nothing, what the library takes it for. */
function kindOf({ path, flags, specialUse = '' }: Listed): [[string, WellKnownFolder]] | null {
  const mark = Object.keys(SPECIAL).find((flag) => has(flags, flag)) ?? specialUse;
  const kind = isInbox(path) ? 'inbox' : SPECIAL[mark];
  return kind === undefined ? null : [[path, kind]];
}

function isInbox(path: string): boolean {
  return path.toUpperCase() === 'INBOX';
}

function isMarked({ flags }: Listed): boolean {
  return Object.keys(SPECIAL).some((flag) => has(flags, flag));
}

/** What a folder is for by its name, where automation then keeps off it: a second folder for sent mail, say. */
function guessOf({ name }: Listed): WellKnownFolder | undefined {
  const kind = SPECIAL[useByName(false, { flags: new Set(), name }).flag ?? ''];
  return kind !== undefined && ['protected', 'deleted'].includes(folderKind(kind)) ? kind : undefined;
}

/** A folder in a special one is of its kind. Folders in INBOX are not: there, it is a namespace for many servers. */
function nested({ path, delimiter }: Listed, special: ReadonlyMap<string, string>): string | null {
  const above = [...special.keys()].filter((parent) => !isInbox(parent) && path.startsWith(parent + delimiter));
  const [nearest] = above.sort((one, other) => other.length - one.length);
  if (nearest === undefined || delimiter === '') return null;
  return `${special.get(nearest) ?? ''}/${segments(path.slice(nearest.length + delimiter.length), delimiter)}`;
}

/** A name that the core would give a meaning loses it, but for the one that protects: a second Archive is one too. */
function plain(name: string): string {
  const kind = folderKind(name);
  if (kind === 'recoverable' || kind === 'purged') return `${PLAIN}/${name}`;
  if (kind !== 'personal') return marked(canonicalFolder(name.split('/', 1)[0] ?? ''), name);
  return name === canonicalFolder(name) ? name : `${PLAIN}/${name}`;
}

function marked(kind: string, name: string): string {
  return name.startsWith(`${WHOLE}/`) ? `${kind}/${name}` : `${kind}/${PLAIN}/${name}`;
}

function nameOf({ path, delimiter }: Listed, prefix: string): string {
  if (path.startsWith(prefix)) return segments(path.slice(prefix.length), delimiter);
  return `${WHOLE}/${segments(path, delimiter)}`;
}

function segments(path: string, delimiter: string): string {
  const parts = delimiter === '' ? [path] : path.split(delimiter);
  return parts.map((part) => ESCAPED[part] ?? part.replaceAll('/', '%2F')).join('/');
}

/** A user's folder that is named as a mark of ours is. */
const ESCAPED: Readonly<Record<string, string>> = { [PLAIN]: '%7E', [WHOLE]: '%7E%7E' };

function unescaped(segment: string): string {
  return Object.keys(ESCAPED).find((mark) => ESCAPED[mark] === segment) ?? segment.replaceAll('%2F', '/');
}

/** Flags are the same in capitals and small letters. */
function has(flags: ReadonlySet<string>, wanted: string): boolean {
  return [...flags].some((flag) => flag.toLowerCase() === wanted.toLowerCase());
}
