import { z } from 'zod';
import { isDraft, isOrdered } from '../../domain/action';
import { type DecisionKind, DECISIONS } from '../../domain/contracts';
import { mayDecide, ruleFor, secondPersonText } from '../../domain/second-person';
import { type ActionDoc } from '../../store/actions';
import { workAgain } from '../../store/work-again';
import { actionTag } from '../action-tag';
import { audit } from '../audit';
import { callerOf, needRole } from '../auth';
import { decideAction } from '../decide';
import { type ApiDeps } from '../deps';
import { comment, id } from '../fields';
import { inTurns } from '../../domain/in-turns';
import { problemBody, Problem, toProblem } from '../problem';
import { mustBeOn, tooMany } from '../remediations';
import { type Answer, type Routes } from '../route';
import { actionView } from '../views';
import { action, decisions } from '../schemas/action';

const MAX_IDS = 500;
const AT_ONCE = 8;
const commented = z.strictObject({ comment });

/** What a person does with an action: approve or reject it, stop it, have its failed rows worked again. */
export function decisionRoutes(routes: Routes, deps: ApiDeps): void {
  const { store, gateway, clock, logger } = deps;
  const known = async (actionId: string): Promise<ActionDoc> => {
    const found = await store.actions.byId(actionId);
    if (found === null || isDraft(found)) throw new Problem('not-found', `There is no action ${actionId}`);
    return found;
  };
  const shown = async (actionId: string, status: number): Promise<Answer> => {
    const action = await known(actionId);
    const view = await actionView(store, action, clock());
    const headers = { ETag: actionTag(view), ...(status === 202 ? { Location: `/api/v1/actions/${actionId}` } : {}) };
    return { status, body: view, headers };
  };

  for (const decision of DECISIONS) {
    routes.add(
      {
        method: 'post',
        path: `/actions/{id}/${decision}`,
        summary: `${TITLE[decision]} an action that waits; If-Match makes sure that it is as it was seen`,
        roles: ['approver', 'admin'],
        params: { id },
        body: commented,
        audit: `action.${decision}`,
        success: [200, 'The action; the same person repeating the decision gets it too'],
        answer: action,
        headers: ['ETag', 'Location'],
        also: [[202, 'The decision is kept, the workflow has not answered yet']],
        problems: ['not-found', 'conflict', 'precondition-failed', 'too-many-requests'],
      },
      async ({ params, body, request }) => {
        const asked = { action: await known(params.id), decision, ...about(body, request.get('if-match')) };
        const { answered } = await decideAction(deps, request, asked);
        return shown(params.id, answered ? 200 : 202);
      },
    );
  }

  routes.add(
    {
      method: 'post',
      path: '/actions/decide',
      summary: `Approve or reject up to ${MAX_IDS} actions of one type at once`,
      roles: ['approver', 'admin'],
      body: z.strictObject({ ids: z.array(id).min(1).max(MAX_IDS), decision: z.enum(DECISIONS), comment }),
      audit: 'action.decide',
      success: [200, 'What became of each: its status, and the problem where it was not decided so'],
      answer: decisions,
    },
    async ({ body, request }) => {
      const ids = [...new Set(body.ids)];
      const found = await store.actions.collection.find({ _id: { $in: ids } }).toArray();
      if (new Set(found.map(({ actionType }) => actionType)).size > 1) {
        throw new Problem('bad-request', 'ids: actions of one type only', [{ path: 'ids', message: 'name one type' }]);
      }
      const one = async (actionId: string) => {
        try {
          const asked = { action: await known(actionId), decision: body.decision, ...about(body, undefined) };
          const { action } = await decideAction(deps, request, asked);
          return { id: actionId, status: action.status };
        } catch (error) {
          const problem = toProblem(error);
          if (problem.type === 'internal') logger.error({ err: error, actionId }, 'unexpected error');
          const status = (await store.actions.byId(actionId))?.status ?? null;
          return { id: actionId, status, problem: problemBody(problem, `/api/v1/actions/${actionId}`) };
        }
      };
      return { body: { results: await inTurns(ids, AT_ONCE, one) } };
    },
  );

  routes.add(
    {
      method: 'post',
      path: '/actions/{id}/stop',
      summary: 'Stop an action at its next batch; what it removed can be reverted',
      roles: ['approver'],
      params: { id },
      body: commented,
      audit: 'action.stop',
      success: [202, 'The action, about to stop'],
      answer: action,
      headers: ['ETag', 'Location'],
      problems: ['not-found', 'conflict'],
    },
    async ({ params, body, request }) => {
      const action = await known(params.id);
      const halt = {
        reason: 'stopped',
        by: callerOf(request).name,
        comment: body.comment ?? null,
        at: clock(),
      } as const;
      const entry = { action: 'action.stop', target: action._id, after: body };
      const stopped = await store.transaction(async (session) => {
        if (!(await store.actions.halt(action._id, halt, session))) return false;
        await audit(store, clock, request, entry, session);
        return true;
      });
      const { status } = await known(params.id);
      if (!stopped && !['Freezing', 'Approved', 'Running'].includes(status)) {
        throw new Problem('conflict', `The action is ${status}: only one that runs can be stopped`);
      }
      return shown(params.id, 202);
    },
  );

  routes.add(
    {
      method: 'post',
      path: '/actions/{id}/retry',
      summary: 'Work again on the messages that failed or could not be verified',
      roles: ['approver'],
      params: { id },
      body: commented,
      audit: 'action.retry',
      success: [202, 'The action, at work again'],
      answer: action,
      headers: ['ETag', 'Location'],
      problems: ['not-found', 'conflict', 'too-many-requests'],
    },
    async ({ params, body, request }) => {
      const action = await known(params.id);
      if (action.actionType === 'hardDelete') needRole(request, 'admin');
      const settings = await store.settings.get();
      mustBeOn(action.actionType, settings);
      const decider = { messages: action.messageCount, decider: callerOf(request).name, by: action };
      // What automation began and a person now goes on with is that person's decision.
      const rule = ruleFor(action.actionType, settings.secondPerson);
      if (action.decisionId === null && !mayDecide(rule, decider)) {
        throw new Problem('forbidden', secondPersonText(rule));
      }
      const entry = { action: 'action.retry', target: action._id, after: body };
      const again = await workAgain(store, action, (session) => audit(store, clock, request, entry, session));
      if (again.refused !== null)
        throw again.full === true ? tooMany(again.refused) : new Problem('conflict', again.refused);
      gateway
        .startAction(action._id, again.workflowId, isOrdered(action))
        .catch((error: unknown) =>
          logger.warn({ err: error, actionId: action._id }, 'Temporal did not take it: the reconciler will'),
        );
      return shown(params.id, 202);
    },
  );
}

const TITLE: Readonly<Record<DecisionKind, string>> = { approve: 'Approve', reject: 'Reject' };

function about(body: { readonly comment?: string | undefined }, ifMatch: string | undefined) {
  return { comment: body.comment, ifMatch };
}
