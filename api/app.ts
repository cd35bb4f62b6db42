import { randomUUID } from 'node:crypto';
import { OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi';
import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import { pinoHttp } from 'pino-http';
import swaggerUi from 'swagger-ui-express';
import { authenticate } from './auth';
import { type ApiDeps } from './deps';
import { notFound, Problem, problemHandler } from './problem';
import { Routes } from './route';
import { actionRoutes } from './routes/actions';
import { investigationRoutes } from './routes/investigations';
import { mailboxRoutes } from './routes/mailboxes';
import { messageRoutes } from './routes/messages';
import { revertRoutes } from './routes/reverts';
import { settingsRoutes } from './routes/settings';
import { tokenRoutes } from './routes/tokens';

const JSON_LIMIT = '256kb';
const READY_MS = 2_000;

/** Every route of the API, with what documents it. */
function allRoutes(deps: ApiDeps): Routes {
  const routes = new Routes();
  for (const add of [
    settingsRoutes,
    tokenRoutes,
    mailboxRoutes,
    messageRoutes,
    investigationRoutes,
    actionRoutes,
    revertRoutes,
  ]) {
    add(routes, deps);
  }
  return routes;
}

/** The OpenAPI 3.1 document, made from the schemas that validate the requests. */
function documentOf({ registry }: Routes) {
  registry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Clawback',
      version: '0.0.1',
      description: 'Takes malicious mail back after delivery, and can put it back.',
    },
  });
}

/** The Express application; `trustedProxies` are the addresses whose forwarding headers count. */
export function createApp(deps: ApiDeps, { trustedProxies = [] as readonly string[] } = {}): Express {
  const app = express();
  const routes = allRoutes(deps);
  const document = documentOf(routes);
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.set('trust proxy', trustedProxies.length === 0 ? false : [...trustedProxies]);
  app.use(helmet());
  app.use(
    pinoHttp({
      logger: deps.logger,
      genReqId: () => randomUUID(),
      // Ids and figures only: a path can hold an address, a header a secret.
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
  app.use('/api/v1', authenticate(deps.store, deps.clock), express.json({ limit: JSON_LIMIT }), routes.router);
  app.use(notFound);
  app.use(problemHandler(deps.logger));
  return app;
}

function ready({ store, gateway }: ApiDeps): RequestHandler {
  return async (_request, response) => {
    const [mongo, temporal] = await Promise.allSettled([store.ping(READY_MS), gateway.ping(READY_MS)]);
    const away = [
      mongo.status === 'rejected' ? 'MongoDB' : '',
      temporal.status === 'rejected' ? 'Temporal' : '',
    ].filter(Boolean);
    if (away.length > 0) throw new Problem('unavailable', `${away.join(' and ')} does not answer`);
    response.json({ status: 'ready' });
  };
}
