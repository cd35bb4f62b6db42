import { z } from 'zod';
import { REVERT_OUTCOMES } from '../../domain/ledger';
import { type RevertDoc } from '../../store/reverts';
import { sendCsv } from '../csv';
import { type ApiDeps } from '../deps';
import { LEDGER_COLUMNS, ledgerPages, wantsCsv } from '../exports';
import { address, id } from '../fields';
import { decodeCursor, page, pageQuery } from '../paging';
import { Problem } from '../problem';
import { type Routes } from '../route';
import { ledgerView, revertView } from '../views';

/** Reverts: how an undo went. */
export function revertRoutes(routes: Routes, deps: ApiDeps): void {
  const { store } = deps;
  const known = async (revertId: string): Promise<RevertDoc> => {
    const found = await store.reverts.byId(revertId);
    if (found === null) throw new Problem('not-found', `There is no revert ${revertId}`);
    return found;
  };

  routes.add(
    {
      method: 'get',
      path: '/reverts/{id}',
      summary: 'One revert',
      roles: ['reader'],
      params: { id },
      success: [200, 'The revert'],
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
