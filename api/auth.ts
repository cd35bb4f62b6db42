import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type Request, type RequestHandler } from 'express';
import { SYSTEM } from '../domain/action';
import { isDuplicateKey, newId, type Session } from '../store/collection';
import { type Store } from '../store/store';
import { type TokenDoc } from '../store/tokens';
import { Problem } from './problem';
import { hashSecret } from './secrets';
import { type LivingSession, requireProof, sessionIn } from './session';

/** What a token may do (api.md). */
export const ROLES = ['reader', 'preview', 'operator', 'detector', 'approver', 'auditor', 'metrics', 'admin'] as const;
export type Role = (typeof ROLES)[number];

const callers = new WeakMap<Request, TokenDoc>();
const sessions = new WeakMap<Request, LivingSession>();

/** The token of a request that has passed {@link authenticate}. */
export function callerOf(request: Request): TokenDoc {
  const caller = callers.get(request);
  if (caller === undefined) throw new Problem('unauthorized', 'Authorization: Bearer TOKEN is needed');
  return caller;
}

/** The console's session that a request came with; `null` where it came with a token. */
export function sessionOf(request: Request): LivingSession | null {
  return sessions.get(request) ?? null;
}

export function newSecret(): string {
  return `cb_${randomBytes(32).toString('base64url')}`;
}

/** Whether a token works at this time: neither deleted nor expired. */
export function works(token: TokenDoc, at: Date): boolean {
  return token.deletedAt === null && (token.expiresAt === null || token.expiresAt > at);
}

/**
 * Finds the token of each request, by its own secret or by the console's session; 401 without a living one. A header that
 * is there is what counts: a wrong one is not made good by a cookie.
 */
export function authenticate(store: Store, clock: () => Date): RequestHandler {
  return async (request, _response, next) => {
    const header = request.get('authorization');
    const token = header === undefined ? await bySession(store, clock(), request) : await byHeader(store, header);
    if (token === null || !works(token, clock())) {
      throw new Problem(
        'unauthorized',
        'Authorization: Bearer TOKEN is needed, with a token that is known and not expired, or the cookie of POST /sign-in',
      );
    }
    callers.set(request, token);
    // Beside the request: it neither waits for this nor fails with it.
    store.tokens.used(token, clock()).catch(() => undefined);
    next();
  };
}

/** Checks a role that depends on what is asked for; 403 names it otherwise. */
export function needRole(request: Request, role: Role): void {
  need(role)(request);
}

/** The token of a request as it is now; `null` where it, or its session, is over. For answers that go on for long. */
export async function callerStill(store: Store, at: Date, request: Request): Promise<TokenDoc | null> {
  const session = sessionOf(request);
  if (session !== null && (await store.sessions.living(session._id, at)) === null) return null;
  const token = await store.tokens.byHash(callerOf(request).hash);
  return token !== null && works(token, at) ? token : null;
}

async function byHeader(store: Store, header: string): Promise<TokenDoc | null> {
  const [, secret] = /^Bearer ([\w.~+/-]+=*)$/i.exec(header) ?? [];
  return secret === undefined ? null : store.tokens.byHash(hashSecret(secret));
}

async function bySession(store: Store, at: Date, request: Request): Promise<TokenDoc | null> {
  const session = await sessionIn(store, at, request);
  if (session === null) return null;
  requireProof(request, session);
  sessions.set(request, session);
  return store.tokens.byHash(session.tokenHash);
}

/** Checks that the token of a request has one of these roles, where there are any; 403 names them otherwise. */
export function need(...roles: readonly Role[]): (request: Request) => void {
  return (request) => {
    if (roles.length === 0) return;
    if (!callerOf(request).roles.some((role) => (roles as readonly string[]).includes(role))) {
      throw new Problem('forbidden', `The token needs the role ${roles.join(' or ')}`);
    }
  };
}

/**
 * Makes sure that the first token, with every role, has this secret: on every start, so that it can be replaced. What that
 * changes is in the audit.
 */
export async function ensureToken(
  store: Store,
  given: { readonly name: string; readonly secret: string; readonly roles: readonly Role[]; readonly at: Date },
): Promise<void> {
  const wanted = { hash: hashSecret(given.secret), roles: [...given.roles], deletedAt: null, expiresAt: null };
  try {
    await store.transaction((session) => putToken(store, given, wanted, session));
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    // Another process made it in this moment.
    await store.transaction((session) => putToken(store, given, wanted, session));
  }
}

async function putToken(
  store: Store,
  { name, at }: { readonly name: string; readonly at: Date },
  wanted: Pick<TokenDoc, 'hash' | 'roles' | 'deletedAt' | 'expiresAt'>,
  session: Session,
): Promise<void> {
  const { collection } = store.tokens;
  const found = await collection.findOne({ name }, { session });
  if (found !== null && isDeepStrictEqual({ ...found, ...wanted }, found)) return;
  const _id = found?._id ?? newId();
  if (found === null)
    await collection.insertOne({ _id, name, createdAt: at, lastUsedAt: null, ...wanted }, { session });
  else await collection.updateOne({ _id }, { $set: wanted }, { session });
  const { roles } = wanted;
  await store.audit.append(
    {
      ...{ at, subject: SYSTEM, token: null, ip: null, action: found === null ? 'token.create' : 'token.replace' },
      ...{ target: _id, before: found && { name, roles: found.roles }, after: { name, roles } },
      ...{ result: 'ok', requestId: null },
    },
    { session },
  );
}
