import { z } from 'zod';

/** The environment, checked once. */
export interface Config {
  readonly port: number;
  readonly host: string;
  readonly trustedProxies: readonly string[];
  readonly dataDir: string;
  readonly adminToken: string | null;
  readonly adminTokenFile: string | null;
  readonly mongoUri: string | null;
  readonly temporalAddress: string | null;
  readonly temporalNamespace: string;
  readonly pendingExpiryMs: number;
  readonly healthFile: string | null;
  readonly logLevel: string;
}

/** A variable is wrong; the message names it and says what it takes. */
export class ConfigError extends Error {
  readonly code = 'config';
  constructor(message: string) {
    super(message);
    this.name = 'ConfigError';
  }
}

const DAY_MS = 24 * 60 * 60 * 1000;
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

const text = z.string().min(1).optional();

const environment = z.object({
  CLAWBACK_PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  CLAWBACK_HOST: z.string().min(1).default('127.0.0.1'),
  CLAWBACK_BEHIND_PROXY: z.enum(['true', 'false']).default('false'),
  CLAWBACK_TRUSTED_PROXIES: text,
  CLAWBACK_DATA_DIR: z.string().min(1).default('.clawback'),
  CLAWBACK_ADMIN_TOKEN: z.string().min(32, 'needs at least 32 characters').optional(),
  CLAWBACK_ADMIN_TOKEN_FILE: text,
  MONGODB_URI: text,
  TEMPORAL_ADDRESS: text,
  TEMPORAL_NAMESPACE: z.string().min(1).default('default'),
  CLAWBACK_PENDING_EXPIRY: z.string().default('P7D').transform(durationMs),
  CLAWBACK_HEALTH_FILE: text,
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

/** Reads and checks the environment; throws {@link ConfigError} naming every variable that is wrong. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
  }
  const read = parsed.data;
  const proxies = (read.CLAWBACK_TRUSTED_PROXIES ?? '').split(',').flatMap((entry) => entry.trim() || []);
  if (!LOOPBACK.has(read.CLAWBACK_HOST) && (read.CLAWBACK_BEHIND_PROXY !== 'true' || proxies.length === 0)) {
    throw new ConfigError(
      'CLAWBACK_HOST: another host than loopback needs CLAWBACK_BEHIND_PROXY=true and CLAWBACK_TRUSTED_PROXIES (a proxy that ends TLS)',
    );
  }
  return {
    port: read.CLAWBACK_PORT,
    host: read.CLAWBACK_HOST,
    trustedProxies: read.CLAWBACK_BEHIND_PROXY === 'true' ? proxies : [],
    dataDir: read.CLAWBACK_DATA_DIR,
    adminToken: read.CLAWBACK_ADMIN_TOKEN ?? null,
    adminTokenFile: read.CLAWBACK_ADMIN_TOKEN_FILE ?? null,
    mongoUri: read.MONGODB_URI ?? null,
    temporalAddress: read.TEMPORAL_ADDRESS ?? null,
    temporalNamespace: read.TEMPORAL_NAMESPACE,
    pendingExpiryMs: read.CLAWBACK_PENDING_EXPIRY,
    healthFile: read.CLAWBACK_HEALTH_FILE ?? null,
    logLevel: read.LOG_LEVEL,
  };
}

const DURATION = /^P(?:(\d{1,3})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?$/;
const BOUNDS = { min: 1_000, max: 30 * DAY_MS } as const;

function durationMs(text: string, context: z.RefinementCtx): number {
  const [matched, days = '0', hours = '0', minutes = '0', seconds = '0'] = DURATION.exec(text) ?? [];
  const ms = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60_000 + Number(seconds) * 1_000;
  if (matched === undefined || ms < BOUNDS.min || ms > BOUNDS.max) {
    context.addIssue({ code: 'custom', message: 'an ISO 8601 duration from PT1S to P30D, such as P7D' });
    return z.NEVER;
  }
  return ms;
}
