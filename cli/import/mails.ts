import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { MAX_RAW_BYTES } from '../../mail/parse/limits';
import { type MailFile, reasonOf, type Unreadable } from './files';
import { splitMbox } from './mbox';

/** A mail as it was read from a file, with what the file says of it. */
export interface FoundMail {
  readonly name: string;
  readonly raw: Buffer;
  readonly folder: string;
  readonly flags: readonly string[];
  readonly modifiedAt: Date;
}

/** A mail that cannot be imported, and why. */
export interface BadMail {
  readonly name: string;
  readonly problem: string;
}

const TOO_LARGE = `the mail is larger than ${MAX_RAW_BYTES / 1024 / 1024} MB`;

/** The mails of the files, one at a time. */
export async function* readMails(files: readonly (MailFile | Unreadable)[]): AsyncGenerator<FoundMail | BadMail> {
  for (const file of files) {
    if ('problem' in file) yield { name: file.path, problem: file.problem };
    else yield* file.kind === 'mbox' ? mailsInMbox(file) : mailInFile(file);
  }
}

async function* mailInFile(file: MailFile): AsyncGenerator<FoundMail | BadMail> {
  const { path: name, size } = file;
  try {
    yield size > MAX_RAW_BYTES ? { name, problem: TOO_LARGE } : found(name, await readFile(name), file);
  } catch (error) {
    yield { name, problem: reasonOf(error) };
  }
}

async function* mailsInMbox(file: MailFile): AsyncGenerator<FoundMail | BadMail> {
  let number = 0;
  try {
    const stream = createReadStream(file.path) as AsyncIterable<Buffer>;
    for await (const { raw } of splitMbox(stream, MAX_RAW_BYTES)) {
      const name = `${file.path}#${++number}`;
      yield raw === null ? { name, problem: TOO_LARGE } : found(name, raw, file);
    }
  } catch (error) {
    yield { name: file.path, problem: reasonOf(error) };
  }
}

function found(name: string, raw: Buffer, { folder, flags, modifiedAt }: MailFile): FoundMail {
  return { name, raw, folder, flags, modifiedAt };
}
