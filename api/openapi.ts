import { OpenApiGeneratorV31, type OpenAPIRegistry, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { PROBLEM_TYPES, PROBLEMS, type ProblemType } from './problem';
import { type RouteSpec, type Shape } from './route';
import { CSRF_HEADER } from './session';

const problem = z.object({
  type: z.enum(PROBLEM_TYPES.map((type) => `/problems/${type}`)),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

const DESCRIPTION = [
  'Takes malicious mail back after delivery, and can put it back.',
  'Errors are `application/problem+json`; their `type` is one of this frozen list:',
  ...PROBLEM_TYPES.map((type) => `* \`/problems/${type}\`: ${PROBLEMS[type][0]}, ${PROBLEMS[type][1]}`),
].join('\n\n');

/** Problems that any route can answer with, and those that need to know who calls. */
const EVERYWHERE: readonly ProblemType[] = ['bad-request', 'internal', 'unavailable'];
const WITH_TOKEN: readonly ProblemType[] = ['unauthorized', 'forbidden'];
const WITH_BODY: readonly ProblemType[] = ['too-large', 'unsupported-media-type'];
const POSTS: readonly ProblemType[] = ['in-progress', 'idempotency-mismatch'];

type Responses = RouteConfig['responses'];

/** Documents a route from the schemas that validate its requests. */
export function describeRoute<P extends Shape, Q extends Shape, B extends z.ZodType>(
  spec: RouteSpec<P, Q, B>,
  params: z.ZodObject<P>,
  query: z.ZodObject<Q>,
): RouteConfig {
  const takesBody = spec.body !== undefined || spec.bodyType !== undefined;
  const open = spec.open !== undefined;
  const changes = spec.method !== 'get';
  const repeatable = spec.method === 'post' && !open;
  const types = [
    ...EVERYWHERE,
    ...(open ? [] : WITH_TOKEN),
    ...(changes && !open ? (['csrf'] as const) : []),
    ...(takesBody ? WITH_BODY : []),
    ...(repeatable ? POSTS : []),
    ...(spec.problems ?? []),
  ];
  const headers = {
    ...(repeatable ? { 'Idempotency-Key': z.string().max(255).optional() } : {}),
    ...(types.includes('csrf') ? { [CSRF_HEADER]: z.string().optional() } : {}),
    ...ifMatchOf(spec.problems ?? []),
  };
  return {
    method: spec.method,
    path: `/api/v1${spec.path}`,
    tags: [spec.path.split('/')[1] ?? ''],
    summary: spec.summary,
    description: rightsOf(spec),
    security: open ? [] : [{ bearer: [] }, { cookie: [] }],
    request: {
      params,
      query,
      ...(Object.keys(headers).length === 0 ? {} : { headers: z.object(headers) }),
      ...(takesBody ? { body: { required: isBodyRequired(spec), content: contentOf(spec) } } : {}),
    },
    responses: { ...successes(spec), ...problems(types) },
  };
}

function rightsOf({ open, roles }: Pick<RouteSpec<Shape, Shape, z.ZodType>, 'open' | 'roles'>): string {
  if (open !== undefined) return 'Needs no token.';
  return roles.length === 0 ? 'Every token may.' : `Needs the role ${roles.join(' or ')}.`;
}

/** Where a change is made on the state as it was seen: needed, or at the caller's choice. */
function ifMatchOf(types: readonly ProblemType[]): Readonly<Record<string, z.ZodType>> {
  if (types.includes('precondition-required')) return { 'If-Match': z.string() };
  return types.includes('precondition-failed') ? { 'If-Match': z.string().optional() } : {};
}

/** A body whose fields are all optional may be left out. */
function isBodyRequired({ body }: { readonly body?: z.ZodType }): boolean {
  return body === undefined || !body.safeParse({}).success;
}

function contentOf({ body, bodyType }: { readonly body?: z.ZodType; readonly bodyType?: string }) {
  if (bodyType !== undefined) return { [bodyType]: { schema: z.string() } };
  return body === undefined ? {} : { 'application/json': { schema: body } };
}

/** CSV is offered beside JSON; any other type is the only one of its route. */
function answersJson(types: readonly string[] = []): boolean {
  return types.every((type) => type === 'text/csv');
}

function successes(spec: AnswerSpec): Responses {
  const contentWith = (answer: z.ZodType | undefined) => ({
    ...(answersJson(spec.answerTypes) ? { 'application/json': { schema: answer ?? z.unknown() } } : {}),
    ...Object.fromEntries((spec.answerTypes ?? []).map((type) => [type, { schema: z.string() }])),
  });
  const repeatable = spec.method === 'post' && spec.open === undefined;
  const names = [...(spec.headers ?? []), ...(repeatable ? (['Idempotency-Replayed'] as const) : [])];
  const headers = Object.fromEntries(
    names.map((name) => [name, { description: HEADERS[name], schema: { type: 'string' as const } }]),
  );
  return Object.fromEntries(
    [spec.success, ...(spec.also ?? [])].map(([status, description, answer = spec.answer]) => [
      status,
      { description, headers, ...(status === NO_CONTENT ? {} : { content: contentWith(answer) }) },
    ]),
  );
}

const NO_CONTENT = 204;

type AnswerSpec = Pick<
  RouteSpec<Shape, Shape, z.ZodType>,
  'method' | 'open' | 'success' | 'also' | 'answer' | 'answerTypes' | 'headers'
>;

const HEADERS = {
  ETag: 'The state as it was seen, for If-Match',
  Location: 'Where what was started can be followed',
  'Idempotency-Replayed': 'true where the answer is that of an earlier request with the same Idempotency-Key',
} as const;

/** Statuses that may come with a time to wait. */
const RETRIED: readonly number[] = [409, 429, 503];

/** One entry a status: types that share one are named together. */
function problems(types: readonly ProblemType[]): Responses {
  const content = { 'application/problem+json': { schema: problem } };
  const titles = new Map<number, string[]>();
  for (const type of types) {
    const [status, title] = PROBLEMS[type];
    titles.set(status, [...(titles.get(status) ?? []), title]);
  }
  const retry = { 'Retry-After': { description: 'Seconds', schema: { type: 'string' as const } } };
  return Object.fromEntries(
    [...titles].map(([status, said]) => [
      status,
      { description: said.join('; '), content, ...(RETRIED.includes(status) ? { headers: retry } : {}) },
    ]),
  );
}

/** The OpenAPI 3.1 document of everything that the API answers. */
export function openApiDocument(registry: OpenAPIRegistry) {
  registry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
  registry.registerComponent('securitySchemes', 'cookie', {
    ...{ type: 'apiKey', in: 'cookie', name: 'clawback' },
    description: `Set by POST /sign-in; over HTTPS its name is __Host-clawback. A change needs ${CSRF_HEADER} with it, as GET /session tells it.`,
  });
  const status = (value: string) => ({
    description: 'Yes',
    content: { 'application/json': { schema: z.object({ status: z.literal(value) }) } },
  });
  registry.registerPath({ method: 'get', path: '/healthz', summary: 'Lives', responses: { 200: status('ok') } });
  registry.registerPath({
    method: 'get',
    path: '/readyz',
    summary: 'MongoDB and Temporal answer; 503 says which does not',
    responses: { 200: status('ready'), ...problems(['unavailable']) },
  });
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: { title: 'Clawback', version: '0.0.1', description: DESCRIPTION },
  });
}
