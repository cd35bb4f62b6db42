import { OpenAPIRegistry } from '@asteasolutions/zod-to-openapi';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import { audit } from './audit';
import { need, type Role } from './auth';
import { type ApiDeps } from './deps';
import { onceFor } from './idempotency';
import { describeRoute } from './openapi';
import { Problem, type ProblemType } from './problem';

export type Shape = Readonly<Record<string, z.ZodType>>;
type NoFields = Readonly<Partial<Record<'', z.ZodType>>>;

/** A route once: what validates its requests also documents it. */
export interface RouteSpec<P extends Shape, Q extends Shape, B extends z.ZodType> {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** With `{name}` for parameters, under `/api/v1`. */
  readonly path: string;
  readonly summary: string;
  /** One of these is needed; none: every token may. */
  readonly roles: readonly Role[];
  /** Needs no token: what runs before it, such as a limit and the parser of its body. It keeps its own audit. */
  readonly open?: readonly RequestHandler[];
  readonly params?: P;
  readonly query?: Q;
  /** The JSON body; another type is 415. */
  readonly body?: B;
  /** The type of a body that is not JSON and that the route reads itself. */
  readonly bodyType?: string;
  /** The name under which the audit knows it: needed where it changes something or shows content. */
  readonly audit?: string;
  /** True where the answer holds a secret: it is never kept. */
  readonly secret?: boolean;
  /** The status of success and what it means. */
  readonly success: readonly [status: number, description: string];
  /** Other answers that are no problems, each with its shape where that is another. */
  readonly also?: readonly (readonly [status: number, description: string, answer?: z.ZodType])[];
  /** The shape of the answer, for the documentation. */
  readonly answer?: z.ZodType;
  /** Headers of a successful answer. */
  readonly headers?: readonly ('ETag' | 'Location')[];
  /** Types beside JSON (CSV), or instead of it. */
  readonly answerTypes?: readonly string[];
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

/** Refusals that belong in the audit: somebody tried what the rights or the state did not allow. */
const AUDITED_REFUSALS: readonly ProblemType[] = ['forbidden', 'conflict', 'gone', 'precondition-failed'];

const templates = new WeakMap<object, string>();

/** The route that a request came to, as its template: a path can hold an address, a template never does. */
export function routeOf(request: object): string | undefined {
  return templates.get(request);
}

/** Collects routes into an Express router and an OpenAPI registry. */
export class Routes {
  readonly router = Router();
  /** Routes that need no token; mounted before the check of who calls. */
  readonly open = Router();
  readonly registry = new OpenAPIRegistry();
  private readonly deps: ApiDeps;

  constructor(deps: ApiDeps) {
    this.deps = deps;
  }

  add<P extends Shape = NoFields, Q extends Shape = NoFields, B extends z.ZodType = z.ZodUndefined>(
    spec: RouteSpec<P, Q, B>,
    handle: (call: Call<P, Q, B>) => Promise<Answer | undefined>,
  ): void {
    const params = z.object(spec.params ?? ({} as P));
    const query = z.strictObject(spec.query ?? ({} as Q));
    this.registry.registerPath(describeRoute(spec, params, query));
    const work = async (request: Request, response: Response): Promise<Answer | undefined> => {
      if (spec.body !== undefined && request.is('application/json') === false) {
        throw new Problem('unsupported-media-type', 'Send the body as Content-Type: application/json');
      }
      const call = {
        params: read(params, request.params),
        query: read(query, request.query),
        body: (spec.body === undefined ? undefined : read(spec.body, request.body ?? {})) as z.infer<B>,
        request,
        response,
      };
      if (spec.method !== 'post' || spec.open !== undefined) return handle(call);
      const kept = { status: spec.success[0], secret: spec.secret ?? false };
      return onceFor(this.deps, request, kept, () => handle(call));
    };
    const router = spec.open === undefined ? this.router : this.open;
    router[spec.method](
      expressPath(spec.path),
      ...(spec.open ?? []),
      this.checks(spec.path, spec.audit, need(...spec.roles)),
      async (request: Request, response: Response) => {
        const answer = await this.audited(spec.audit, request, () => work(request, response));
        if (answer === undefined) return;
        response.status(answer.status ?? spec.success[0]).set(answer.headers ?? {});
        if (answer.body === undefined) response.end();
        else response.json(answer.body);
      },
    );
  }

  /** Reads a body that is not JSON, for those who may send it only. */
  reads(path: string, role: Role, name: string, reader: RequestHandler): void {
    this.router.post(expressPath(path), this.checks(path, name, need(role)), reader);
  }

  /** A check of rights whose refusals are in the audit too. */
  private checks(path: string, name: string | undefined, check: (request: Request) => void): RequestHandler {
    return async (request, _response, next) => {
      templates.set(request, path);
      await this.audited(name, request, () => Promise.resolve(request).then(check));
      next();
    };
  }

  private async audited<T>(name: string | undefined, request: Request, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (name !== undefined && error instanceof Problem && AUDITED_REFUSALS.includes(error.type)) {
        const [target] = Object.values(request.params).flat();
        await audit(this.deps.store, this.deps.clock, request, {
          action: name,
          target: target?.slice(0, 320) ?? null,
          result: `refused: ${error.type}`,
        });
      }
      throw error;
    }
  }
}

function expressPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

function read<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), message: 'is not a known field' }))
      : [{ path: issue.path.join('.'), message: issue.message }],
  );
  throw new Problem('bad-request', errors.map(({ path, message }) => `${path}: ${message}`).join('; '), errors);
}
