import { OpenApiGeneratorV31, type OpenAPIRegistry, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { PROBLEM_TYPES, PROBLEMS, type ProblemType } from './problem';
import { type RouteSpec, type Shape } from './route';

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

/** Problems that any route can answer with. */
const EVERYWHERE: readonly ProblemType[] = ['bad-request', 'unauthorized', 'forbidden', 'internal', 'unavailable'];
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
  const types = [
    ...EVERYWHERE,
    ...(takesBody ? WITH_BODY : []),
    ...(spec.method === 'post' ? POSTS : []),
    ...(spec.problems ?? []),
  ];
  const headers = {
    ...(spec.method === 'post' ? { 'Idempotency-Key': z.string().max(255).optional() } : {}),
    ...(spec.problems?.includes('precondition-required') === true ? { 'If-Match': z.string() } : {}),
  };
  return {
    method: spec.method,
    path: `/api/v1${spec.path}`,
    tags: [spec.path.split('/')[1] ?? ''],
    summary: spec.summary,
    description: `Needs the role ${spec.roles.join(' or ')}.`,
    security: [{ bearer: [] }],
    request: {
      params,
      query,
      ...(Object.keys(headers).length === 0 ? {} : { headers: z.object(headers) }),
      ...(takesBody ? { body: { required: true, content: contentOf(spec) } } : {}),
    },
    responses: { ...successes(spec), ...problems(types) },
  };
}

function contentOf({ body, bodyType }: { readonly body?: z.ZodType; readonly bodyType?: string }) {
  if (bodyType !== undefined) return { [bodyType]: { schema: z.string() } };
  return body === undefined ? {} : { 'application/json': { schema: body } };
}

function successes(spec: Pick<RouteSpec<Shape, Shape, z.ZodType>, 'success' | 'also' | 'answer' | 'answerTypes'>) {
  const content = {
    ...(spec.answer === undefined ? {} : { 'application/json': { schema: spec.answer } }),
    ...Object.fromEntries((spec.answerTypes ?? []).map((type) => [type, { schema: z.string() }])),
  };
  return Object.fromEntries(
    [spec.success, ...(spec.also ?? [])].map(([status, description]) => [
      status,
      { description, ...(Object.keys(content).length === 0 ? {} : { content }) },
    ]),
  ) as Responses;
}

/** One entry a status: types that share one are named together. */
function problems(types: readonly ProblemType[]): Responses {
  const content = { 'application/problem+json': { schema: problem } };
  const titles = new Map<number, string[]>();
  for (const type of types) {
    const [status, title] = PROBLEMS[type];
    titles.set(status, [...(titles.get(status) ?? []), title]);
  }
  return Object.fromEntries([...titles].map(([status, said]) => [status, { description: said.join('; '), content }]));
}

/** The OpenAPI 3.1 document of everything that the API answers. */
export function openApiDocument(registry: OpenAPIRegistry) {
  registry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
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
