import { isIP } from 'node:net';
import { z } from 'zod';
import { MailConfigError, type ProviderConfig, readMailConfig } from '../mail/config';
import { type Allowed, parseAllowed } from '../webhooks/targets';

/** The environment, checked once. */
export interface Config {
  readonly port: number;
  readonly host: string;
  readonly trustedProxies: readonly string[];
  /** Paths of the certificate and its key (PEM), where the API ends TLS itself. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null;
  readonly dataDir: string;
  readonly adminToken: string | null;
  readonly adminTokenFile: string | null;
  readonly mongoUri: string | null;
  readonly temporalAddress: string | null;
  readonly temporalNamespace: string;
  /** Where a person finds the Temporal UI; `null` where there is none, or the one-machine run brings its own. */
  readonly temporalUi: string | null;
  readonly pendingExpiryMs: number;
  readonly heartbeatMs: number;
  /** When waiting actions are counted again (domain/recount.ts). */
  readonly recountMs: readonly number[];
  readonly dedupWindowMs: number;
  /** Whether operators may decide by signal at the Temporal UI. */
  readonly signalDecisions: boolean;
  /** Durations that are not the default, as `NAME=VALUE`. */
  readonly overrides: readonly string[];
  /** Where webhooks may point although it is no public address. */
  readonly webhookAllow: readonly Allowed[];
  /** The mail providers; `null` where no file names them: the embedded mailboxes alone. */
  readonly mail: readonly ProviderConfig[] | null;
  readonly healthFile: string | null;
  readonly logLevel: string;
}

/** Variables are wrong; the message has a line for each, which names it and says what it takes. */
export class ConfigError extends Error {
  readonly code = 'config';
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'ConfigError';
  }
}

const MINUTE_MS = 60 * 1000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

const text = z.string().min(1).optional();

const DURATIONS = {
  CLAWBACK_PENDING_EXPIRY: 'P7D',
  CLAWBACK_HEARTBEAT: 'PT10S',
  CLAWBACK_RECOUNT: 'PT15M,PT1H,PT4H,PT12H',
  CLAWBACK_DEDUP_WINDOW: 'PT1H',
} as const;

