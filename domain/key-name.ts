import { ATTRIBUTE_PAIRS, isPairKey, PAIR_KEY } from './attributes';

/** What a cluster key stands for, for people: the digest of a file, a URL, or the pair of attributes. */
export function nameOfKey(key: string): string {
  if (isPairKey(key)) return ATTRIBUTE_PAIRS[Number.parseInt(key.slice(PAIR_KEY.length), 10)] ?? key;
  return key.replace(/^(?:file|url):/, '');
}
