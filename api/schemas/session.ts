import { z } from 'zod';
import { ROLES } from '../auth';
import { maybeAt, name } from './common';

export const session = z.strictObject({
  name,
  roles: z.array(z.enum(ROLES)),
  /** `null` for a token that asks without a cookie: it needs none. */
  csrfToken: z.string().nullable(),
  expiresAt: maybeAt,
  /** Where `/workflows/ID` shows a workflow in the Temporal UI; `null` where the server knows of none. */
  temporalUi: z.string().nullable(),
});
