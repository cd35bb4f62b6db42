import { z } from 'zod';
import { RESERVED_NAMES } from '../../domain/action';
import { isDuplicateKey, newId } from '../../store/collection';
import { type TokenDoc } from '../../store/tokens';
import { audit } from '../audit';
import { hashSecret, newSecret, ROLES } from '../auth';
import { type ApiDeps } from '../deps';
import { id, time } from '../fields';
import { Problem } from '../problem';
import { type Routes } from '../route';

const RESERVED = new Set(RESERVED_NAMES.map((name) => name.toLowerCase()));

const newToken = z.strictObject({
  name: z
    .string()
    .regex(/^[\w][\w .@-]{0,62}$/, 'needs 1 to 63 letters, digits, spaces, dots, @ or dashes')
    .refine((name) => !RESERVED.has(name.toLowerCase()), 'is a reserved name'),
  roles: z.array(z.enum(ROLES)).min(1),
  expiresAt: time.optional(),
});

const MAX_TOKENS = 500;

/** API tokens. */
export function tokenRoutes(routes: Routes, { store, clock }: ApiDeps): void {
  routes.add(
    {
      method: 'get',
      path: '/tokens',
      summary: 'The tokens that exist, without their secrets',
      roles: ['admin'],
      success: [200, 'The tokens'],
    },
    async () => {
      const tokens = await store.tokens.collection
        .find({ deletedAt: null })
        .sort({ name: 1 })
        .limit(MAX_TOKENS)
        .toArray();
      return { body: { items: tokens.map(viewOf), nextCursor: null, total: tokens.length } };
    },
  );

  routes.add(
    {
      method: 'post',
      path: '/tokens',
      summary: 'Make a token; its secret is shown in this answer only',
      roles: ['admin'],
      body: newToken,
      success: [201, 'The token with its secret'],
      problems: ['conflict'],
    },
    async ({ body, request }) => {
      const secret = newSecret();
      const token: TokenDoc = {
        _id: newId(),
        name: body.name,
        hash: hashSecret(secret),
        roles: [...new Set(body.roles)],
        createdAt: clock(),
        expiresAt: body.expiresAt ?? null,
        deletedAt: null,
      };
      try {
        await store.tokens.collection.insertOne(token);
      } catch (error) {
        if (isDuplicateKey(error))
          throw new Problem('conflict', `The name ${body.name} is or was taken: names are unique for ever`);
        throw error;
      }
      await audit(store, clock, request, { action: 'token.create', target: token._id, after: viewOf(token) });
      return { body: { ...viewOf(token), token: secret } };
    },
  );

  routes.add(
    {
      method: 'delete',
      path: '/tokens/{id}',
      summary: 'Delete a token: it stops working at once',
      roles: ['admin'],
      params: { id },
      success: [204, 'Deleted'],
      problems: ['not-found'],
    },
    async ({ params, request }) => {
      const deleted = await store.tokens.collection.findOneAndUpdate(
        { _id: params.id, deletedAt: null },
        { $set: { deletedAt: clock() } },
      );
      if (deleted === null) throw new Problem('not-found', `There is no token ${params.id}`);
      await audit(store, clock, request, { action: 'token.delete', target: params.id, before: viewOf(deleted) });
      return {};
    },
  );
}

function viewOf({ _id, name, roles, createdAt, expiresAt }: TokenDoc) {
  return { id: _id, name, roles, createdAt, expiresAt };
}
