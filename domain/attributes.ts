import { SHARED_SENDERS } from './lists/shared-senders';
import { type MessageFacts } from './message-facts';

/**
 * The pairs of attributes that mail can be similar by, in the product's words (product.md §1): `BodyFingerprintBin1` is the
 * body fingerprint, `P2SenderDomain` the domain of the From header, `SenderIp` the address that handed the mail in.
 */
export const ATTRIBUTE_PAIRS = [
  'BodyFingerprintBin1/SenderIp',
  'BodyFingerprintBin1/P2SenderDomain',
  'Subject/P2SenderDomain',
  'Subject/SenderIp',
] as const;
export type AttributePair = (typeof ATTRIBUTE_PAIRS)[number];

/** What a message has of a pair. */
export interface PairValues {
  readonly pair: AttributePair;
  readonly values: readonly [string, string];
}

/** A subject with fewer words, or fewer letters, is one that anybody may write. */
export const MIN_SUBJECT_WORDS = 3;
export const MIN_SUBJECT_LETTERS = 15;

/** The subject of an answer or a forward, also behind the name of a list: it says what another mail was about. */
const ANSWER =
  /^\s*(?:\[[^\]]*\]\s*)*(?:re|r|res|rif|ref|aw|antw|antwort|sv|vs|odp|ynt|fw|fwd|i|enc|wg|tr|rv|vl|vb|pd|ilt|doorst|回复|答复|回覆|转发|轉寄|返信|転送)\s*(?:\[\d+\]|\(\d+\))?\s*[:：]/iu;

/** The facts that pairs are made of. */
export type PairFacts = Pick<MessageFacts, 'subject' | 'answers' | 'senderDomain' | 'senderIp' | 'bodyFingerprint'>;

/**
 * The pairs of a message that say enough of it to be similar by. Weak ones make no cluster: a short subject or that of an
 * answer, a text too short for a fingerprint, no sender domain or one that anybody may write from, an address that is no
 * public one.
 */
export function pairsOf(facts: PairFacts): PairValues[] {
  const subject = (facts.answers ?? []).length > 0 ? null : tellingSubject(facts.subject);
  const ip = isPublicAddress(facts.senderIp) ? facts.senderIp.toLowerCase() : null;
  const domain = tellingDomain(facts.senderDomain);
  const candidates: readonly (readonly [AttributePair, string | null, string | null])[] = [
    ['BodyFingerprintBin1/SenderIp', facts.bodyFingerprint, ip],
    ['BodyFingerprintBin1/P2SenderDomain', facts.bodyFingerprint, domain],
    ['Subject/P2SenderDomain', subject, domain],
    ['Subject/SenderIp', subject, ip],
  ];
  return candidates.flatMap(([pair, one, other]) =>
    one === null || other === null ? [] : [{ pair, values: [one, other] as const }],
  );
}

/** A subject as pairs compare it: folded, without what is invisible, every number the same; `null` where it says too little. */
export function tellingSubject(subject: string): string | null {
  if (ANSWER.test(subject)) return null;
  const folded = subject
    .normalize('NFKC')
    .replace(/\p{Cf}+/gu, '')
    .toLowerCase()
    .replace(/\d+/gu, '#')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  const words = folded.match(/\p{L}{2,}/gu) ?? [];
  const letters = words.join('').length;
  return words.length >= MIN_SUBJECT_WORDS && letters >= MIN_SUBJECT_LETTERS ? folded : null;
}

/** A sender domain as pairs compare it; `null` where mail of anybody comes from it, or where there is none. */
function tellingDomain(senderDomain: string): string | null {
  const domain = senderDomain.toLowerCase();
  return domain === '' || SHARED_SENDERS.some((name) => domain === name || domain.endsWith(`.${name}`)) ? null : domain;
}

/** Addresses of networks of one's own, of one machine, of many receivers, and of no network (RFC 6890, RFC 4291). */
const NOT_PUBLIC_4 =
  /^(?:0|10|127|2[2-5]\d)\.|^169\.254\.|^192\.168\.|^192\.0\.0\.|^172\.(?:1[6-9]|2\d|3[01])\.|^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|^198\.1[89]\./;
const NOT_PUBLIC_6 = /^(?:[0:]*:[01]?$|f[cdf]|fe[89a-f])/i;
const MAPPED = /^(?:0*:)*(?:ffff:)?(?=\d+\.\d+\.\d+\.\d+$)/i;

/** Whether an address says who handed a mail in: one of a network of one's own says nothing. */
function isPublicAddress(address: string): boolean {
  const bare = address.replace(MAPPED, '');
  return bare !== '' && !(bare.includes(':') ? NOT_PUBLIC_6 : NOT_PUBLIC_4).test(bare);
}

/** How keys of pairs begin, among the keys of files and URLs. */
export const PAIR_KEY = 'pair:';

/** The key of a pair: which, and a digest of its values (they are long, and a digest that must not collide). */
export function pairKey(pair: AttributePair, digest: string): string {
  return `${PAIR_KEY}${ATTRIBUTE_PAIRS.indexOf(pair)}:${digest}`;
}

/** Whether it is the key of this pair. */
export function isKeyOf(key: string, pair: AttributePair): boolean {
  return key.startsWith(pairKey(pair, ''));
}

export function isPairKey(key: string): boolean {
  return key.startsWith(PAIR_KEY);
}

/**
 * When similarity alone is malicious: so many members carry a file or URL that is known to be malicious, and they are so
 * great a share of all members (percent). Mail that is only similar is taken with them, so both are high.
 */
export const SIMILAR_THRESHOLD = { known: 5, percent: 80 } as const;

/** How a cluster of similar messages was judged. */
export interface SimilarFigures {
  readonly pair: AttributePair;
  /** Messages with these values, wherever they are. */
  readonly members: number;
  /** Of those, how many carry a file or URL that is known to be malicious. */
  readonly known: number;
  readonly neededKnown: number;
  readonly neededPercent: number;
}

export function similarFigures(pair: AttributePair, members: number, known: number): SimilarFigures {
  return { pair, members, known, neededKnown: SIMILAR_THRESHOLD.known, neededPercent: SIMILAR_THRESHOLD.percent };
}

/** Whether enough of the members are known to be malicious. */
export function isSimilarMalicious({ members, known, neededKnown, neededPercent }: SimilarFigures): boolean {
  return known >= neededKnown && known * 100 >= neededPercent * members;
}

/** The same in words, for a person who is to decide. */
export function similarText({ pair, members, known, neededKnown, neededPercent }: SimilarFigures): string {
  return `Similar by ${pair}: ${known} of ${members} such messages carry a file or URL known to be malicious, ${neededKnown} and ${neededPercent} % are needed`;
}
