import { isIP } from 'node:net';
import { z } from 'zod';
import { ADDRESS, MAX_IDLE, MAX_MAILBOXES } from './config-addresses';
import { type KeyPath, type Problem } from './config-yaml';

/**
 * The shapes of the file. A message says what a key takes, to be read after "is not"; that of a `custom` issue is a
 * whole one.
 */

const text = (takes: string, pattern: RegExp) => z.string(takes).regex(pattern, takes);
/** Not `z.int`, which says of 0.5 that it is no number at all. */
const whole = (min: number, max: number) => {
  const takes = `a whole number from ${min} to ${max}`;
  return z.number(takes).multipleOf(1, takes).min(min, takes).max(max, takes);
};
const yesNo = z.boolean('true or false');

/** A block of these keys and no others. */
function block<S extends z.ZodRawShape>(shape: S, takes?: string) {
  const keys = Object.keys(shape).join(', ');
  const unknown = `is no key here; the keys are ${keys}`;
  return z.strictObject(shape, {
    error: ({ code }) => (code === 'unrecognized_keys' ? unknown : (takes ?? `a block of ${keys}`)),
  });
}

const name = text('a name of 1 to 40 letters, digits, - and _', /^[A-Za-z0-9_-]{1,40}$/);
const path = text('a path', /^\P{Cc}{1,4096}$/u);

const SECRET_TAKES = '{ env: NAME } or { file: PATH }';
const SECRET_FORMS = z.union([
  z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,199}$/) }),
  z.strictObject({ file: path }),
]);

/** A secret by reference. What is wrong never quotes what is there: it may be the secret itself, even as a key. */
export const secretSchema = z.unknown().transform((raw, context) => {
  const parsed = SECRET_FORMS.safeParse(raw);
  if (parsed.success) return parsed.data;
  const inline = typeof raw === 'object' ? 'is no reference' : 'is a secret in the file itself, which is refused';
  context.addIssue({ code: 'custom', message: `${inline}; it takes ${SECRET_TAKES}`, params: { takes: SECRET_TAKES } });
  return z.NEVER;
});

const METHODS = 'master, password or oauth2';
const auth = z.discriminatedUnion(
  'method',
  [
    block({
      method: z.literal('master'),
      user: text('the name of a master user, without * and control characters', /^[^*\p{Cc}]{1,200}$/u),
      password: secretSchema,
    }),
    block({ method: z.literal('password'), password: secretSchema }),
    block({ method: z.literal('oauth2'), token: secretSchema }),
  ],
  { error: ({ input }) => (typeof input === 'object' && input !== null ? METHODS : `a block with method: ${METHODS}`) },
);

const address = text('a mail address', ADDRESS).transform((value) => value.toLowerCase());

/** One of two shapes, chosen by what is there, so that what is wrong is said of that one alone. */
function addresses(least: number, most: number) {
  const takes = `a list of ${least} to ${most} mail addresses, or { file: PATH }`;
  const list = z.array(address, takes).min(least, takes).max(most, takes);
  const file = block({ file: path }, takes);
  return z.unknown().transform((raw, context) => {
    const parsed = Array.isArray(raw) ? list.safeParse(raw) : file.safeParse(raw);
    if (parsed.success) return parsed.data;
    for (const { path: at, says } of problemsOf(parsed.error, raw, [])) {
      context.addIssue({ code: 'custom', path: [...at], message: says });
    }
    return z.NEVER;
  });
}

const mailboxes = addresses(1, MAX_MAILBOXES);
export const idleSchema = addresses(0, MAX_IDLE).default([]);

const FOLDERS = 'a list of 1 to 5 folder names, from the outermost in';
const folder = z
  .array(text('a folder name of 1 to 200 characters, none of them a control character', /^\P{Cc}{1,200}$/u), FOLDERS)
  .min(1, FOLDERS)
  .max(5, FOLDERS)
  .refine((segments) => segments.length > 1 || segments[0]?.toUpperCase() !== 'INBOX', {
    message: 'is the inbox itself; it takes a folder of its own',
  });

const HOST = 'a host name or an IP address, without port and brackets';

function isHost(host: string): boolean {
  const labels = host.replace(/\.$/, '').split('.');
  return isIP(host) !== 0 || (host.length <= 253 && labels.every((label) => /^(?!-)[\w-]{1,63}(?<!-)$/.test(label)));
}

export const rootSchema = block({
  providers: z.array(z.unknown(), 'a list of providers').min(1, 'a list of at least one provider'),
});

export const embeddedSchema = block({ name, type: z.literal('embedded') });

export const imapSchema = block({
  name: name.refine((value) => value !== 'embedded', 'is kept for the embedded mailboxes; it takes another name'),
  type: z.literal('imap'),
  host: z.string(HOST).refine(isHost, { message: `is not ${HOST}` }),
  port: whole(1, 65_535),
  tls: z.enum(['none', 'starttls', 'implicit'], 'none, starttls or implicit'),
  ca: path.optional(),
  auth,
  mailboxes,
  recoverable: block({
    folder,
    fromRoot: yesNo.optional(),
    retentionDays: whole(1, 365),
    expunge: yesNo.default(false),
  }),
  junk: block({ movesConfirmed: yesNo.default(false) }).prefault({}),
  index: block({
    days: whole(1, 365).default(30),
    intervalSeconds: whole(10, 3600).default(60),
    idle: idleSchema,
  }).prefault({}),
  limits: block({ connections: whole(1, 64).default(8) }).prefault({}),
});

/** What zod found, as problems of the keys under `at`; `raw` is what was read. */
export function problemsOf(error: z.ZodError, raw: unknown, at: KeyPath): Problem[] {
  return error.issues.flatMap((issue) => {
    const found = valueAt(raw, issue.path);
    const of = (more: KeyPath, says: string): Problem => ({ path: [...at, ...issue.path, ...more], says });
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => of([key], issue.message));
    const takes = issue.code === 'custom' ? (issue.params?.['takes'] as string | undefined) : issue.message;
    if (found === undefined && takes !== undefined) return of([], `is missing; it takes ${takes}`);
    if (found === null && takes !== undefined) return of([], `is empty; it takes ${takes}`);
    return of([], issue.code === 'custom' ? issue.message : `is not ${issue.message}`);
  });
}

function valueAt(value: unknown, path: KeyPath): unknown {
  return path.reduce(keyOf, value);
}

/** What a block or a list has under a key of its own; `undefined` where it is none or has none. */
export function keyOf(value: unknown, key: PropertyKey): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<PropertyKey, unknown>>)[key];
}
