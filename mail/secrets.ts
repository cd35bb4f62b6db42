import { type SecretRef } from './config';
import { FileError, readText } from './config-file';

/** A secret cannot be used. The message names the reference, never what is behind it. */
export class SecretError extends Error {
  readonly code = 'secret';
  /** The end of a sentence about the reference. */
  readonly reason: string;
  constructor(ref: SecretRef, reason: string, options: { cause?: unknown } = {}) {
    super(`The secret ${nameOf(ref)} ${reason}`, options);
    this.name = 'SecretError';
    this.reason = reason;
  }
}

/** What a reference leads to: one secret for all mailboxes, or one for each, by address in lower case. */
export type Secrets = { readonly one: string } | { readonly byAddress: ReadonlyMap<string, SecretLine> };

/** The secret of one mailbox; `wrong` says why it cannot be used, as the end of a sentence about the file. */
export interface SecretLine {
  readonly secret: string;
  readonly wrong: string | null;
}

/** Access tokens of 10,000 mailboxes, of some 2 KB each. */
const MAX_FILE_MB = 32;
/** The white space after the colon keeps a password such as `p@ss:word` from being taken for a line. */
const LINE = /^\s*(?<address>[^\s@:]+@[^\s@:]+):(?:\s+(?<secret>.*))?$/;
const CONTROL = /\p{Cc}/u;

/**
 * The secret with which to sign in as `address` (lower case). Reads it afresh at each call, so that a file which was
 * rotated counts at the next sign-in. Throws {@link SecretError}.
 */
export function resolveSecret(
  ref: SecretRef,
  env: Readonly<Record<string, string | undefined>>,
  address: string,
): string {
  const secrets = readSecrets(ref, env);
  if ('one' in secrets) return secrets.one;
  const line = secrets.byAddress.get(address);
  if (line === undefined) throw new SecretError(ref, 'has no line for this mailbox');
  if (line.wrong !== null) throw new SecretError(ref, line.wrong);
  return line.secret;
}

/**
 * Reads what a reference leads to. A file whose every line that is not blank is `address: secret` has one secret a
 * mailbox; any other is one secret as a whole, without the line break at its end. Throws {@link SecretError}.
 */
export function readSecrets(ref: SecretRef, env: Readonly<Record<string, string | undefined>>): Secrets {
  const text = 'env' in ref ? valueOf(ref, env) : textOf(ref);
  if (text === undefined) throw new SecretError(ref, 'is not set');
  if (text.trim() === '') throw new SecretError(ref, 'is empty');
  const lines = 'env' in ref ? null : linesOf(text);
  if (lines !== null) return { byAddress: lines };
  const one = text.replace(/\r?\n$/, '');
  if (/[\r\n]/.test(one)) {
    throw new SecretError(ref, 'has several lines: it takes one secret, or `address: secret` in every line of a file');
  }
  if (CONTROL.test(one)) throw new SecretError(ref, 'has a control character in it');
  return { one };
}

/** A reference as the configuration writes it. */
export function nameOf(ref: SecretRef): string {
  return 'env' in ref ? `{ env: ${ref.env} }` : `{ file: ${ref.file} }`;
}

/** What an object has beside its own keys is no variable. */
function valueOf(
  { env: name }: Extract<SecretRef, { env: string }>,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  return Object.hasOwn(env, name) ? env[name] : undefined;
}

function textOf(ref: Extract<SecretRef, { file: string }>): string {
  try {
    return readText(ref.file, MAX_FILE_MB);
  } catch (error) {
    if (error instanceof FileError) throw new SecretError(ref, error.message, { cause: error });
    throw error;
  }
}

/** The secrets by address; `null` where any line is not `address: secret`. */
function linesOf(text: string): ReadonlyMap<string, SecretLine> | null {
  const byAddress = new Map<string, SecretLine>();
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const { address, secret = '' } = LINE.exec(line)?.groups ?? {};
    if (address === undefined) return null;
    const key = address.toLowerCase();
    byAddress.set(key, { secret, wrong: wrongWith(secret, at + 1, byAddress.has(key)) });
  }
  return byAddress;
}

function wrongWith(secret: string, line: number, again: boolean): string | null {
  if (again) return `has the mailbox of line ${line} in an earlier line too`;
  if (secret === '') return `has no secret in line ${line}`;
  return CONTROL.test(secret) ? `has a control character in line ${line}` : null;
}
