import { FILE_HOSTS } from './lists/file-hosts';
import { SCHEMA_HOSTS } from './lists/schema-hosts';
import { SHORTENERS } from './lists/shorteners';

/** A file of fewer bytes than this is no ground to remove a mail: an empty file, a line, a tracking pixel. */
export const MIN_FILE_BYTES = 32;

/** How one message carries the entity: every place of it in the message. */
export interface MessageMatch {
  readonly files: readonly { readonly size: number; readonly inline: boolean; readonly nested: boolean }[];
  readonly urls: readonly { readonly unwrapped: boolean; readonly nested: boolean }[];
}

/** Why a URL says little of the mails that carry it, by itself; `null` where it says enough. */
export function weakUrl(url: string, internalDomains: readonly string[]): string | null {
  if (!URL.canParse(url)) return 'The URL is none';
  const { hostname, pathname, search } = new URL(url);
  const listed = (names: readonly string[]): boolean =>
    names.some((name) => hostname === name || hostname.endsWith(`.${name}`));
  if (listed(SCHEMA_HOSTS)) return 'The host names schemas and namespaces that any mail may carry';
  if (listed(SHORTENERS)) return 'The URL belongs to a public URL shortener';
  if (listed(FILE_HOSTS)) return 'The URL lies on a public host of files or pages';
  if (listed(internalDomains)) return 'The URL lies on a domain of our own';
  if (pathname === '/' && search === '') return 'The URL names a host and nothing on it';
  return null;
}

/**
 * Why the entity itself, or where it was found, is no ground to remove without a person (`weakMatch`): a sentence with
 * its figures for each ground. One message that carries the entity in a weak place alone is enough: strong matches of
 * other messages say nothing of it, so nobody can slip an honest mail into a cluster of bad ones.
 */
export function weakMatchDetails(
  url: string | null,
  matches: readonly MessageMatch[],
  internalDomains: readonly string[],
): string[] {
  const byItself = url === null ? null : weakUrl(url, internalDomains);
  const details = byItself === null ? [] : [byItself];
  const add = (weak: (match: MessageMatch) => boolean, how: string): void => {
    const count = matches.filter(weak).length;
    if (count > 0) details.push(`${count} of ${matches.length} copies ${how}`);
  };
  add(
    ({ files }) => files.length > 0 && files.every(({ nested }) => nested),
    'carry the file only inside another message',
  );
  add(
    ({ files }) => files.some(({ nested }) => !nested) && files.every(({ inline, nested }) => inline || nested),
    'carry the file only inline',
  );
  add(
    ({ files }) => files.some(({ size }) => size < MIN_FILE_BYTES),
    `carry a file of fewer than ${MIN_FILE_BYTES} bytes`,
  );
  add(({ urls }) => urls.length > 0 && urls.every(({ nested }) => nested), 'name the URL only inside another message');
  add(
    ({ urls }) => urls.length > 0 && urls.every(({ unwrapped }) => unwrapped),
    'name the URL only wrapped in another',
  );
  add(({ files, urls }) => files.length === 0 && urls.length === 0, 'do not say where they carry it');
  return details;
}
