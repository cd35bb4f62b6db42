import { type Dirent } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { flagsOf, folderOf } from './maildir';
import { startsLikeMbox } from './mbox';

/** A file with one mail, or with many. */
export interface MailFile {
  readonly path: string;
  readonly kind: 'mail' | 'mbox';
  readonly size: number;
  readonly modifiedAt: Date;
  readonly folder: string;
  readonly flags: readonly string[];
}

/** Something that could not be read; the rest is imported all the same. */
export interface Unreadable {
  readonly path: string;
  readonly problem: string;
}

/**
 * The mail files at a path, in a fixed order: the file itself; of a folder every `.eml` and `.mbox` at any depth, and
 * every Maildir with its folders. A folder that links lead to twice is read once. Throws where the path leads nowhere.
 */
export async function findMailFiles(path: string): Promise<(MailFile | Unreadable)[]> {
  const found: (MailFile | Unreadable)[] = [];
  const stats = await stat(path).catch((error: unknown) => {
    throw new Error(`${path} cannot be read: ${reasonOf(error)}`, { cause: error });
  });
  if (stats.isDirectory()) await addFolder(path, { found, seen: new Set() });
  else if (stats.isFile()) await addFile(path, found);
  else throw new Error(`${path} is neither a file nor a folder`);
  return found;
}

/** Why a file cannot be read, for a person. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file or folder';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  return message;
}

interface Walk {
  readonly found: (MailFile | Unreadable)[];
  /** The real paths of the folders that were entered: links may lead in circles. */
  readonly seen: Set<string>;
}

async function addFolder(path: string, walk: Walk): Promise<void> {
  const entries = await enter(path, walk);
  if (await holdsFolder(path, entries, 'cur')) return addMaildir(path, entries, walk);
  for (const entry of entries) {
    const inside = join(path, entry.name);
    const kind = await kindOf(inside, entry);
    if (kind === 'folder') await addFolder(inside, walk);
    else if (kind !== 'other' && /\.(eml|mbox)$/i.test(entry.name)) await addFile(inside, walk.found);
  }
}

async function addMaildir(path: string, entries: readonly Dirent[], walk: Walk): Promise<void> {
  await addMaildirFolder(path, 'inbox', walk);
  for (const { name } of entries.filter((entry) => /^\.[^.]/.test(entry.name))) {
    const sub = join(path, name);
    const inside = await readdir(sub, { withFileTypes: true }).catch(() => []);
    if (await holdsFolder(sub, inside, 'cur')) await addMaildirFolder(sub, folderOf(name), walk);
  }
}

async function addMaildirFolder(path: string, folder: string, walk: Walk): Promise<void> {
  for (const part of ['cur', 'new']) {
    const directory = join(path, part);
    if (part === 'new' && (await stat(directory).catch(() => null)) === null) continue;
    for (const entry of await enter(directory, walk)) {
      const file = join(directory, entry.name);
      if (entry.name.startsWith('.') || (await kindOf(file, entry)) === 'folder') continue;
      await addFile(file, walk.found, { kind: 'mail', folder, flags: part === 'cur' ? flagsOf(entry.name) : [] });
    }
  }
}

/** What is in a folder, by name; nothing where it was entered before or cannot be read. */
async function enter(path: string, { found, seen }: Walk): Promise<Dirent[]> {
  try {
    const real = await realpath(path);
    if (seen.has(real)) return [];
    seen.add(real);
    const entries = await readdir(path, { withFileTypes: true });
    return entries.sort((one, other) => (one.name < other.name ? -1 : 1));
  } catch (error) {
    found.push({ path, problem: reasonOf(error) });
    return [];
  }
}

async function holdsFolder(path: string, entries: readonly Dirent[], name: string): Promise<boolean> {
  const entry = entries.find((one) => one.name === name);
  return entry !== undefined && (await kindOf(join(path, name), entry)) === 'folder';
}

/** What an entry is, or what it links to; `broken` where the link leads nowhere. */
async function kindOf(path: string, entry: Dirent): Promise<'folder' | 'file' | 'broken' | 'other'> {
  if (entry.isDirectory()) return 'folder';
  if (entry.isFile()) return 'file';
  if (!entry.isSymbolicLink()) return 'other';
  const target = await stat(path).catch(() => null);
  if (target === null) return 'broken';
  return target.isDirectory() ? 'folder' : target.isFile() ? 'file' : 'other';
}

async function addFile(
  path: string,
  found: (MailFile | Unreadable)[],
  known: Partial<Pick<MailFile, 'kind' | 'folder' | 'flags'>> = {},
): Promise<void> {
  try {
    const { size, mtime, isFile } = await statOf(path);
    if (!isFile) return;
    const kind = known.kind ?? (!/\.eml$/i.test(path) && (await isMbox(path)) ? 'mbox' : 'mail');
    found.push({ path, size, modifiedAt: mtime, folder: 'inbox', flags: [], ...known, kind });
  } catch (error) {
    found.push({ path, problem: reasonOf(error) });
  }
}

async function statOf(path: string): Promise<{ size: number; mtime: Date; isFile: boolean }> {
  const stats = await stat(path);
  return { size: stats.size, mtime: stats.mtime, isFile: stats.isFile() };
}

async function isMbox(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(5), 0, 5, 0);
    return startsLikeMbox(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}
