import { z } from 'zod';
import { RESERVED_NAMES } from '../../domain/action';
import { isDuplicateKey, newId } from '../../store/collection';
import { type TokenDoc } from '../../store/tokens';
import { audit } from '../audit';
import { newSecret, ROLES } from '../auth';
import { type ApiDeps } from '../deps';
import { id, time } from '../fields';
import { decodeCursor, page, PAGE, pageQuery } from '../paging';
import { Problem } from '../problem';
import { type Routes } from '../route';
import { hashSecret } from '../secrets';
import { pageOf } from '../schemas/common';
import { newToken as newTokenShape, token as tokenShape } from '../schemas/control';

const RESERVED = new Set(RESERVED_NAMES.map((name) => name.toLowerCase()));

const LAST_ADMIN = 'It is the last token with the role admin that works: make another one first';

const newToken = z.strictObject({
  name: z
    .string()
    .max(63)
    .regex(/^\w+(?:[ .@-]\w+)*$/, 'needs words of letters and digits with one space, dot, @ or dash between them')
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
      answer: pageOf(tokenShape),
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
      answer: newTokenShape,
      problems: ['conflict'],
    },
    async ({ body, request }) => {
      const at = clock();
      if (body.expiresAt !== undefined && body.expiresAt <= at) {
        throw new Problem('bad-request', 'expiresAt: is in the past', [
          { path: 'expiresAt', message: 'is in the past' },
        ]);
      }
      const secret = newSecret();
      const token: TokenDoc = {
        _id: newId(),
        name: body.name,
        hash: hashSecret(secret),
        roles: [...new Set(body.roles)],
        createdAt: at,
        expiresAt: body.expiresAt ?? null,
        deletedAt: null,
        lastUsedAt: null,
      };
      await store.transaction(async (session) => {
        try {
          await store.tokens.collection.insertOne(token, { session });
        } catch (error) {
          if (!isDuplicateKey(error)) throw error;
          throw new Problem('conflict', `The name ${body.name} is or was taken: names are unique for ever`);
        }
        const entry = { action: 'token.create', target: token._id, after: viewOf(token) };
        await audit(store, clock, request, entry, session);
      });
      return { body: { ...viewOf(token), token: secret } };
    },
  );

  routes.add(
    {
      method: 'delete',
      path: '/tokens/{id}',
      summary: 'Delete a token: it stops working at once. The last one with the role admin cannot be deleted',
      roles: ['admin'],
      params: { id },
      audit: 'token.delete',
      success: [204, 'Deleted'],
      problems: ['not-found', 'conflict'],
    },
    async ({ params, request }) => {
      const at = clock();
      // The row of the audit gives deletions one order: of two that would each leave the other's token, one is refused.
      await store.transaction(async (session) => {
        const deleted = await store.tokens.collection.findOneAndUpdate(
          { _id: params.id, deletedAt: null },
          { $set: { deletedAt: at } },
          { session },
        );
        if (deleted === null) throw new Problem('not-found', `There is no token ${params.id}`);
        if (deleted.roles.includes('admin') && !(await store.tokens.anyWith('admin', at, session))) {
          throw new Problem('conflict', LAST_ADMIN);
        }
        await audit(
          store,
          clock,
          request,
          { action: 'token.delete', target: params.id, before: viewOf(deleted) },
          session,
        );
      });
      return {};
    },
  );
}

function viewOf({ _id, name, roles, createdAt, expiresAt, lastUsedAt = null }: TokenDoc) {
  return { id: _id, name, roles, createdAt, expiresAt, lastUsedAt };
}