const environment = z.object({
  CLAWBACK_PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'a port from 0 to 65535')
    .transform(Number)
    .refine((port) => port <= 65_535, 'a port from 0 to 65535')
    .default(3000),
  CLAWBACK_HOST: z.string().min(1).default('127.0.0.1'),
  CLAWBACK_BEHIND_PROXY: z.enum(['true', 'false']).default('false'),
  CLAWBACK_TRUSTED_PROXIES: z.string().default('').transform(proxies),
  CLAWBACK_TLS_CERT: text,
  CLAWBACK_TLS_KEY: text,
  CLAWBACK_DATA_DIR: z.string().min(1).default('.clawback'),
  CLAWBACK_ADMIN_TOKEN: z
    .string()
    .regex(/^[\w.~+/-]{32,}=*$/, 'needs at least 32 characters, of letters, digits and -._~+/')
    .optional(),
  CLAWBACK_ADMIN_TOKEN_FILE: text,
  MONGODB_URI: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\//, 'an address such as mongodb://host:27017/?replicaSet=rs0')
    .optional(),
  TEMPORAL_ADDRESS: z
    .string()
    .regex(/^\S+:\d{1,5}$/, 'an address such as host:7233')
    .optional(),
  TEMPORAL_NAMESPACE: z.string().min(1).default('default'),
  CLAWBACK_TEMPORAL_UI: z
    .string()
    .regex(/^https?:\/\/\S+$/, 'an address such as https://temporal.corp.example')
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  CLAWBACK_PENDING_EXPIRY: z
    .string()
    .default(DURATIONS.CLAWBACK_PENDING_EXPIRY)
    .transform(duration(1_000, 30 * DAY_MS, 'from PT1S to P30D, such as P7D')),
  CLAWBACK_HEARTBEAT: z
    .string()
    .default(DURATIONS.CLAWBACK_HEARTBEAT)
    .transform(duration(2_000, MINUTE_MS, 'from PT2S to PT1M, such as PT10S')),
  CLAWBACK_RECOUNT: z
    .string()
    .default(DURATIONS.CLAWBACK_RECOUNT)
    .transform(rising(1_000, 30 * DAY_MS, 'from PT1S to P30D, each longer than the one before, such as PT15M,PT1H')),
  CLAWBACK_DEDUP_WINDOW: z
    .string()
    .default(DURATIONS.CLAWBACK_DEDUP_WINDOW)
    .transform(duration(1_000, DAY_MS, 'from PT1S to P1D, such as PT1H')),
  CLAWBACK_SIGNAL_DECISIONS: z.enum(['true', 'false']).default('false'),
  CLAWBACK_WEBHOOK_ALLOW: z.string().default('').transform(webhookTargets),
  CLAWBACK_MAIL: text,
  CLAWBACK_HEALTH_FILE: text,
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

/** Reads and checks the environment; throws {@link ConfigError} naming every variable that is wrong. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'));
  }
  const read = parsed.data;
  const { CLAWBACK_TLS_CERT: certFile, CLAWBACK_TLS_KEY: keyFile } = read;
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new ConfigError('CLAWBACK_TLS_CERT and CLAWBACK_TLS_KEY: one is set without the other');
  }
  const tls = certFile === undefined || keyFile === undefined ? null : { certFile, keyFile };
  const behindProxy = read.CLAWBACK_BEHIND_PROXY === 'true';
  const trustedProxies = behindProxy ? read.CLAWBACK_TRUSTED_PROXIES : [];
  if (!LOOPBACK.has(read.CLAWBACK_HOST) && tls === null && trustedProxies.length === 0) {
    throw new ConfigError(
      'CLAWBACK_HOST: another host than loopback needs CLAWBACK_TLS_CERT and CLAWBACK_TLS_KEY, or CLAWBACK_BEHIND_PROXY=true and CLAWBACK_TRUSTED_PROXIES (a proxy that ends TLS)',
    );
  }
  return {
    port: read.CLAWBACK_PORT,
    host: read.CLAWBACK_HOST,
    trustedProxies,
    tls,
    dataDir: read.CLAWBACK_DATA_DIR,
    adminToken: read.CLAWBACK_ADMIN_TOKEN ?? null,
    adminTokenFile: read.CLAWBACK_ADMIN_TOKEN_FILE ?? null,
    mongoUri: read.MONGODB_URI ?? null,
    temporalAddress: read.TEMPORAL_ADDRESS ?? null,
    temporalNamespace: read.TEMPORAL_NAMESPACE,
    temporalUi: read.CLAWBACK_TEMPORAL_UI ?? null,
    pendingExpiryMs: read.CLAWBACK_PENDING_EXPIRY,
    heartbeatMs: read.CLAWBACK_HEARTBEAT,
    recountMs: read.CLAWBACK_RECOUNT,
    dedupWindowMs: read.CLAWBACK_DEDUP_WINDOW,
    signalDecisions: read.CLAWBACK_SIGNAL_DECISIONS === 'true',
    overrides: Object.entries(DURATIONS).flatMap(([name, standard]) =>
      given[name] === undefined || given[name] === standard ? [] : [`${name}=${given[name] ?? ''}`],
    ),
    webhookAllow: read.CLAWBACK_WEBHOOK_ALLOW,
    mail: mailOf(read.CLAWBACK_MAIL, given),
    healthFile: read.CLAWBACK_HEALTH_FILE ?? null,
    logLevel: read.LOG_LEVEL,
  };
}

function mailOf(file: string | undefined, env: Readonly<Record<string, string | undefined>>): Config['mail'] {
  if (file === undefined) return null;
  try {
    return readMailConfig(file, env);
  } catch (error) {
    if (error instanceof MailConfigError) throw new ConfigError(`CLAWBACK_MAIL: ${error.message}`, { cause: error });
    throw error;
  }
}

const DURATION = /^P(?:(\d{1,3})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?$/;

/** An ISO 8601 duration of days, hours, minutes and seconds in milliseconds; `null` where it is none within the bounds. */
function msOf(text: string, min: number, max: number): number | null {
  const [matched, days = '0', hours = '0', minutes = '0', seconds = '0'] = DURATION.exec(text) ?? [];
  const ms = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * MINUTE_MS + Number(seconds) * 1_000;
  return matched === undefined || /[PT]$/.test(text) || ms < min || ms > max ? null : ms;
}

/** Reads a duration within bounds; `says` describes them. */
function duration(min: number, max: number, says: string) {
  return (text: string, context: z.RefinementCtx): number => {
    const ms = msOf(text, min, max);
    if (ms !== null) return ms;
    context.addIssue({ code: 'custom', message: `an ISO 8601 duration ${says}` });
    return z.NEVER;
  };
}

/** Reads durations with commas between them, each longer than the one before; the last is one that repeats. */
function rising(min: number, max: number, says: string) {
  return (text: string, context: z.RefinementCtx): readonly number[] => {
    const all = text.split(',').flatMap((part) => msOf(part.trim(), min, max) ?? []);
    const rises = all.every((ms, at) => at === 0 || ms > (all[at - 1] ?? 0));
    if (rises && all.length === text.split(',').length) return all;
    context.addIssue({ code: 'custom', message: `ISO 8601 durations ${says}` });
    return z.NEVER;
  };
}

const NETWORK = /^(?<address>[^/]+)(?:\/(?<bits>\d{1,3}))?$/;

/** Reads the addresses and networks of the proxies whose forwarding headers count. */
function proxies(text: string, context: z.RefinementCtx): readonly string[] {
  const entries = text.split(',').flatMap((entry) => entry.trim() || []);
  const wrong = entries.some((entry) => {
    const { address = '', bits } = NETWORK.exec(entry)?.groups ?? {};
    const version = isIP(address);
    return version === 0 || (bits !== undefined && Number(bits) > (version === 4 ? 32 : 128));
  });
  if (!wrong) return entries;
  context.addIssue({ code: 'custom', message: 'addresses or networks, comma separated, such as 172.30.77.0/28' });
  return z.NEVER;
}

/** Reads where webhooks may point beside the internet. */
function webhookTargets(text: string, context: z.RefinementCtx): readonly Allowed[] {
  const allowed = parseAllowed(text);
  if (allowed !== null) return allowed;
  context.addIssue({
    code: 'custom',
    message: 'host:port, addresses or networks, comma separated, such as siem.corp.example:8443,10.20.0.0/16',
  });
  return z.NEVER;
}
