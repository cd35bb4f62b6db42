import express, { type Request } from 'express';
import { rateLimit } from 'express-rate-limit';
import { z } from 'zod';
import { type TokenDoc } from '../../store/tokens';
import { callerOf, sessionOf, works } from '../auth';
import { type ApiDeps } from '../deps';
import { Problem } from '../problem';
import { type Routes } from '../route';
import { session as sessionShape } from '../schemas/session';
import { hashSecret } from '../secrets';
import { beginSession, CSRF_HEADER, endSession, requireProof, sessionIn } from '../session';

const MINUTE_MS = 60 * 1000;
/** Sign-ins that fail, from one address, within a minute: what follows is 429. Each process counts its own. */
const FAILURES_A_MINUTE = 10;
/** No token can have this name. */
const UNKNOWN = '(unknown)';

/** The way into the console: a token becomes a cookie that no script can read. */
export function signInRoutes(routes: Routes, { store, clock, temporalUi = null }: ApiDeps): void {
  const limit = rateLimit({
    ...{ windowMs: MINUTE_MS, limit: FAILURES_A_MINUTE, skipSuccessfulRequests: true },
    ...{ standardHeaders: 'draft-8', legacyHeaders: false, validate: { xForwardedForHeader: false } },
    handler: (_request, _response, next) =>
      next(new Problem('too-many-requests', 'Too many sign-ins from this address have failed: wait a minute')),
  });

  const note = (request: Request, token: TokenDoc | null, action: string, result = 'ok'): Promise<void> =>
    store.audit.append({
      ...{ at: clock(), subject: token?.name ?? UNKNOWN, token: token?._id ?? null, ip: request.ip ?? null },
      ...{ action, target: token?._id ?? null, before: null, after: null, result },
      requestId: typeof request.id === 'string' ? request.id : null,
    });

  routes.add(
    {
      method: 'post',
      path: '/sign-in',
      summary: 'Sign in at the console: the answer sets a cookie that stands for the token, for 12 hours at most',
      roles: [],
      open: [limit, express.json({ limit: '4kb' })],
      body: z.strictObject({ token: z.string().min(1).max(1000) }),
      success: [204, 'Signed in: the cookie is set'],
      problems: ['unauthorized', 'too-many-requests'],
    },
    async ({ body, request, response }) => {
      const token = await store.tokens.byHash(hashSecret(body.token));
      if (token === null || !works(token, clock())) {
        await note(request, token, 'session.start', 'refused: unauthorized');
        throw new Problem('unauthorized', 'token: is not known, or works no more');
      }
      await note(request, token, 'session.start');
      await beginSession(store, clock(), { request, response, token });
      return { headers: { 'Cache-Control': 'no-store' } };
    },
  );

  routes.add(
    {
      method: 'delete',
      path: '/sign-in',
      summary: 'Sign out: the session ends, and the cookie is taken away',
      roles: [],
      open: [],
      success: [204, 'Signed out'],
      problems: ['csrf'],
    },
    async ({ request, response }) => {
      const session = await sessionIn(store, clock(), request);
      if (session !== null) {
        requireProof(request, session);
        await note(request, await store.tokens.byHash(session.tokenHash), 'session.end');
      }
      await endSession(store, request, response);
      return {};
    },
  );

  routes.add(
    {
      method: 'get',
      path: '/session',
      summary: `Who asks, with which roles; for a console's cookie also the ${CSRF_HEADER} that each change needs`,
      roles: [],
      success: [200, 'The session, or the token that asks without one'],
      answer: sessionShape,
    },
    ({ request }) => {
      const { name, roles, expiresAt } = callerOf(request);
      const session = sessionOf(request);
      return Promise.resolve({
        headers: { 'Cache-Control': 'no-store' },
        body: {
          ...{ name, roles, temporalUi, csrfToken: session?.csrfToken ?? null },
          expiresAt: session?.expiresAt ?? expiresAt,
        },
      });
    },
  );
}
