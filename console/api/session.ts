import { queryOptions } from '@tanstack/react-query';
import { answer, api, proveWith } from './client';
import { ApiProblem } from './problem';
import { type Token } from './types';

export type Role = Token['roles'][number];

/** Who the server tells of changes. */
export const LIVE_ROLES: readonly Role[] = ['reader', 'operator', 'detector', 'approver'];

/** Who is signed in on this browser, and what proves that a change comes from this page. */
export interface Session {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly csrfToken: string | null;
  readonly expiresAt: string | null;
  /** Where the Temporal UI shows the workflows of this server; `null` where it says nothing of one. */
  readonly temporalUi: string | null;
}

const AGAIN_MS = 3_000;

/** `null` where nobody is signed in. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }): Promise<Session | null> => {
    try {
      const session = await answer(api.GET('/api/v1/session', { signal }));
      proveWith(session.csrfToken);
      return session;
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: Infinity,
  // Where the server could not say, the whole page waits for it: it comes back by itself.
  refetchInterval: ({ state: { status } }) => (status === 'error' ? AGAIN_MS : false),
});

export async function signIn(token: string): Promise<void> {
  await answer(api.POST('/api/v1/sign-in', { body: { token } }));
}

export async function signOut(): Promise<void> {
  await answer(api.DELETE('/api/v1/sign-in'));
  proveWith(null);
}
