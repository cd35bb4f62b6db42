/** A text with fewer words than this says too little of a mail to be compared by. */
export const FINGERPRINT_MIN_WORDS = 8;
const SHINGLE = 3;
/** Words that are read: a longer text is known by its beginning. */
const MAX_WORDS = 5000;

/** What stands for itself only: who it is for, a number, where it leads. Campaigns change it from mail to mail. */
const CHANGING = /\bhttps?:\/\/\S+|\bwww\.\S+|\S+@\S+|\S*\d\S*/giu;
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Mn}]+/gu;
const WORD = /\p{L}+/gu;

/**
 * The words of a text as a fingerprint sees them: lower case, compatibility forms folded, what is invisible removed, and
 * addresses, links and everything with a digit in it left out.
 */
export function fingerprintWords(text: string): string[] {
  const folded = text.normalize('NFKC').replace(CHANGING, ' ').replace(INVISIBLE, '').toLowerCase();
  return (folded.match(WORD) ?? []).slice(0, MAX_WORDS);
}

/**
 * The body fingerprint of a mail: a simhash of 64 bits over runs of three words, as 16 hex digits; `null` where the text
 * says too little. Texts that differ in numbers, links, addresses or the names of those whom they are written to share it,
 * and any two that are near differ in few bits (see {@link fingerprintDistance}). Equal fingerprints are what "similar"
 * means to clusters and the Explorer. `recipients` are mail addresses.
 */
export function fingerprint(text: string, recipients: readonly string[] = []): string | null {
  const names = new Set(recipients.flatMap(namesIn));
  const words = fingerprintWords(text).filter((word) => !names.has(word));
  if (words.length < FINGERPRINT_MIN_WORDS) return null;
  const weights = new Int32Array(64);
  // Each run counts once: what a mail repeats says nothing more of it.
  const runs = new Set<string>();
  for (let at = 0; at + SHINGLE <= words.length; at++) runs.add(words.slice(at, at + SHINGLE).join(' '));
  for (const run of runs) {
    const { high, low } = hash64(run);
    for (let bit = 0; bit < 32; bit++) {
      weights[bit] = (weights[bit] ?? 0) + ((low >>> bit) & 1 ? 1 : -1);
      weights[bit + 32] = (weights[bit + 32] ?? 0) + ((high >>> bit) & 1 ? 1 : -1);
    }
  }
  const half = (from: number): number => {
    let value = 0;
    for (let bit = 0; bit < 32; bit++) if ((weights[from + bit] ?? 0) > 0) value |= 1 << bit;
    return value >>> 0;
  };
  return hex(half(32)) + hex(half(0));
}

/** What a mail would call somebody with this address: the words before the `@`. */
function namesIn(address: string): string[] {
  return fingerprintWords((address.split('@')[0] ?? '').replace(/[^\p{L}]+/gu, ' ')).filter(({ length }) => length > 1);
}

/** In how many of 64 bits two fingerprints differ. */
export function fingerprintDistance(one: string, other: string): number {
  let bits = 0;
  for (const from of [0, 8]) {
    let rest = (parseInt(one.slice(from, from + 8), 16) ^ parseInt(other.slice(from, from + 8), 16)) >>> 0;
    for (; rest !== 0; rest &= rest - 1) bits++;
  }
  return bits;
}

/** 64 bits of a text, well mixed (two runs of FNV-1a with murmur's finish); no secret, and nothing that must not collide. */
export function hash64(text: string): { readonly high: number; readonly low: number } {
  let one = 0x811c9dc5;
  let other = 0x9747b28c;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    one = Math.imul(one ^ code, 0x01000193);
    other = Math.imul(other ^ (code + at), 0x01000193);
  }
  return { high: mixed(one), low: mixed(other ^ one) };
}

/** The same as 16 hex digits. */
export function shortHash(text: string): string {
  const { high, low } = hash64(text);
  return hex(high) + hex(low);
}

function mixed(value: number): number {
  let rest = value ^ (value >>> 16);
  rest = Math.imul(rest, 0x85ebca6b);
  rest ^= rest >>> 13;
  rest = Math.imul(rest, 0xc2b2ae35);
  return (rest ^ (rest >>> 16)) >>> 0;
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}
