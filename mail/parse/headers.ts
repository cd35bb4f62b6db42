import { isIP } from 'node:net';
import { type Address, type Email } from 'postal-mime';
import { HIDDEN_CHARACTERS } from '../../domain/hidden-characters';
import { type BrokenLimits, LIMITS } from './limits';

export interface Sender {
  readonly address: string;
  readonly name: string;
  readonly domain: string;
}

/** Who the From header says it is from: a claim. */
export function senderOf(email: Email, limits: BrokenLimits): Sender {
  const [first] = email.from === undefined ? [] : flatten([email.from]);
  const address = limits.cut('addressLength', (first?.address ?? '').trim().toLowerCase());
  return {
    address,
    name: limits.cut('subjectLength', first?.name ?? ''),
    domain: domainOf(address),
  };
}

const LABEL = String.raw`[\p{L}\p{N}_](?:[\p{L}\p{N}\p{M}_-]{0,61}[\p{L}\p{N}\p{M}_])?`;
const DOMAIN = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*\\.?$`, 'u');

/** The domain of an address as it was written, in Unicode or in punycode; empty where it only looks like one. */
function domainOf(address: string): string {
  const domain = address.includes('@') ? address.slice(address.lastIndexOf('@') + 1) : '';
  return DOMAIN.test(domain) && domain.search(HIDDEN_CHARACTERS) === -1 ? domain : '';
}

/** Everyone in To, Cc and Bcc, once each, in lower case. */
export function recipientsOf({ to, cc, bcc }: Email, limits: BrokenLimits): readonly string[] {
  const all = flatten([...(to ?? []), ...(cc ?? []), ...(bcc ?? [])]);
  const addresses = all.map(({ address }) => limits.cut('addressLength', address.trim().toLowerCase()));
  return limits.take('recipients', [...new Set(addresses.filter((address) => address !== ''))]);
}

const MESSAGE_ID = /<[^<>\s]{1,998}>/g;

/** The mails that this one says it answers: References, then In-Reply-To, once each; the first and the latest where there are more than the limit. */
export function answersOf({ references, inReplyTo }: Email, limits: BrokenLimits): readonly string[] {
  const named = [references, inReplyTo].flatMap((header) => (header ?? '').match(MESSAGE_ID) ?? []);
  const ids = [...new Set(named)].map((id) => limits.cut('addressLength', id));
  if (ids.length <= LIMITS.references) return ids;
  limits.mark('references');
  return [...ids.slice(0, 1), ...ids.slice(1 - LIMITS.references)];
}

/** The IP that the topmost Received header names: what the last relay claims of the one before. */
export function senderIpOf(email: Email): string {
  for (const match of topmost(email, 'received').matchAll(/\[(?:IPv6:)?([0-9a-fA-F.:]{2,45})\]/gi)) {
    if (isIP(match[1] ?? '') !== 0) return match[1] ?? '';
  }
  return '';
}

/** The Date header as ISO 8601; `null` where it is none that a calendar knows. */
export function sentAtOf({ date }: Email): string | null {
  return isoDate(date ?? '');
}

/** The topmost header of a name (in lower case): the one that was written last. Empty where there is none. */
export function topmost({ headers }: Email, name: string): string {
  return headers.find(({ key }) => key === name)?.value ?? '';
}

/** A date in a header as ISO 8601; `null` where it is none that a calendar knows. */
export function isoDate(text: string): string | null {
  const time = Date.parse(text);
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}

function flatten(addresses: readonly Address[]): { readonly name: string; readonly address: string }[] {
  return addresses.flatMap((entry) => (entry.group === undefined ? [entry] : entry.group));
}
