import { z } from 'zod';
import { fileKey, urlKey } from '../domain/entity';
import { normaliseUrl } from '../mail/parse/url';

/** Fields that several routes share. */
export const id = z.string().regex(/^[0-9a-f]{24}$/, 'is not an id: 24 hex digits');
export const address = z
  .string()
  .max(320)
  .regex(/^[^\s@<>"]+@[^\s@<>"]+$/, 'is not a mail address')
  .transform((value) => value.toLowerCase());
export const time = z.iso.datetime({ offset: true }).transform((value) => new Date(value));
export const comment = z.string().max(1000).optional();

/** The key of an entity that is named by itself: a SHA-256, or a URL in any form; `null` where it is neither. */
export function entityKeyOf(named: string): string | null {
  if (/^[0-9a-fA-F]{64}$/.test(named)) return fileKey(named);
  const normal = normaliseUrl(named);
  return normal === null ? null : urlKey(normal.url);
}
