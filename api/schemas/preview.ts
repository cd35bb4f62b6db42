import { z } from 'zod';
import { VERDICTS } from '../../domain/verdict';
import { id } from '../fields';
import { count } from './common';
import { attachment } from './mail';

export const preview = z.strictObject({
  id,
  headers: z.array(z.strictObject({ name: z.string(), value: z.string() })),
  text: z.string(),
  hasHtml: z.boolean(),
  /** What is not shown, for people. */
  note: z.string().nullable(),
  attachments: z.array(attachment.extend({ size: count, verdict: z.enum(VERDICTS).nullable() })),
});
