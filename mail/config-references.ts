import { X509Certificate } from 'node:crypto';
import { type SecretRef } from './config';
import { type Listed, MAX_MAILBOXES, type ReadAddresses, readAddresses, someOf } from './config-addresses';
import { FileError, readText } from './config-file';
import { type KeyPath, type Problem } from './config-yaml';
import { nameOf, readSecrets, SecretError, type SecretLine, type Secrets } from './secrets';

/** Addresses of up to 320 characters each, one a line. */
const ADDRESSES_MB = Math.ceil((MAX_MAILBOXES * 400) / 1e6);
const CA_MB = 4;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs;

type Env = Readonly<Record<string, string | undefined>>;

/** The mailboxes of a list or of a file of at most `most` addresses; none of a file that is wrong. */
export function listedIn(
  given: readonly string[] | { readonly file: string },
  path: KeyPath,
  most = MAX_MAILBOXES,
): ReadAddresses {
  if (!('file' in given)) {
    return { listed: given.map((address, at) => ({ address, path: [...path, at], place: '' })), problems: [] };
  }
  const key = [...path, 'file'];
  try {
    return readAddresses(readText(given.file, ADDRESSES_MB), given.file, key, most);
  } catch (error) {
    return { listed: [], problems: [ofFile(error, given.file, key)] };
  }
}

/** Why a CA certificate cannot be used. */
export function problemsOfCa(file: string, path: KeyPath): Problem[] {
  try {
    const certificates = readText(file, CA_MB).match(CERTIFICATE) ?? [];
    if (certificates.length > 0 && certificates.every(isCertificate)) return [];
    return [{ path, says: `${file} holds no certificate that can be read; it takes PEM` }];
  } catch (error) {
    return [ofFile(error, file, path)];
  }
}

/**
 * Why a secret cannot be used, now. `own` are the mailboxes that sign in with a secret of their own where the file has
 * one for each; without them it takes one secret.
 */
export function problemsOfSecret(ref: SecretRef, env: Env, own: readonly Listed[] | null, path: KeyPath): Problem[] {
  const key = [...path, ...Object.keys(ref)];
  const say = (reason: string): Problem => ({ path: key, says: `${nameOf(ref)} ${reason}` });
  let secrets: Secrets;
  try {
    secrets = readSecrets(ref, env);
  } catch (error) {
    if (error instanceof SecretError) return [say(error.reason)];
    throw error;
  }
  if ('one' in secrets) return [];
  if (own === null) return [say('has a line for each mailbox; a master user has one secret')];
  return reasonsOf(secrets.byAddress, own).map(say);
}

/** Of mailboxes without a line it is said where they are named, up to a few; of a line that is wrong, its number. */
function reasonsOf(byAddress: ReadonlyMap<string, SecretLine>, own: readonly Listed[]): string[] {
  const missing = own.filter(({ address }) => !byAddress.has(address));
  const wrong = own.flatMap(({ address }) => byAddress.get(address)?.wrong ?? []);
  if (missing.length === 0) return wrong;
  const places = someOf(missing.map(({ path, place }) => (place === '' ? path.join('.') : place)));
  return [`has no line for the ${missing.length === 1 ? 'mailbox' : 'mailboxes'} at ${places}`, ...wrong];
}

function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
}

function ofFile(error: unknown, file: string, path: KeyPath): Problem {
  if (error instanceof FileError) return { path, says: `${file} ${error.message}` };
  throw error;
}
