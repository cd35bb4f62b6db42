import { z } from 'zod';
import { type AuditDoc, auditView } from '../../store/audit-chain';
import { sendCsv } from '../csv';
import { type ApiDeps } from '../deps';
import { AUDIT_COLUMNS, auditPages, wantsCsv } from '../exports';
import { time } from '../fields';
import { decodeTimeCursor, page, pageQuery } from '../paging';
import { type Routes } from '../route';

const word = z.string().min(1).max(320).optional();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'is not a hash: 64 hex digits');

const row = z.object({
  id: z.string(),
  seq: z.int(),
  at: z.iso.datetime(),
  subject: z.string(),
  token: z.string().nullable(),
  ip: z.string().nullable(),
  action: z.string(),
  target: z.string().nullable(),
  before: z.unknown(),
  after: z.unknown(),
  result: z.string(),
  requestId: z.string().nullable(),
  previousHash: sha256,
  hash: sha256,
});

const verification = z.object({
  ok: z.boolean(),
  rows: z.int(),
  head: sha256,
  brokenAt: z.object({ seq: z.int(), id: z.string().nullable(), problem: z.string() }).optional(),
  keptAt: z.int().nullable().optional(),
});

/** Who did what, and whether anybody changed what was written about it. Reading it is no look at content (law 11). */
export function auditRoutes(routes: Routes, deps: ApiDeps): void {
  const { store } = deps;

  routes.add(
    {
      method: 'get',
      path: '/audit',
      summary: 'Who did what, newest first',
      roles: ['auditor', 'admin'],
      query: {
        ...pageQuery.shape,
        ...{ subject: word, action: word, target: word, result: word, requestId: word },
        from: time.optional(),
        to: time.optional(),
      },
      success: [200, 'A page of rows; as text/csv all of them'],
      answer: z.object({
        items: z.array(row),
        nextCursor: z.string().nullable(),
        total: z.int(),
        totalIsAtLeast: z.literal(true).optional(),
      }),
      answerTypes: ['text/csv'],
    },
    async ({ query: { limit, cursor, ...filter }, request, response }) => {
      if (wantsCsv(request)) {
        return sendCsv(response, { name: 'audit', columns: AUDIT_COLUMNS, pages: auditPages(deps, filter) });
      }
      const list = `audit ${JSON.stringify(filter)}`;
      const after = decodeTimeCursor(list, cursor);
      const rows = await store.audit.list(filter, after && { at: after.at, seq: Number(after.id) }, limit + 1);
      const view = { position: placeOf, of: auditView };
      return { body: page(list, rows, { limit, total: await store.audit.count(filter) }, view) };
    },
  );

  routes.add(
    {
      method: 'get',
      path: '/audit/verify',
      summary: 'Walk the whole chain of the audit, and look for a head that was kept elsewhere',
      roles: ['auditor', 'admin'],
      query: { head: sha256.optional() },
      success: [200, 'Whether it is unbroken; where not, the first place'],
      answer: verification,
    },
    async ({ query, response }) => {
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      try {
        return { body: await store.audit.verify({ kept: query.head, signal: gone.signal }) };
      } catch (error) {
        if (gone.signal.aborted) return undefined; // Nobody is there to answer.
        throw error;
      }
    },
  );
}

function placeOf({ at, seq }: AuditDoc) {
  return { sort: at.toISOString(), id: String(seq) };
}
