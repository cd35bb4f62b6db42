import { randomBytes } from 'node:crypto';
import { type CookieOptions, type Request, type Response } from 'express';
import { type SessionDoc } from '../store/sessions';
import { type Store } from '../store/store';
import { type TokenDoc } from '../store/tokens';
import { Problem } from './problem';
import { hashSecret, sameSecret } from './secrets';

/** A session and what a page of it sends with each change. */
export interface LivingSession extends SessionDoc {
  readonly csrfToken: string;
}

/** The header that proves that a change comes from the page that signed in: no other site can set it. */
export const CSRF_HEADER = 'X-CSRF-Token';

/** A working day and a bit: who is away for longer signs in again. */
const SESSION_MS = 12 * 60 * 60 * 1000;
const SAFE: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/** Over HTTPS under a name that browsers take from this host alone, and for no other path. */
function cookieOf(request: Request): { readonly name: string; readonly options: CookieOptions } {
  const { secure } = request;
  return {
    name: secure ? '__Host-clawback' : 'clawback',
    options: { httpOnly: true, sameSite: 'strict', secure, path: '/' },
  };
}

/** Signs in: stores a session of the token's and gives the answer its cookie. It never outlives its token. */
export async function beginSession(
  store: Store,
  at: Date,
  { request, response, token }: { readonly request: Request; readonly response: Response; readonly token: TokenDoc },
): Promise<void> {
  const secret = randomBytes(32).toString('base64url');
  const ends = Math.min(at.getTime() + SESSION_MS, token.expiresAt?.getTime() ?? Infinity);
  const expiresAt = new Date(ends);
  await store.sessions.create({ _id: hashSecret(secret), tokenHash: token.hash, createdAt: at, expiresAt });
  const { name, options } = cookieOf(request);
  response.cookie(name, secret, { ...options, expires: expiresAt });
}

/** Takes the cookie away and ends its session, where there is one. */
export async function endSession(store: Store, request: Request, response: Response): Promise<void> {
  const { name, options } = cookieOf(request);
  const secret = secretIn(request);
  if (secret !== null) await store.sessions.end(hashSecret(secret));
  response.clearCookie(name, options);
}

/** The living session whose cookie a request bears; `null` where it bears none. */
export async function sessionIn(store: Store, at: Date, request: Request): Promise<LivingSession | null> {
  const secret = secretIn(request);
  if (secret === null) return null;
  const session = await store.sessions.living(hashSecret(secret), at);
  return session && { ...session, csrfToken: csrfTokenOf(secret) };
}

/** A change by cookie needs the session's own CSRF token: the browser sends the cookie by itself, the header only our page does. */
export function requireProof(request: Request, session: LivingSession): void {
  if (SAFE.includes(request.method)) return;
  if (sameSecret(request.get(CSRF_HEADER) ?? '', session.csrfToken)) return;
  throw new Problem('csrf', `${CSRF_HEADER}: needed with the cookie on a change; GET /session tells it`);
}

function secretIn(request: Request): string | null {
  const { name } = cookieOf(request);
  for (const part of (request.get('cookie') ?? '').split(';')) {
    const [key, value = ''] = part.trim().split('=');
    if (key === name && /^[\w-]{43}$/.test(value)) return value;
  }
  return null;
}

/** Bound to the session and derived from its secret, so that it is nowhere stored; the cookie cannot be had from it. */
function csrfTokenOf(secret: string): string {
  return hashSecret(`csrf ${secret}`);
}
