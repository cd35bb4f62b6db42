import { parse as parseHost } from 'tldts';
import { LIMITS } from './limits';

export interface NormalisedUrl {
  readonly url: string;
  readonly host: string;
  readonly domain: string;
}

const SCHEMES = new Set(['http:', 'https:', 'ftp:']);

/**
 * The one form under which a URL is known: the WHATWG serialisation without fragment, the host without trailing dots.
 * `null` for what is no web address, or longer than the limit. Pure: nothing is resolved or fetched.
 */
export function normaliseUrl(text: string): NormalisedUrl | null {
  if (text.length > LIMITS.urlLength || !URL.canParse(text)) return null;
  const url = new URL(text);
  if (!SCHEMES.has(url.protocol) || url.hostname === '') return null;
  url.hash = '';
  const bare = url.hostname.replace(/\.+$/, '');
  if (bare === '') return null;
  if (bare !== url.hostname) url.hostname = bare;
  if (url.href.length > LIMITS.urlLength) return null;
  const { domain } = parseHost(url.hostname, { allowPrivateDomains: true });
  return { url: url.href, host: url.hostname, domain: domain ?? url.hostname };
}
