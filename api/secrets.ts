import { createHash, timingSafeEqual } from 'node:crypto';

/** The hash under which a secret is stored: secrets have 256 bits of chance, so a plain digest is enough. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Whether two secrets are equal, in a time that says nothing of where they differ. */
export function sameSecret(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(hashSecret(one)), Buffer.from(hashSecret(other)));
}
