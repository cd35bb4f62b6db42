import { needRole } from '../auth';
import { sendCsv } from '../csv';
import { type ApiDeps } from '../deps';
import { wantsCsv } from '../exports';
import { IMPACTED_COLUMNS, impactedPages, previewOf } from '../remediation-preview';
import { choose, mustBeConfirmed, mustBeOn, placeOrder } from '../remediations';
import { type Routes } from '../route';
import { action as actionShape } from '../schemas/action';
import { order, remediationPreview } from '../schemas/remediation';
import { actionView } from '../views';

/** Take action: what a person does with messages that they found. */
export function remediationRoutes(routes: Routes, deps: ApiDeps): void {
  const { store, gateway, clock, logger } = deps;
  routes.add(
    {
      method: 'post',
      path: '/remediations',
      summary:
        'Take action on messages that were picked, or that a filter finds; a hard delete waits for another admin',
      roles: ['approver', 'admin'],
      body: order,
      audit: 'remediation.start',
      success: [202, 'The action, about to be frozen and worked'],
      also: [
        [
          200,
          'With dryRun: what would be worked on, and its selectionHash, or as text/csv a row for each message; nothing is changed',
          remediationPreview,
        ],
      ],
      answer: actionShape,
      headers: ['Location'],
      problems: ['conflict', 'too-many-requests'],
    },
    async ({ body: { dryRun, ...asked }, request, response }) => {
      needRole(request, asked.action === 'hardDelete' ? 'admin' : 'approver');
      const settings = await store.settings.get();
      mustBeOn(asked.action, settings);
      const chosen = await choose(deps, asked, settings);
      if (dryRun && wantsCsv(request)) {
        const pages = impactedPages(deps, asked, chosen);
        return sendCsv(response, { name: 'impacted-assets', columns: IMPACTED_COLUMNS, pages });
      }
      if (dryRun) return { status: 200, body: await previewOf(deps, asked, chosen, settings) };
      mustBeConfirmed(asked, chosen);
      const action = await placeOrder(deps, request, asked, chosen, settings);
      gateway
        .startAction(action._id, action.workflowId, true)
        .catch((error: unknown) =>
          logger.warn({ err: error, actionId: action._id }, 'Temporal did not take it: the reconciler will'),
        );
      return {
        headers: { Location: `/api/v1/actions/${action._id}` },
        body: await actionView(store, action, clock()),
      };
    },
  );
}
