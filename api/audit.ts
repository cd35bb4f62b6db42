import { type Request } from 'express';
import { type Session } from '../store/collection';
import { type Store } from '../store/store';
import { callerOf } from './auth';

export interface AuditEntry {
  readonly action: string;
  readonly target: string | null;
  readonly before?: unknown;
  readonly after?: unknown;
  /** `ok` where it was allowed, else `refused: <problem type>`. */
  readonly result?: string;
}

/**
 * Records who did what: before a destructive step is handed on, and before content is shown; with a session, in the
 * transaction of the change itself.
 */
export async function audit(
  store: Store,
  clock: () => Date,
  request: Request,
  entry: AuditEntry,
  session?: Session,
): Promise<void> {
  const caller = callerOf(request);
  await store.audit.append(
    {
      at: clock(),
      subject: caller.name,
      token: caller._id,
      ip: request.ip ?? null,
      action: entry.action,
      target: entry.target,
      before: entry.before ?? null,
      after: entry.after ?? null,
      result: entry.result ?? 'ok',
      requestId: typeof request.id === 'string' ? request.id : null,
    },
    { session },
  );
}
