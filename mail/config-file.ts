import { readFileSync, statSync } from 'node:fs';

/** A file cannot be used; the message is the end of a sentence about the file, and never quotes its content. */
export class FileError extends Error {
  readonly code = 'file';
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'FileError';
  }
}

const MB = 1024 * 1024;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is not a folder',
  EACCES: 'there is no right to read it',
  ELOOP: 'its symbolic links lead in a circle',
};

/** The text of a UTF-8 file of at most `maxMb` megabytes, without a byte order mark. Throws {@link FileError}. */
export function readText(path: string, maxMb: number): string {
  const bytes = readBytes(path, maxMb * MB);
  if (bytes === null) throw new FileError(`is larger than ${maxMb} MB`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new FileError('is not UTF-8 text');
  }
}

function readBytes(path: string, max: number): Buffer | null {
  try {
    const { size } = regularFile(path);
    return size > max ? null : readFileSync(path);
  } catch (error) {
    if (error instanceof FileError) throw error;
    const { code = '' } = error as NodeJS.ErrnoException;
    throw new FileError(`cannot be read: ${REASONS[code] ?? code}`, { cause: error });
  }
}

/** A pipe would wait for whoever writes to it, and a device may never end. */
function regularFile(path: string): { readonly size: number } {
  const found = statSync(path);
  if (!found.isFile()) throw new FileError('cannot be read: it is not a file');
  return found;
}
