import { createHash } from 'node:crypto';

export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The namespace of our network message ids: a random UUID, fixed for ever. */
const NAMESPACE = Buffer.from('6f0c1c1e6c1d4a0f9d3f5b8a2f4e7c90', 'hex');

/**
 * What all copies of one mail share: UUIDv5 over Message-ID, Date, From and the digest of the decoded parts. Never a
 * header alone, since senders choose and repeat those; never a header that relays add, since those differ by copy.
 */
export function networkMessageId(parts: {
  readonly messageId: string;
  readonly date: string;
  readonly from: string;
  readonly contentDigest: string;
}): string {
  const name = JSON.stringify([parts.messageId, parts.date, parts.from, parts.contentDigest]);
  const bytes = createHash('sha1').update(NAMESPACE).update(name).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
