import { existsSync } from 'node:fs';
import { join } from 'node:path';
import compression from 'compression';
import express, { type RequestHandler, Router } from 'express';
import helmet from 'helmet';

const YEAR_SECONDS = 365 * 24 * 60 * 60;
/** What is no page of the console: there an unknown path stays unknown. */
const NO_PAGE = /^\/(?:api|assets)(?:\/|$)|^\/(?:healthz|readyz|metrics)$/;
const NOT_BUILT =
  'Clawback runs; its API is at /api/v1, documented at /api/docs. The console is not built here: npm run build makes it.\n';

/** Where the build puts the console: beside what was compiled, or from the sources in dist/. */
export function consoleFolder(): string {
  const compiled = join(__dirname, '..', 'console');
  return isBuilt(compiled) ? compiled : join(__dirname, '..', 'dist', 'console');
}

function isBuilt(folder: string): boolean {
  return existsSync(join(folder, 'index.html')) && existsSync(join(folder, 'assets'));
}

/**
 * The headers of every answer. Nothing of another host is loaded, no script but our own runs, nobody frames us, and no
 * address of ours is told to others. Styles may be inline: the console's are made in the page (Griffel).
 */
export function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        'script-src': ["'self'"],
        'style-src': ["'self'", "'unsafe-inline'"],
        'img-src': ["'self'", 'data:'],
        'object-src': ["'none'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
}

/**
 * Serves the built console at `/`: files whose names hold their hash may be kept for ever, the page itself is asked for
 * each time, also under the addresses that the page makes up. Where there is no build, one line says so.
 */
export function serveConsole(folder: string): Router {
  const router = Router();
  // Here alone: an answer of the API could hold a secret beside what somebody else wrote, and events must not wait.
  router.use(compression());
  router.use(
    express.static(folder, {
      ...{ index: false, redirect: false, dotfiles: 'ignore' },
      setHeaders(response, path) {
        const hashed = path.startsWith(join(folder, 'assets'));
        response.set('Cache-Control', hashed ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache');
        if (path.endsWith('.html')) response.set('Cache-Control', 'no-store');
      },
    }),
  );
  router.use((request, response, next) => {
    const asked = request.method === 'GET' || request.method === 'HEAD';
    if (!asked || NO_PAGE.test(request.path) || request.accepts('html') === false) {
      next();
      return;
    }
    response.set('Cache-Control', 'no-store');
    if (isBuilt(folder)) response.sendFile('index.html', { root: folder, cacheControl: false, etag: false });
    else response.type('text/plain').send(NOT_BUILT);
  });
  return router;
}
