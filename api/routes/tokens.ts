import { z } from 'zod';
import { RESERVED_NAMES } from '../../domain/action';
import { isDuplicateKey, newId } from '../../store/collection';
import { type TokenDoc } from '../../store/tokens';
import { audit } from '../audit';
import { hashSecret, newSecret, ROLES } from '../auth';
import { type ApiDeps } from '../deps';
import { id, time } from '../fields';
import { decodeCursor, page, PAGE, pageQuery } from '../paging';
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

/** API tokens. */
export function tokenRoutes(routes: Routes, { store, clock }: ApiDeps): void {
  routes.add(
    {
      method: 'get',
      path: '/tokens',
      summary: 'The tokens that exist, without their secrets',
      roles: ['admin'],
      query: pageQuery.shape,
      success: [200, 'A page of tokens'],
    },
    async ({ query: { limit, cursor } }) => {
      const after = decodeCursor('tokens', cursor);
      const { collection } = store.tokens;
      const rows = await collection
        .find({ deletedAt: null, ...(after === null ? {} : { name: { $gt: after.sort } }) })
        .sort({ name: 1 })
        .limit(limit + 1)
        .toArray();
      const total = await collection.countDocuments({ deletedAt: null }, { limit: PAGE.exactTo + 1 });
      return {
        body: page(
          'tokens',
          rows,
          { limit, total },
          { position: ({ _id, name }) => ({ sort: name, id: _id }), of: viewOf },
        ),
      };
    },
  );

  routes.add(
    {
      method: 'post',
      path: '/tokens',
      summary: 'Make a token; its secret is shown in this answer only',
      roles: ['admin'],
      body: newToken,
      audit: 'token.create',
      secret: true,
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
      audit: 'token.delete',
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
