import createClient, { type Middleware } from 'openapi-fetch';
import { ApiProblem } from './problem';
import { type paths } from './schema';

let csrfToken: string | null = null;

/** What the session gave this page to prove that a change comes from it. */
export function proveWith(token: string | null): void {
  csrfToken = token;
}

/** The header of a change, for a call that is not made by {@link api}. */
export function proof(): Readonly<Record<string, string>> {
  return csrfToken === null ? {} : { 'X-CSRF-Token': csrfToken };
}

const SAFE: readonly string[] = ['GET', 'HEAD'];

const csrf: Middleware = {
  onRequest({ request }) {
    if (SAFE.includes(request.method)) return;
    for (const [name, value] of Object.entries(proof())) request.headers.set(name, value);
  },
};

/** The API by its own document: paths, queries, bodies and answers are checked when the console is built. */
export const api = createClient<paths>({ baseUrl: window.location.origin, credentials: 'same-origin' });
api.use(csrf);

interface Answered<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** Where a list is also offered as CSV, this page never asks for it here (api/csv.ts). */
type Json<T> = Exclude<T, string>;

/** The body of an answer; throws {@link ApiProblem} where it is none. */
export async function answer<T>(call: Promise<Answered<T>>): Promise<Json<T>> {
  return (await answerWithTag(call)).data;
}

/** An answer with the state that it was seen in, for If-Match. */
export async function answerWithTag<T>(
  call: Promise<Answered<T>>,
): Promise<{ readonly data: Json<T>; readonly etag: string }> {
  const { data, error, response } = await call.catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiProblem(0, null);
  });
  if (!response.ok) throw new ApiProblem(response.status, error);
  return { data: data as Json<T>, etag: response.headers.get('etag') ?? '' };
}
