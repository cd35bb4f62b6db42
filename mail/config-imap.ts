import { BlockList, isIP, isIPv6 } from 'node:net';
import { resolve } from 'node:path';
import { type z } from 'zod';
import { type ImapConfig, type SecretRef } from './config';
import { type Listed, MAX_IDLE, problemsOfOthers, problemsOfTwice, type ReadAddresses } from './config-addresses';
import { listedIn, problemsOfCa, problemsOfSecret } from './config-references';
import { idleSchema, imapSchema, keyOf, problemsOf, secretSchema } from './config-schema';
import { type KeyPath, type Problem } from './config-yaml';

/** What a configuration is read in. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder that relative paths start from. */
  readonly folder: string;
}

/** What was read of an IMAP provider at `path`. */
export interface CheckedImap {
  /** `null` where its own keys are wrong. */
  readonly provider: ImapConfig | null;
  /** The mailboxes that it names, also where something else is wrong. */
  readonly listed: readonly Listed[];
  readonly problems: readonly Problem[];
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * Checks an IMAP provider, what it refers to included. What depends on one key is checked also where another is wrong,
 * so that an operator sees everything at once.
 */
export function checkImap(raw: unknown, path: KeyPath, surroundings: Surroundings): CheckedImap {
  const parsed = imapSchema.safeParse(raw);
  const absolute = (file: string): string => resolve(surroundings.folder, file);
  const mailboxes = part(imapSchema.shape.mailboxes, keyOf(raw, 'mailboxes'));
  const found = mailboxes === undefined ? NOTHING : listedIn(located(mailboxes, absolute), [...path, 'mailboxes']);
  const idle = idleOf(raw, path, absolute);
  const isKnown = mailboxes !== undefined && found.problems.length === 0;
  const problems = [
    ...(parsed.success ? [] : problemsOf(parsed.error, raw, path)),
    ...problemsOfTls(raw, path, absolute),
    ...found.problems,
    ...idle.problems,
    ...problemsOfTwice(idle.listed),
    ...(isKnown ? problemsOfOthers(idle.listed, found.listed) : []),
    ...problemsOfAuth(keyOf(raw, 'auth'), [...path, 'auth'], found.listed, surroundings),
  ];
  const provider = parsed.success ? configOf(parsed.data, { listed: found.listed, idle: idle.listed }, absolute) : null;
  return { provider, listed: found.listed, problems };
}

const NOTHING = { listed: [], problems: [] };

/** The mailboxes that are to be watched. */
function idleOf(raw: unknown, path: KeyPath, absolute: (file: string) => string): ReadAddresses {
  const given = part(idleSchema, keyOf(keyOf(raw, 'index'), 'idle'));
  return given === undefined ? NOTHING : listedIn(located(given, absolute), [...path, 'index', 'idle'], MAX_IDLE);
}

function problemsOfTls(raw: unknown, path: KeyPath, absolute: (file: string) => string): Problem[] {
  const { shape } = imapSchema;
  const host = part(shape.host, keyOf(raw, 'host'));
  const ca = part(shape.ca, keyOf(raw, 'ca'));
  const plain = keyOf(raw, 'tls') === 'none';
  const needsTls = (key: string, says: string): Problem => ({
    path: [...path, key],
    says: `${says}; it takes starttls or implicit`,
  });
  return [
    ...(plain && host !== undefined && !isLoopback(host)
      ? [needsTls('tls', 'none is refused for a host that is not loopback')]
      : []),
    ...(plain && ca !== undefined ? [needsTls('ca', 'has no use with tls: none')] : []),
    ...(ca === undefined ? [] : problemsOfCa(absolute(ca), [...path, 'ca'])),
  ];
}

function problemsOfAuth(
  raw: unknown,
  path: KeyPath,
  listed: readonly Listed[],
  { env, folder }: Surroundings,
): Problem[] {
  const method = keyOf(raw, 'method');
  const key = method === 'oauth2' ? 'token' : 'password';
  const ref = part(secretSchema, keyOf(raw, key));
  if (ref === undefined) return [];
  const own = method === 'master' ? null : listed;
  const there = located(ref, (file) => resolve(folder, file));
  return problemsOfSecret(there, env, own, [...path, key]);
}

function configOf(
  read: z.output<typeof imapSchema>,
  { listed, idle }: { readonly listed: readonly Listed[]; readonly idle: readonly Listed[] },
  absolute: (file: string) => string,
): ImapConfig {
  const { auth, ca } = read;
  const secret = (ref: SecretRef): SecretRef => located(ref, absolute);
  return {
    ...read,
    ca: ca === undefined ? null : absolute(ca),
    auth:
      auth.method === 'oauth2' ? { ...auth, token: secret(auth.token) } : { ...auth, password: secret(auth.password) },
    mailboxes: listed.map(({ address }) => address),
    index: { ...read.index, idle: idle.map(({ address }) => address) },
  };
}

/** A value of which only a right one is of use here: what is wrong with it is said elsewhere. */
function part<T extends z.ZodType>(schema: T, raw: unknown): z.output<T> | undefined {
  return schema.safeParse(raw).data;
}

function located<T extends object>(given: T, absolute: (file: string) => string): T {
  return 'file' in given && typeof given.file === 'string' ? { ...given, file: absolute(given.file) } : given;
}

/** By name only where the name itself says so: what others resolve to may change. */
function isLoopback(host: string): boolean {
  if (isIP(host) === 0) return host.toLowerCase() === 'localhost';
  return LOOPBACK.check(host, isIPv6(host) ? 'ipv6' : 'ipv4');
}
