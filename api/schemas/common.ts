import { z } from 'zod';

/** Shapes of answers, for the documentation and its test: nothing is filtered by them at run time. */

/** As JSON has it: ISO 8601, UTC. */
export const at = z.iso.datetime();
export const maybeAt = at.nullable();
export const count = z.int().min(0);
export const name = z.string();

/** How many of each kind, by its name. */
export const counts = z.record(z.string(), count);

/** Who said so, why, and when. */
export const word = z.strictObject({ by: name, comment: z.string().nullable(), at });

/** A page of a list (api.md, "Lists"). */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.strictObject({
    items: z.array(item),
    nextCursor: z.string().nullable(),
    total: count,
    totalIsAtLeast: z.literal(true).optional(),
  });
}

export function itemsOf<T extends z.ZodType>(item: T) {
  return z.strictObject({ items: z.array(item) });
}
