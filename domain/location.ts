/** The well-known folders of an embedded mailbox, true to Exchange; any other name is a folder that its user made. */
export const WELL_KNOWN_FOLDERS = [
  'inbox',
  'junkemail',
  'deleteditems',
  'sentitems',
  'drafts',
  'archive',
  'recoverableitemsdeletions',
  'recoverableitemspurges',
] as const;
export type WellKnownFolder = (typeof WELL_KNOWN_FOLDERS)[number];

/** Where a soft-deleted message lies, and where retention moves it when its time is up. */
export const RECOVERABLE_FOLDER = 'recoverableitemsdeletions';
export const PURGES_FOLDER = 'recoverableitemspurges';

/** Where a message is now, in the words of the product's location columns. */
export const LOCATIONS = [
  'Inbox/folder',
  'Junk folder',
  'Deleted items',
  'Quarantine',
  'Soft deleted',
  'Hard deleted',
  'On-premises/external',
  'Unknown',
] as const;
export type Location = (typeof LOCATIONS)[number];

/** What kind of folder it is to the laws. `protected` are those that automation never takes from (law 3). */
export type FolderKind = 'personal' | 'junk' | 'deleted' | 'protected' | 'recoverable' | 'purged';

const KINDS: Readonly<Record<WellKnownFolder, FolderKind>> = {
  inbox: 'personal',
  junkemail: 'junk',
  deleteditems: 'deleted',
  sentitems: 'protected',
  drafts: 'protected',
  archive: 'protected',
  recoverableitemsdeletions: 'recoverable',
  recoverableitemspurges: 'purged',
};

const LOCATION_OF: Readonly<Record<FolderKind, Location>> = {
  personal: 'Inbox/folder',
  protected: 'Inbox/folder',
  junk: 'Junk folder',
  deleted: 'Deleted items',
  recoverable: 'Soft deleted',
  purged: 'Hard deleted',
};

/** Where a message that is known here can be: at the other locations none ever is. */
export const REACHED: readonly Location[] = [...new Set(Object.values(LOCATION_OF))];

/** Where a message is seen by the user of its mailbox. */
export const IN_MAILBOX: readonly Location[] = ['Inbox/folder', 'Junk folder', 'Deleted items'];

/** The canonical name of a folder: well-known names in lower case, a user's own folder as it is written. */
export function canonicalFolder(name: string): string {
  const lower = name.trim().toLowerCase();
  return isWellKnown(lower) ? lower : name.trim();
}

/** The kind of a folder: a folder inside a well-known one is of its kind, any other that the user made is personal. */
export function folderKind(folder: string): FolderKind {
  const name = canonicalFolder(folder.split('/', 1)[0] ?? '');
  return isWellKnown(name) ? KINDS[name] : 'personal';
}

/** Where a message in this folder is, as the product's columns say it. */
export function locationOf(folder: string): Location {
  return LOCATION_OF[folderKind(folder)];
}

/** Where a message is now: what was deleted for good is nowhere else, whatever folder it came from. */
export function latestLocation(folder: string, purged: boolean): Location {
  return purged ? 'Hard deleted' : locationOf(folder);
}

/** The product's filter says some locations in other words than its columns. */
const OTHER_NAMES: Readonly<Record<string, Location>> = {
  'Deleted Items folder': 'Deleted items',
  'On-prem/external': 'On-premises/external',
};

/** A location as columns say it, from either name; any other text as it is. */
export function canonicalLocation(name: string): string {
  return OTHER_NAMES[name] ?? name;
}

/** A folder as a message carries it: with its location, by which the Explorer selects. */
export function placed(folder: string): { readonly folder: string; readonly location: Location } {
  return { folder, location: locationOf(folder) };
}

/** Whether automation may take a message out of this folder (law 3). */
export function automationMayTakeFrom(folder: string): boolean {
  const kind = folderKind(folder);
  return kind === 'personal' || kind === 'junk';
}

function isWellKnown(name: string): name is WellKnownFolder {
  return (WELL_KNOWN_FOLDERS as readonly string[]).includes(name);
}

/** Where a message is, as an outcome sees it (domain/ledger.ts). */
export function sightingKind(folder: string, purged: boolean): 'takeable' | 'elsewhere' | 'recoverable' | 'gone' {
  const kind = folderKind(folder);
  if (purged || kind === 'purged') return 'gone';
  if (kind === 'recoverable') return 'recoverable';
  return kind === 'personal' || kind === 'junk' ? 'takeable' : 'elsewhere';
}
