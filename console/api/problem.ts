/** An answer of the API that is a problem (RFC 9457), or no answer at all (`status` 0: the server could not be reached). */
export class ApiProblem extends Error {
  readonly status: number;
  readonly type: string;
  readonly title: string;
  readonly errors: readonly { readonly path: string; readonly message: string }[];

  constructor(status: number, body: unknown) {
    const { type, title, detail, errors } = isRecord(body) ? body : {};
    super(typeof detail === 'string' ? detail : OTHER[status === 0 ? 'away' : 'unclear']);
    this.name = 'ApiProblem';
    this.status = status;
    this.type = typeof type === 'string' ? type.replace('/problems/', '') : 'unclear';
    this.title = typeof title === 'string' ? title : `Answer ${status}`;
    this.errors = Array.isArray(errors) ? (errors as ApiProblem['errors']) : [];
  }
}

const OTHER = {
  away: 'The server cannot be reached. What you see is as it was when it last answered.',
  unclear: 'The server answered with something that is no answer of this API.',
} as const;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** What to say of anything that was thrown. */
export function saidBy(error: unknown): string {
  return error instanceof Error ? error.message : 'Something went wrong on this page';
}
