import { z } from 'zod';

/** Fields that several routes share. */
export const id = z.string().regex(/^[0-9a-f]{24}$/, 'is not an id: 24 hex digits');
export const address = z
  .string()
  .max(320)
  .regex(/^[^\s@<>"]+@[^\s@<>"]+$/, 'is not a mail address')
  .transform((value) => value.toLowerCase());
export const time = z.iso.datetime({ offset: true }).transform((value) => new Date(value));
export const comment = z.string().max(1000).optional();
