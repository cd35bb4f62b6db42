import { dirname, resolve } from 'node:path';
import { checkProviders } from './config-check';
import { FileError, readText } from './config-file';
import { rememberPlaces } from './config-places';
import { type KeyPath, type ParsedYaml, parseYaml, type Problem } from './config-yaml';

/** Where a secret is: in an environment variable, or in a file (the path is absolute once it was read). */
export type SecretRef = { readonly env: string } | { readonly file: string };

/** Mailboxes at an IMAP server. */
export interface ImapConfig {
  /** Unique among the providers: letters, digits, `-` and `_`. */
  readonly name: string;
  readonly type: 'imap';
  readonly host: string;
  readonly port: number;
  /** `none` only where the host is loopback. */
  readonly tls: 'none' | 'starttls' | 'implicit';
  /** The absolute path of the CA certificates (PEM) to trust instead of the system's; `null` for the system's. */
  readonly ca: string | null;
  readonly auth:
    | { readonly method: 'master'; readonly user: string; readonly password: SecretRef }
    | { readonly method: 'password'; readonly password: SecretRef }
    | { readonly method: 'oauth2'; readonly token: SecretRef };
  /** Addresses in lower case, 1 to 10,000, each in one provider only. */
  readonly mailboxes: readonly string[];
  readonly recoverable: {
    /** Path segments, from the outermost in; the server's separator joins them. */
    readonly folder: readonly string[];
    /** True where they begin at the root of the server, and not in the namespace of the inbox. */
    readonly fromRoot?: boolean | undefined;
    readonly retentionDays: number;
    /** Whether the sweep may expunge what retention has outlived. */
    readonly expunge: boolean;
  };
  /** Whether the operator has confirmed that a move out of Junk into the recoverable folder teaches no spam filter. */
  readonly junk: { readonly movesConfirmed: boolean };
  readonly index: {
    /** How far back mail is indexed. */
    readonly days: number;
    /** How often mailboxes are asked for what is new. */
    readonly intervalSeconds: number;
    /** Those of the mailboxes that are watched beside that, at most 20: each holds a connection of its own. */
    readonly idle: readonly string[];
  };
  readonly limits: { readonly connections: number };
}

/** The mailboxes in MongoDB. */
export interface EmbeddedConfig {
  readonly name: string;
  readonly type: 'embedded';
}

export type ProviderConfig = ImapConfig | EmbeddedConfig;

/** The configuration is wrong; the message has a line for each problem: `FILE:LINE: key.path: what is wrong`. */
export class MailConfigError extends Error {
  readonly code = 'mailConfig';
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'MailConfigError';
  }
}

const MAX_FILE_MB = 1;
/** More would hide the first ones. */
const MAX_SAID = 100;

/**
 * Reads the mail providers' configuration and all that it refers to: files of addresses, CA certificates and secrets,
 * which must be there and usable. Paths in the file are relative to its folder. Throws {@link MailConfigError} with
 * every problem; no message holds a secret or an address.
 */
export function readMailConfig(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): readonly ProviderConfig[] {
  const parsed = parseYaml(textOf(file));
  if (parsed.value === undefined) throw new MailConfigError(said(file, parsed.problems, parsed));
  const checked = checkProviders(parsed.value, { env, folder: dirname(resolve(file)) });
  const problems = [...parsed.problems, ...checked.problems];
  if (problems.length > 0) throw new MailConfigError(said(file, problems, parsed));
  for (const { provider, listed } of checked.providers) {
    if (provider.type !== 'imap') continue;
    rememberPlaces(provider, (at) => {
      const { path = [], place = '' } = listed[at] ?? {};
      return `${file}:${parsed.lineOf(path)}: ${dotted(path)}${place === '' ? '' : `: ${place}`}`;
    });
  }
  return checked.providers.map(({ provider }) => provider);
}

function textOf(file: string): string {
  try {
    return readText(file, MAX_FILE_MB);
  } catch (error) {
    if (error instanceof FileError) throw new MailConfigError(`${file}: ${error.message}`, { cause: error });
    throw error;
  }
}

function said(file: string, problems: readonly Problem[], { lineOf }: Pick<ParsedYaml, 'lineOf'>): string {
  const found = problems.map(({ path, says, line = lineOf(path) }) => {
    const key = dotted(path);
    return { line, text: `${file}:${line}: ${key === '' ? '' : `${key}: `}${says}` };
  });
  const lines = [...new Set(found.sort((a, b) => a.line - b.line).map(({ text }) => text))];
  const more = lines.length - MAX_SAID;
  return [...lines.slice(0, MAX_SAID), ...(more > 0 ? [`${file}: and ${more} more problems`] : [])].join('\n');
}

/** Keys with dots between them. What stands in place of a reference to a secret may be the secret, also as a key. */
function dotted(path: KeyPath): string {
  const secret = path.findIndex((key) => key === 'password' || key === 'token');
  const shown = path.filter((key, at) => secret < 0 || at <= secret || key === 'env' || key === 'file');
  return shown
    .map((key) => (/^[\w-]{1,60}$/.test(String(key)) ? String(key) : JSON.stringify(key).slice(0, 60)))
    .join('.');
}
