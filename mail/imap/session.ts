import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { ImapFlow, type ImapFlowError } from 'imapflow';
import { type ImapConfig } from '../config';
import { resolveSecret } from '../secrets';
import { MailboxError } from '../provider';
import { COMMAND_MS, limitCommands } from './deadline';
import { takeWholePaths } from './namespaces';
import { spareCommands } from './sparing';

/** A connection that is signed in as one mailbox. */
export interface Session {
  readonly mailbox: string;
  readonly client: ImapFlow;
  /** Why the server said no to the last command that it refused; its code, where it gave one. */
  refusal(): string;
  close(): void;
}

const CONNECT_MS = 10_000;
/** A server that says nothing for this long is away. */
const SILENCE_MS = 30_000;
/** Who idles for half an hour may be taken to be away (RFC 2177): IDLE is begun again before, also where the server talks. */
const RENEW_IDLE_MS = 25 * 60 * 1000;
const MAX_LITERAL = 64 * 1024 * 1024;
const MAX_LINE = 16 * 1024 * 1024;

/** Response codes with which a server says "not now" rather than "never" (RFC 5530 and what servers send besides). */
const NOT_NOW = new Set(['UNAVAILABLE', 'INUSE', 'LIMIT', 'SERVERBUG', 'CONTACTADMIN', 'ALERT']);

/**
 * Signs in as a mailbox: with its own secret, as the master user (`address*user`), or with an access token. Throws
 * {@link MailboxError} `loginRefused`, or `unreachable`, which may succeed later. The connection is ended where a command
 * takes longer than `commandMs` and what comes with it allows.
 */
export async function openSession(
  config: ImapConfig,
  mailbox: string,
  env: Readonly<Record<string, string | undefined>>,
  commandMs = COMMAND_MS,
): Promise<Session> {
  let refused: ImapFlowError | null = null;
  const logger = {
    // Every command and answer would be written out for a log that nobody keeps: a tenth of what a removal costs.
    isLevelEnabled: (level: string) => level === 'warn',
    debug: () => undefined,
    info: () => undefined,
    error: () => undefined,
    // The library answers `false` to a command that was refused, and tells the reason here alone.
    warn: (entry: { readonly err?: ImapFlowError }) => {
      if (entry.err !== undefined) refused = entry.err;
    },
  };
  const { auth, ca } = references(config, mailbox, env);
  const client = new ImapFlow({
    host: config.host,
    port: config.port,
    secure: config.tls === 'implicit',
    doSTARTTLS: config.tls === 'starttls',
    tls: {
      minVersion: 'TLSv1.2',
      ...(isIP(config.host) === 0 ? { servername: config.host } : {}),
      ...(ca === null ? {} : { ca }),
    },
    auth,
    clientInfo: { name: 'Clawback' },
    disableAutoIdle: true,
    maxIdleTime: RENEW_IDLE_MS,
    disableCompression: true,
    qresync: true,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    maxLiteralSize: MAX_LITERAL,
    maxLineLength: MAX_LINE,
    maxResponseSize: MAX_LITERAL + MAX_LINE,
    logger,
  });
  // A connection that breaks while nobody waits for an answer: the next command says so.
  client.on('error', () => undefined);
  limitCommands(client, commandMs);
  spareCommands(client);
  try {
    await client.connect();
    if (!tellsNamespaces(client)) throw new Error('The server does not say which folders are whose');
    takeWholePaths(client);
  } catch (error) {
    client.close();
    throw toMailboxError(error, mailbox, config);
  }
  return {
    mailbox,
    client,
    refusal: () => refused?.serverResponseCode ?? 'NO',
    close: () => client.close(),
  };
}

/** Without its answer, folders of others would be taken for the mailbox's own. */
function tellsNamespaces({ capabilities, namespaces }: ImapFlow): boolean {
  return !capabilities.has('NAMESPACE') || namespaces !== undefined;
}

/** Ends the session as a server likes it; what it does not answer to is cut off. */
export async function closeSession({ client }: Session): Promise<void> {
  try {
    await client.logout();
  } catch {
    client.close();
  }
}

/** Whether the server, the way to it or another worker is the reason: what is none of these is a fault of ours. */
export function isOfServer(error: unknown, session: Session | null): boolean {
  if (session?.client.usable === false) return true;
  const { code, responseStatus } = error as ImapFlowError;
  return responseStatus !== undefined || (typeof code === 'string' && OF_SERVER.test(code));
}

/** The codes of the IMAP library, of sockets and of leases; MongoDB's are numbers. */
const OF_SERVER =
  /^(?:NoConnection|StateLogout|(?:EConnection)?Closed|E[A-Z]+$|[A-Z]+_TIMEOUT$|.*TooLarge$|TooMany|Parser|MAX_IMAP|Invalid|ResponseProcessing|UnexpectedTag$|MissingTag$|NoMailbox|Download|NotFound$|mailboxBusy$|leaseLost$)/;

/**
 * Any failure of a session as the error that the core knows. Of what the server says, its response code alone: the text
 * may name who and what.
 */
export function toMailboxError(
  error: unknown,
  mailbox: string,
  { name, host, port, auth }: Pick<ImapConfig, 'name' | 'host' | 'port' | 'auth'>,
): MailboxError {
  if (error instanceof MailboxError) return error;
  const { authenticationFailed, serverResponseCode, code } = error as ImapFlowError;
  const server = `${name} (${host}:${port})`;
  const why = [serverResponseCode, code].find((word) => typeof word === 'string' && CODE.test(word));
  const said = why === undefined ? '' : `: ${why}`;
  if (authenticationFailed === true && !NOT_NOW.has(serverResponseCode ?? '')) {
    const as = auth.method === 'master' ? `the master user ${auth.user} as ${mailbox}` : mailbox;
    const text = `${server} refuses to sign in ${as}${said}. See what the provider's auth refers to`;
    return new MailboxError('loginRefused', text, { cause: error });
  }
  const text = `${mailbox} at ${server} cannot be reached${said}`;
  return new MailboxError('unreachable', text, { retryable: true, cause: error });
}

const CODE = /^[A-Za-z_-]{2,40}$/;

/** What the configuration refers to, as it is now: a file that is being replaced is there again at the next try. */
function references(
  config: ImapConfig,
  mailbox: string,
  env: Readonly<Record<string, string | undefined>>,
): { readonly auth: ReturnType<typeof credentials>; readonly ca: Buffer | null } {
  try {
    return { auth: credentials(config, mailbox, env), ca: config.ca === null ? null : readFileSync(config.ca) };
  } catch (error) {
    const cause = { retryable: true, cause: error };
    throw new MailboxError('unreachable', `The secret or the certificate for ${mailbox} cannot be read`, cause);
  }
}

function credentials(
  { auth }: ImapConfig,
  mailbox: string,
  env: Readonly<Record<string, string | undefined>>,
): { user: string; pass: string } | { user: string; accessToken: string } {
  switch (auth.method) {
    case 'master':
      return { user: `${mailbox}*${auth.user}`, pass: resolveSecret(auth.password, env, mailbox) };
    case 'password':
      return { user: mailbox, pass: resolveSecret(auth.password, env, mailbox) };
    case 'oauth2':
      return { user: mailbox, accessToken: resolveSecret(auth.token, env, mailbox) };
  }
}
