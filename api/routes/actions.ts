import { z } from 'zod';
import { ACTION_SOURCES, ACTION_STATUSES, type ActionStatus, isDraft } from '../../domain/action';
import { REMOVAL_OUTCOMES } from '../../domain/ledger';
import { ACTION_TYPES } from '../../domain/remediation';
import { type ActionDoc } from '../../store/actions';
import { REVERT_DESTINATIONS } from '../../store/reverts';
import { audit } from '../audit';
import { actionTag } from '../action-tag';
import { sendCsv } from '../csv';
import { ACTION_COLUMNS, actionPages, LEDGER_COLUMNS, ledgerPages, wantsCsv } from '../exports';
import { type ApiDeps } from '../deps';
import { address, comment, id, time } from '../fields';
import { decodeCursor, decodeTimeCursor, page, pageQuery } from '../paging';
import { Problem } from '../problem';
import { type Routes } from '../route';
import { handOver, openRevert } from '../start-revert';
import { actionView, actionViews, evidenceView, ledgerView } from '../views';
import { action, evidence as evidenceShape, ledgerRow, startedRevert } from '../schemas/action';
import { pageOf } from '../schemas/common';

const TABS: Readonly<Record<'pending' | 'history', readonly ActionStatus[]>> = {
  pending: ['Pending'],
  history: ACTION_STATUSES.filter((status) => status !== 'Pending'),
};
/** As many ids as the limit of a JSON body holds. */
const MAX_MESSAGE_IDS = 9_000;

/** The action center: what waits, what was done, and the way back. */
export function actionRoutes(routes: Routes, deps: ApiDeps): void {
  const { store, clock } = deps;
  const known = async (actionId: string): Promise<ActionDoc> => {
    const found = await store.actions.byId(actionId);
    if (found === null || isDraft(found)) throw new Problem('not-found', `There is no action ${actionId}`);
    return found;
  };

  routes.add(
    {
      method: 'get',
      path: '/actions',
      summary: 'Actions, newest first',
      roles: ['reader'],
      query: {
        ...pageQuery.shape,
        tab: z.enum(['pending', 'history']).optional(),
        status: z.enum(ACTION_STATUSES).optional(),
        decidedBy: z.string().max(100).optional(),
        actionSource: z.enum(ACTION_SOURCES).optional(),
        actionType: z.enum(ACTION_TYPES).optional(),
        investigationId: id.optional(),
        from: time.optional(),
        to: time.optional(),
      },
      success: [200, 'A page of actions; as text/csv all of them'],
      answer: pageOf(action),
      answerTypes: ['text/csv'],
    },
    async ({ query: { limit, cursor, tab, status, ...rest }, request, response }) => {
      const inTab = tab === undefined ? ACTION_STATUSES : TABS[tab];
      const filter = { ...rest, statuses: status === undefined ? inTab : inTab.filter((one) => one === status) };
      if (wantsCsv(request)) {
        return sendCsv(response, { name: 'actions', columns: ACTION_COLUMNS, pages: actionPages(deps, filter) });
      }
      const list = `actions ${JSON.stringify(filter)}`;
      const rows = await store.actions.list(filter, decodeTimeCursor(list, cursor), limit + 1);
      const found = page(
        list,
        rows,
        { limit, total: await store.actions.count(filter) },
        {
          position: (row) => ({ sort: row.createdAt.toISOString(), id: row._id }),
          of: (row) => row,
        },
      );
      return { body: { ...found, items: await actionViews(store, found.items, clock()) } };
    },
  );

  routes.add(
    {
      method: 'get',
      path: '/actions/{id}',
      summary: 'One action',
      roles: ['reader'],
      params: { id },
      success: [200, 'The action, with an ETag'],
      answer: action,
      headers: ['ETag'],
      problems: ['not-found'],
    },
    async ({ params }) => {
      const action = await known(params.id);
      const view = await actionView(store, action, clock());
      return { body: view, headers: { ETag: actionTag(view) } };
    },
  );

  routes.add(
    {
      method: 'get',
      path: '/actions/{id}/ledger',
      summary: 'The ledger of an action, in its frozen order',
      roles: ['reader'],
      params: { id },
      query: { ...pageQuery.shape, outcome: z.enum(REMOVAL_OUTCOMES).optional(), mailbox: address.optional() },
      success: [200, 'A page of ledger rows; as text/csv all of them'],
      answer: pageOf(ledgerRow),
      answerTypes: ['text/csv'],
      problems: ['not-found'],
    },
    async ({ params, query: { limit, cursor, ...filter }, request, response }) => {
      const action = await known(params.id);
      if (wantsCsv(request)) {
        const pages = ledgerPages(deps, action._id, filter);
        return sendCsv(response, { name: `ledger-${action._id}`, columns: LEDGER_COLUMNS, pages });
      }
      const list = `ledger ${action._id} ${JSON.stringify(filter)}`;
      const after = decodeCursor(list, cursor);
      const rows = await store.ledger.rows(action._id, filter, after?.id ?? null, limit + 1);
      const total = await store.ledger.countRows(action._id, filter);
      return {
        body: page(list, rows, { limit, total }, { position: ({ _id }) => ({ sort: '', id: _id }), of: ledgerView }),
      };
    },
  );

  routes.add(
    {
      method: 'get',
      path: '/actions/{id}/evidence',
      summary: 'What is kept of the messages that a hard delete took: headers, digest, size, folder, flags; audited',
      roles: ['preview'],
      params: { id },
      query: pageQuery.shape,
      audit: 'action.evidence.read',
      success: [200, 'A page of records'],
      answer: pageOf(evidenceShape),
      problems: ['not-found'],
    },
    async ({ params, query: { limit, cursor }, request }) => {
      const action = await known(params.id);
      await audit(store, clock, request, { action: 'action.evidence.read', target: action._id });
      const list = `evidence ${action._id}`;
      const rows = await store.evidence.of(action._id, decodeCursor(list, cursor)?.id ?? null, limit + 1);
      const total = await store.evidence.count(action._id);
      return {
        body: page(list, rows, { limit, total }, { position: ({ _id }) => ({ sort: '', id: _id }), of: evidenceView }),
      };
    },
  );

  routes.add(
    {
      method: 'post',
      path: '/actions/{id}/revert',
      summary: 'Put back what the action removed, or some of its messages',
      roles: ['approver'],
      params: { id },
      body: z.strictObject({
        destination: z.enum(REVERT_DESTINATIONS),
        messageIds: z.array(id).min(1).max(MAX_MESSAGE_IDS).optional(),
        comment,
      }),
      audit: 'action.revert',
      success: [202, 'The revert that was started'],
      answer: startedRevert,
      headers: ['Location'],
      problems: ['not-found', 'conflict'],
    },
    async ({ params, body, request }) => {
      const action = await known(params.id);
      const revertId = await openRevert(deps, request, action, body);
      void handOver(deps, [revertId]);
      return {
        headers: { Location: `/api/v1/reverts/${revertId}` },
        body: { id: revertId, actionId: action._id, status: 'Running' },
      };
    },
  );
}
