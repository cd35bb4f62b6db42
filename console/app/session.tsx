import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, use, useEffect, useMemo } from 'react';
import { ApiProblem } from '../api/problem';
import { type Role, type Session, sessionQuery } from '../api/session';
import { ErrorState, Loading } from '../parts/states';
import { SignIn } from '../pages/sign-in';

interface SessionValue extends Session {
  /** Whether the token that signed in has one of these roles: what it may not do is not offered. */
  readonly may: (...roles: readonly Role[]) => boolean;
}

const Context = createContext<SessionValue | null>(null);

/** Who is signed in. Only inside {@link SessionGate}. */
export function useSession(): SessionValue {
  const session = use(Context);
  if (session === null) throw new Error('Nobody is signed in here');
  return session;
}

/** Shows the page to whom is signed in, and the sign-in to everybody else, without leaving the address. */
export function SessionGate({ children }: { readonly children: ReactNode }) {
  const client = useQueryClient();
  const { data, error, isPending, refetch } = useQuery(sessionQuery);
  const session = data ?? null;
  // An answer of 401 anywhere means that the session has ended: see app/query-client.ts.
  useEffect(() => {
    if (session !== null) return;
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
  }, [session, client]);
  const value = useMemo<SessionValue | null>(
    () => session && { ...session, may: (...roles) => roles.some((role) => session.roles.includes(role)) },
    [session],
  );
  if (isPending) return <Loading label="Looking who is signed in" />;
  if (value !== null) return <Context value={value}>{children}</Context>;
  if (error instanceof ApiProblem && error.status !== 401) {
    return <ErrorState error={error} retry={() => void refetch()} />;
  }
  return <SignIn />;
}
