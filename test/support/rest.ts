import { type Express } from 'express';
import request from 'supertest';
import { ensureToken, type Role } from '../../api/auth';
import { type Store } from '../../store/store';

type Method = 'get' | 'post' | 'put' | 'delete';

/** Calls the API as one token. */
export type Caller = (method: Method, path: string) => request.Test;

/** A token of these roles, and calls with it. */
export async function caller(app: Express, store: Store, name: string, roles: readonly Role[]): Promise<Caller> {
  const secret = `a-secret-of-the-tests-32-characters-${name}`;
  await ensureToken(store, { name, secret, roles, at: new Date() });
  return (method, path) => request(app)[method](`/api/v1${path}`).set('authorization', `Bearer ${secret}`);
}
