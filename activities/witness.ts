import { type Session } from '../store/collection';
import { type ActivityDeps } from './deps';

/** What automation, the system or an operator at Temporal did. */
export interface Deed {
  readonly subject: string;
  readonly action: string;
  readonly target: string;
  readonly after: unknown;
  /** What makes the deed one and the same, since activities are repeated. */
  readonly once: string;
}

/** Puts deeds of the worker into the audit, each once (law 11); with a session, in the transaction of the deed itself. */
export function createWitness({ store, clock }: ActivityDeps) {
  return async function witness({ subject, action, target, after, once }: Deed, session?: Session): Promise<void> {
    const nobody = { token: null, ip: null, before: null, result: 'ok', requestId: null } as const;
    const event = { ...nobody, at: clock(), subject, action, target, after };
    await store.audit.append(event, { once: `${action}:${once}`, session });
  };
}
