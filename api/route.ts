import { OpenAPIRegistry, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { need, type Role } from './auth';
import { Problem, PROBLEMS, type ProblemType } from './problem';

type Shape = Readonly<Record<string, z.ZodType>>;
type NoFields = Readonly<Partial<Record<'', z.ZodType>>>;

/** A route once: what validates its requests also documents it. */
export interface RouteSpec<P extends Shape, Q extends Shape, B extends z.ZodType> {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** With `{name}` for parameters, under `/api/v1`. */
  readonly path: string;
  readonly summary: string;
  readonly roles: readonly Role[];
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** The status of success and what it means. */
  readonly success: readonly [status: number, description: string];
  readonly problems?: readonly ProblemType[];
}

export interface Call<P extends Shape, Q extends Shape, B extends z.ZodType> {
  readonly params: z.infer<z.ZodObject<P>>;
  readonly query: z.infer<z.ZodObject<Q>>;
  readonly body: z.infer<B>;
  readonly request: Request;
  readonly response: Response;
}

/** What a handler answers: JSON, with another status or headers where need be; `undefined` where it has answered itself. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Collects routes into an Express router and an OpenAPI registry. */
export class Routes {
  readonly router = Router();
  readonly registry = new OpenAPIRegistry();

  add<P extends Shape = NoFields, Q extends Shape = NoFields, B extends z.ZodType = z.ZodUndefined>(
    spec: RouteSpec<P, Q, B>,
    handle: (call: Call<P, Q, B>) => Promise<Answer | undefined>,
  ): void {
    const params = z.object(spec.params ?? ({} as P));
    const query = z.strictObject(spec.query ?? ({} as Q));
    this.registry.registerPath(describe(spec, params, query));
    this.router[spec.method](spec.path.replace(/\{(\w+)\}/g, ':$1'), need(...spec.roles), async (request, response) => {
      const answer = await handle({
        params: read(params, request.params, ''),
        query: read(query, request.query, ''),
        body: (spec.body === undefined ? undefined : read(spec.body, request.body ?? {}, '')) as z.infer<B>,
        request,
        response,
      });
      if (answer === undefined) return;
      response.status(answer.status ?? spec.success[0]).set(answer.headers ?? {});
      if (answer.body === undefined) response.end();
      else response.json(answer.body);
    });
  }
}

function read<T extends z.ZodType>(schema: T, value: unknown, at: string): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), message: 'is not a known field' }))
      : [{ path: [at, ...issue.path].filter((part) => part !== '').join('.'), message: issue.message }],
  );
  throw new Problem('bad-request', errors.map(({ path, message }) => `${path}: ${message}`).join('; '), errors);
}

const problemContent = {
  'application/problem+json': {
    schema: z.object({ type: z.string(), title: z.string(), status: z.int(), detail: z.string() }),
  },
};

function describe<P extends Shape, Q extends Shape, B extends z.ZodType>(
  spec: RouteSpec<P, Q, B>,
  params: z.ZodObject<P>,
  query: z.ZodObject<Q>,
): RouteConfig {
  const problems: readonly ProblemType[] = [
    'bad-request',
    'unauthorized',
    'forbidden',
    'unavailable',
    ...(spec.problems ?? []),
  ];
  return {
    method: spec.method,
    path: `/api/v1${spec.path}`,
    summary: spec.summary,
    description: `Needs the role ${spec.roles.join(' or ')}.`,
    security: [{ bearer: [] }],
    request: {
      params,
      query,
      ...(spec.body === undefined ? {} : { body: { content: { 'application/json': { schema: spec.body } } } }),
    },
    responses: {
      [spec.success[0]]: { description: spec.success[1] },
      ...Object.fromEntries(
        problems.map((type) => [PROBLEMS[type][0], { description: PROBLEMS[type][1], content: problemContent }]),
      ),
    },
  };
}
