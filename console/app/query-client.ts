import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiProblem } from '../api/problem';

const TRIES = 2;

/** Worth another try: the server was not reached, or says that a server behind it is away. */
function passes(error: unknown): boolean {
  return error instanceof ApiProblem && (error.status === 0 || error.status === 503);
}

/** What this page knows of the server. Server-sent events keep it fresh (app/events.ts), so nothing is polled. */
export function createQueryClient(): QueryClient {
  const ended = (error: Error): void => {
    if (!(error instanceof ApiProblem)) return;
    if (error.status === 401) client.setQueryData(['session'], null);
    // Somebody signed in again in another tab: the proof, and perhaps the person, are others now.
    if (error.type === 'csrf') void client.invalidateQueries({ queryKey: ['session'] });
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: ended }),
    mutationCache: new MutationCache({ onError: ended }),
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        networkMode: 'always',
        refetchOnWindowFocus: false,
        retry: (failures, error) => failures < TRIES && passes(error),
      },
      mutations: { networkMode: 'always', retry: false },
    },
  });
  return client;
}
