import { randomUUID } from 'node:crypto';
import express, { type Express, type RequestHandler } from 'express';
import { pinoHttp } from 'pino-http';
import swaggerUi from 'swagger-ui-express';
import { authenticate } from './auth';
import { securityHeaders, serveConsole } from './console';
import { type ApiDeps } from './deps';
import { createEventHub, type EventHub } from './events/hub';
import { openApiDocument } from './openapi';
import { notFound, Problem, problemHandler } from './problem';
import { routeOf, Routes } from './route';
import { actionSummaryRoutes } from './routes/action-summary';
import { actionRoutes } from './routes/actions';
import { automationRoutes } from './routes/automation';
import { decisionRoutes } from './routes/decisions';
import { eventRoutes } from './routes/events';
import { auditRoutes } from './routes/audit';
import { explorerRoutes } from './routes/explorer';
import { investigationRoutes } from './routes/investigations';
import { mailboxRoutes } from './routes/mailboxes';
import { messageRoutes } from './routes/messages';
import { overviewRoutes } from './routes/overview';
import { previewRoutes } from './routes/preview';
import { remediationRoutes } from './routes/remediations';
import { revertRoutes } from './routes/reverts';
import { settingsRoutes } from './routes/settings';
import { signInRoutes } from './routes/sign-in';
import { tokenRoutes } from './routes/tokens';
import { webhookRoutes } from './routes/webhooks';

const JSON_LIMIT = '256kb';
const READY_MS = 2_000;

/** Every route of the API, with what documents it. */
function allRoutes(deps: ApiDeps, events: EventHub): Routes {
  const routes = new Routes(deps);
  for (const add of [
    signInRoutes,
    overviewRoutes,
    settingsRoutes,
    automationRoutes,
    tokenRoutes,
    mailboxRoutes,
    // Before the routes of one message: `facets` is no id.
    explorerRoutes,
    messageRoutes,
    previewRoutes,
    investigationRoutes,
    actionRoutes,
    actionSummaryRoutes,
    decisionRoutes,
    revertRoutes,
    remediationRoutes,
    auditRoutes,
    webhookRoutes,
  ]) {
    add(routes, deps);
  }
  eventRoutes(routes, deps, events);
  return routes;
}

/** What documents the API, alone: the console's types are made of it, and no route is ever called. */
export function apiDocument() {
  const nothing = { store: {} } as unknown as ApiDeps;
  return openApiDocument(allRoutes(nothing, {} as EventHub).registry);
}

export interface AppOptions {
  /** The addresses whose forwarding headers count. */
  readonly trustedProxies?: readonly string[];
  /** Who tells of changes; whoever gives one closes it. */
  readonly events?: EventHub;
  /** The folder of the built console; `null` where none is served. */
  readonly console?: string | null;
}

/** The Express application. */
export function createApp(
  deps: ApiDeps,
  { trustedProxies = [], events = createEventHub(deps), console = null }: AppOptions = {},
): Express {
  const app = express();
  const routes = allRoutes(deps, events);
  const document = openApiDocument(routes.registry);
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.set('trust proxy', trustedProxies.length === 0 ? false : [...trustedProxies]);
  app.use(securityHeaders());
  app.use(
    pinoHttp({
      logger: deps.logger,
      genReqId: (_request, response) => {
        const id = randomUUID();
        response.setHeader('X-Request-Id', id);
        return id;
      },
      // Ids and figures only: a path can hold an address, a header a secret.
      customProps: (request) => ({ route: routeOf(request) }),
      customLogLevel: (_request, { statusCode }, error) =>
        error !== undefined || statusCode >= 500 ? 'error' : statusCode >= 400 ? 'warn' : 'info',
      serializers: {
        req: ({ id, method }: { id: string; method: string }) => ({ id, method }),
        res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
      },
    }),
  );
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  app.get('/readyz', ready(deps));
  app.get('/api/openapi.json', (_request, response) => {
    response.json(document);
  });
  app.use('/api/docs', swaggerUi.serve, swaggerUi.setup(document));
  // Answers are of one moment and about people's mail: no browser or proxy keeps them. An ETag names the state for If-Match;
  // by itself it would also have a browser show an older body.
  app.use('/api/v1', (_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });
  app.use('/api/v1', routes.open);
  app.use('/api/v1', authenticate(deps.store, deps.clock), express.json({ limit: JSON_LIMIT }), routes.router);
  if (console !== null) app.use(serveConsole(console));
  app.use(notFound);
  app.use(problemHandler(deps.logger));
  return app;
}

function ready({ store, gateway }: ApiDeps): RequestHandler {
  return async (_request, response) => {
    const [mongo, temporal] = await Promise.allSettled([inTime(store.ping(READY_MS)), inTime(gateway.ping(READY_MS))]);
    const away = [
      mongo.status === 'rejected' ? 'MongoDB' : '',
      temporal.status === 'rejected' ? 'Temporal' : '',
    ].filter(Boolean);
    if (away.length > 0) throw new Problem('unavailable', `${away.join(' and ')} does not answer`);
    response.json({ status: 'ready' });
  };
}

/** Fails where a server has not answered in time, whatever its driver makes of the limit. */
async function inTime(ping: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('No answer in time')), READY_MS);
  });
  try {
    await Promise.race([ping, late]);
  } finally {
    clearTimeout(timer);
  }
}
