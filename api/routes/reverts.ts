import { z } from 'zod';
import { REVERT_OUTCOMES } from '../../domain/ledger';
import { REVERT_DESTINATIONS, type RevertDoc } from '../../store/reverts';
import { audit } from '../audit';
import { sendCsv } from '../csv';
import { type ApiDeps } from '../deps';
import { LEDGER_COLUMNS, ledgerPages, wantsCsv } from '../exports';
import { address, comment, entityKeyOf, id, time } from '../fields';
import { decodeCursor, page, pageQuery } from '../paging';
import { Problem } from '../problem';
import { MANY, previewMany, revertMany, selectActions } from '../revert-many';
import { type Routes } from '../route';
import { handOver } from '../start-revert';
import { ledgerView, revertView } from '../views';
import { ledgerRow, revert } from '../schemas/action';
import { pageOf } from '../schemas/common';

const acted = z
  .strictObject({
    entity: z
      .string()
      .max(4096)
      .transform((named, context) => {
        const key = entityKeyOf(named);
        if (key !== null) return key;
        context.addIssue({ code: 'custom', message: 'is neither a SHA-256 nor an http, https or ftp address' });
        return z.NEVER;
      })
      .optional(),
    decidedBy: z.string().min(1).max(100).optional(),
    from: time.optional(),
    to: time.optional(),
  })
  .refine((filter) => Object.keys(filter).length > 0, 'needs at least one of entity, decidedBy, from, to')
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, 'from is after to')
  .transform(({ entity: key, ...rest }) => ({ key, ...rest }));

const manyReverts = z
  .strictObject({
    actionIds: z.array(id).min(1).max(MANY.actionIds).optional(),
    filter: acted.optional(),
    destination: z.enum(REVERT_DESTINATIONS),
    comment,
    dryRun: z.boolean().default(false),
  })
  .refine(({ actionIds, filter }) => (actionIds === undefined) !== (filter === undefined), {
    path: ['actionIds'],
    message: 'give exactly one of actionIds and filter',
  });

/** Reverts: many at once, and how an undo went. */
export function revertRoutes(routes: Routes, deps: ApiDeps): void {
  const { store } = deps;
  const known = async (revertId: string): Promise<RevertDoc> => {
    const found = await store.reverts.byId(revertId);
    if (found === null) throw new Problem('not-found', `There is no revert ${revertId}`);
    return found;
  };

  routes.add(
    {
      method: 'post',
      path: '/reverts',
      summary: 'Put back what many actions removed: those named, or all that an entity, a person or automation did',
      roles: ['approver'],
      body: manyReverts,
      audit: 'reverts.start',
      success: [202, 'For each action the revert that was started, or the problem that kept it back'],
      also: [[200, 'With dryRun: what would be put back, and nothing is changed']],
      problems: ['conflict'],
    },
    async ({ body: { actionIds, filter, dryRun, ...order }, request }) => {
      const selected = await selectActions(deps, { actionIds, filter });
      if (dryRun) return { status: 200, body: await previewMany(deps, selected) };
      await audit(store, deps.clock, request, {
        action: 'reverts.start',
        target: null,
        after: { ...(filter === undefined ? {} : { filter }), ...order, actions: selected.length },
      });
      const answer = await revertMany(deps, request, selected, order);
      void handOver(
        deps,
        answer.items.flatMap(({ id: revertId }) => revertId ?? []),
      );
      return { body: answer };
    },
  );

  routes.add(
    {
      method: 'get',
      path: '/reverts/{id}',
      summary: 'One revert',
      roles: ['reader'],
      params: { id },
      success: [200, 'The revert'],
      answer: revert,
      problems: ['not-found'],
    },
    async ({ params }) => ({ body: await revertView(store, await known(params.id)) }),
  );

  routes.add(
    {
      method: 'get',
      path: '/reverts/{id}/ledger',
      summary: 'What became of each message',
      roles: ['reader'],
      params: { id },
      query: { ...pageQuery.shape, outcome: z.enum(REVERT_OUTCOMES).optional(), mailbox: address.optional() },
      success: [200, 'A page of ledger rows; as text/csv all of them'],
      answer: pageOf(ledgerRow),
      answerTypes: ['text/csv'],
      problems: ['not-found'],
    },
    async ({ params, query: { limit, cursor, ...filter }, request, response }) => {
      const { _id } = await known(params.id);
      if (wantsCsv(request)) {
        return sendCsv(response, {
          name: `ledger-${_id}`,
          columns: LEDGER_COLUMNS,
          pages: ledgerPages(deps, _id, filter),
        });
      }
      const list = `revert ${_id} ${JSON.stringify(filter)}`;
      const rows = await store.ledger.rows(_id, filter, decodeCursor(list, cursor)?.id ?? null, limit + 1);
      const total = await store.ledger.countRows(_id, filter);
      return {
        body: page(list, rows, { limit, total }, { position: (row) => ({ sort: '', id: row._id }), of: ledgerView }),
      };
    },
  );
}
