import { createHash, randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type Request, type RequestHandler } from 'express';
import { SYSTEM } from '../domain/action';
import { isDuplicateKey, newId, type Session } from '../store/collection';
import { type Store } from '../store/store';
import { type TokenDoc } from '../store/tokens';
import { Problem } from './problem';

/** What a token may do (api.md). */
export const ROLES = ['reader', 'preview', 'operator', 'detector', 'approver', 'auditor', 'metrics', 'admin'] as const;
export type Role = (typeof ROLES)[number];

const callers = new WeakMap<Request, TokenDoc>();

/** The token of a request that has passed {@link authenticate}. */
export function callerOf(request: Request): TokenDoc {
  const caller = callers.get(request);
  if (caller === undefined) throw new Problem('unauthorized', 'Authorization: Bearer TOKEN is needed');
  return caller;
}

/** The hash under which a secret is stored: secrets have 256 bits of chance, so a plain digest is enough. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

export function newSecret(): string {
  return `cb_${randomBytes(32).toString('base64url')}`;
}

/** Finds the token of each request; 401 without a living one. */
export function authenticate(store: Store, clock: () => Date): RequestHandler {
  return async (request, _response, next) => {
    const [, secret] = /^Bearer ([\w.~+/-]+=*)$/i.exec(request.get('authorization') ?? '') ?? [];
    const token = secret === undefined ? null : await store.tokens.byHash(hashSecret(secret));
    const expired = token?.expiresAt !== null && token?.expiresAt !== undefined && token.expiresAt <= clock();
    if (token === null || token.deletedAt !== null || expired) {
      throw new Problem(
        'unauthorized',
        'Authorization: Bearer TOKEN is needed, with a token that is known and not expired',
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

/** Checks that the token of a request has one of these roles; 403 names them otherwise. */
export function need(...roles: readonly Role[]): (request: Request) => void {
  return (request) => {
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
