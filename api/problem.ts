import { type ErrorRequestHandler, type RequestHandler, type Response } from 'express';
import { type Logger } from 'pino';
import { MailboxError, type MailboxErrorCode } from '../mail/provider';

/** Every kind of problem that the API answers with: frozen, documented in the OpenAPI document. */
export const PROBLEMS = {
  'bad-request': [400, 'The request is not valid'],
  unauthorized: [401, 'A valid token is needed'],
  forbidden: [403, 'The token may not do this'],
  csrf: [403, 'The X-CSRF-Token of the session is needed'],
  'not-found': [404, 'There is no such thing'],
  conflict: [409, 'The state does not allow this'],
  'in-progress': [409, 'The first request with this Idempotency-Key still runs'],
  gone: [410, 'It is not kept any more'],
  'precondition-failed': [412, 'It has changed meanwhile'],
  'too-large': [413, 'The body is too large'],
  'unsupported-media-type': [415, 'The body has the wrong type'],
  'idempotency-mismatch': [422, 'The Idempotency-Key was used with another body'],
  'precondition-required': [428, 'If-Match is needed'],
  'too-many-requests': [429, 'There were too many of these'],
  internal: [500, 'Something went wrong here'],
  unavailable: [503, 'A server is away'],
} as const satisfies Record<string, readonly [number, string]>;
export type ProblemType = keyof typeof PROBLEMS;
export const PROBLEM_TYPES = Object.keys(PROBLEMS) as ProblemType[];

export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** An answer that is a problem (RFC 9457). `detail` is for the caller and never holds what a driver said. */
export class Problem extends Error {
  readonly type: ProblemType;
  readonly errors: readonly FieldError[];
  constructor(type: ProblemType, detail: string, errors: readonly FieldError[] = []) {
    super(detail);
    this.name = 'Problem';
    this.type = type;
    this.errors = errors;
  }
}

/** Seconds after which the same call may do better. */
const RETRY_AFTER: Readonly<Partial<Record<ProblemType, number>>> = {
  unavailable: 5,
  'in-progress': 1,
  'too-many-requests': 60,
};

const MAILBOX_PROBLEMS: Readonly<Record<MailboxErrorCode, ProblemType>> = {
  unreachable: 'unavailable',
  loginRefused: 'unavailable',
  unknownMailbox: 'not-found',
  unknownMessage: 'not-found',
  onHold: 'conflict',
  tooLarge: 'too-large',
  badFolder: 'bad-request',
  notEmbedded: 'conflict',
};

/** Turns whatever was thrown into a problem; what is not ours becomes a 500 that says nothing of its cause. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof MailboxError) return new Problem(MAILBOX_PROBLEMS[error.code], error.message);
  if (!(error instanceof Error)) return new Problem('internal', 'An unexpected error: see the log');
  if (isMongoAway(error)) return new Problem('unavailable', 'MongoDB does not answer: try again');
  if ('code' in error && error.code === MAX_TIME_EXPIRED) {
    return new Problem('unavailable', 'The question took too long: narrow it, by time or by a further filter');
  }
  switch ('type' in error ? error.type : undefined) {
    case 'entity.parse.failed':
      return new Problem('bad-request', 'The body is not valid JSON');
    case 'entity.too.large':
      return new Problem('too-large', 'The body is over the limit of this route');
    case 'charset.unsupported':
    case 'encoding.unsupported':
      return new Problem('unsupported-media-type', 'The body has an encoding that is not understood');
    default:
      if (error instanceof URIError) return new Problem('bad-request', 'The path is not valid');
      // What else the body parser refuses: a length that is not true, a caller that went away.
      if ('status' in error && error.status === 400) return new Problem('bad-request', 'The body could not be read');
      return new Problem('internal', 'An unexpected error: see the log');
  }
}

const AWAY = new Set([
  'MongoServerSelectionError',
  'MongooseServerSelectionError',
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoNotConnectedError',
  'MongoTopologyClosedError',
  'MongoPoolClearedError',
  'PoolClearedOnNetworkError',
  'MongoOperationTimeoutError',
  'MongoWaitQueueTimeoutError',
]);

/** Labels that the server or the driver sets while a primary is being elected: the same call may succeed later. */
const PASSING_LABELS: readonly string[] = ['RetryableWriteError', 'TransientTransactionError', 'ResetPool'];

/** Codes of a member that is not, or no more, the primary, or shuts down: these errors may come without a label. */
const PASSING_CODES: readonly unknown[] = [91, 189, 10107, 11600, 11602, 13435, 13436];

/** MongoDB gave up a query of ours at its time limit. */
const MAX_TIME_EXPIRED = 50;

/** Whether an error says that MongoDB is not there, as against that it refused. */
function isMongoAway(error: Error): boolean {
  if (AWAY.has(error.name)) return true;
  if (!error.name.startsWith('Mongo')) return false;
  const labels = 'errorLabels' in error && Array.isArray(error.errorLabels) ? (error.errorLabels as unknown[]) : [];
  return (
    PASSING_LABELS.some((label) => labels.includes(label)) || ('code' in error && PASSING_CODES.includes(error.code))
  );
}

/** A problem as its document (RFC 9457). */
export function problemBody(problem: Problem, instance: string) {
  const [status, title] = PROBLEMS[problem.type];
  return {
    type: `/problems/${problem.type}`,
    title,
    status,
    detail: problem.message,
    instance,
    ...(problem.errors.length === 0 ? {} : { errors: problem.errors }),
  };
}

/** Sends a problem as `application/problem+json`. */
export function sendProblem(response: Response, problem: Problem, instance: string): void {
  const [status] = PROBLEMS[problem.type];
  const retryAfter = RETRY_AFTER[problem.type];
  if (retryAfter !== undefined) response.set('Retry-After', String(retryAfter));
  if (status === 401) response.set('WWW-Authenticate', 'Bearer');
  response
    .status(status)
    .type('application/problem+json')
    .send(JSON.stringify(problemBody(problem, instance)));
}

/** The last middleware: every error ends here. */
export function problemHandler(logger: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const problem = toProblem(error);
    if (problem.type === 'internal') logger.error({ err: error, requestId: request.id }, 'unexpected error');
    sendProblem(response, problem, request.originalUrl.split('?')[0] ?? '');
  };
}

/** No route matched. */
export const notFound: RequestHandler = (request) => {
  throw new Problem('not-found', `There is no route ${request.method} ${request.path}`);
};
