import { ApplicationFailure } from '@temporalio/activity';

/** What a typed error of ours tells the retry rule. */
export interface CodedError {
  readonly code: string;
  readonly retryable: boolean;
}

/**
 * The one place where errors become Temporal failures. The type is the error's code; the message is the error's name
 * alone, since a driver's message can quote an address or a subject and histories hold none (law 8).
 */
export function toActivityFailure(error: unknown): unknown {
  if (error instanceof ApplicationFailure || !(error instanceof Error) || isCancellationError(error)) return error;
  if (isCoded(error)) {
    return ApplicationFailure.create({ type: error.code, message: error.name, nonRetryable: !error.retryable });
  }
  return ApplicationFailure.create({ type: error.name, message: `${error.name}: see the worker's log` });
}

/** What a log may say of an error: its kind, its code and where it came from, never its message (law 8). */
export function detailsOf(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { errorName: typeof error };
  const { code, codeName } = error as { code?: unknown; codeName?: unknown };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return { errorName: error.name, code, codeName, frames: frames.map((line) => line.trim()) };
}

/** Whether it is a typed error of ours. */
export function isCoded(error: unknown): error is Error & CodedError {
  return error instanceof Error && 'retryable' in error && 'code' in error && typeof error.code === 'string';
}

function isCancellationError(error: Error): boolean {
  return error.name === 'CancelledFailure' || error.name === 'CompleteAsyncError';
}
