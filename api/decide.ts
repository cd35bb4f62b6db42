import { setTimeout } from 'node:timers/promises';
import { type Request } from 'express';
import { isOrdered } from '../domain/action';
import { type DecisionKind } from '../domain/contracts';
import { stateOf } from '../domain/gateway';
import { mayDecide, ruleFor, secondPersonText } from '../domain/second-person';
import { newId } from '../store/collection';
import { type ActionDoc } from '../store/actions';
import { type DecisionDoc } from '../store/decisions';
import { changedSince } from './action-tag';
import { audit } from './audit';
import { callerOf, needRole } from './auth';
import { type ApiDeps } from './deps';
import { Problem } from './problem';
import { mustBeOn, tooMany } from './remediations';
import { actionView } from './views';

/** A person's word about one action. */
export interface Asked {
  readonly action: ActionDoc;
  readonly decision: DecisionKind;
  readonly comment: string | undefined;
  readonly ifMatch: string | undefined;
}

/** The workflow gets this long to answer; after that the decision is kept and the reconciler hands it over. */
const ANSWER_MS = 5_000;
const LOOK_EVERY_MS = 100;
const PAST: Readonly<Record<DecisionKind, string>> = { approve: 'approved', reject: 'rejected' };

/**
 * Decides an action: the workflow says whether this decision was the first. `answered: false` means that it did not
 * answer in time. Throws `conflict` where the action is decided otherwise, `forbidden` where a second person must decide,
 * `precondition-failed` where the action is not as the caller saw it, `too-many-requests` where a Take action has to wait for
 * others to end.
 */
export async function decideAction(
  deps: ApiDeps,
  request: Request,
  asked: Asked,
): Promise<{ readonly action: ActionDoc; readonly answered: boolean }> {
  const { action, decision } = asked;
  const by = callerOf(request).name;
  // What is deleted for good is an admin's to allow; anybody who decides may keep it.
  needRole(request, action.actionType === 'hardDelete' && decision === 'approve' ? 'admin' : 'approver');
  if (action.status !== 'Pending')
    return { action: await sameOrConflict(deps, action, { by, decision }), answered: true };
  await check(deps, by, asked);
  return handOver(deps, await ask(deps, request, asked));
}

async function check({ store, clock }: ApiDeps, by: string, { action, decision, ifMatch }: Asked): Promise<void> {
  if (ifMatch !== undefined) {
    const view = await actionView(store, action, clock());
    const changes = changedSince(ifMatch, view);
    if (changes.length > 0) throw new Problem('precondition-failed', `The action has changed: ${changes.join('; ')}`);
  }
  const settings = await store.settings.get();
  if (decision === 'approve') mustBeOn(action.actionType, settings);
  const rule = ruleFor(action.actionType, settings.secondPerson);
  if (!mayDecide(rule, { messages: action.messageCount, decider: by, by: action })) {
    throw new Problem('forbidden', secondPersonText(rule));
  }
}

/**
 * Stores the decision, with its row of the audit, before the workflow is asked. The same person's same question that has
 * no answer yet is used again.
 */
async function ask(
  { store, clock }: ApiDeps,
  request: Request,
  { action, decision, comment }: Asked,
): Promise<DecisionDoc> {
  const by = callerOf(request).name;
  const same = { actionId: action._id, by, decision, state: 'asked' } as const;
  const found = await store.decisions.collection.findOne(same);
  if (found !== null) return found;
  const row: DecisionDoc = {
    ...same,
    _id: newId(),
    investigationId: action.investigationId,
    comment: comment ?? null,
    via: 'update',
    at: clock(),
  };
  // `asked`: whether it won is a row of its own, by the workflow.
  const entry = {
    ...{ action: `action.${decision}`, target: action._id, result: 'asked' },
    after: { decisionId: row._id, comment: row.comment },
  };
  const { remediation } = await store.settings.get();
  const refused = await store.transaction(async (session) => {
    if (decision === 'approve' && isOrdered(action)) {
      const full = await store.remediations.inTheWay(action, remediation, session);
      if (full !== null) return full;
    }
    await store.decisions.collection.insertOne(row, { session });
    await audit(store, clock, request, entry, session);
    return null;
  });
  if (refused !== null) throw tooMany(refused);
  return row;
}

async function handOver(
  deps: ApiDeps,
  { _id: decisionId, actionId, investigationId, decision, by }: DecisionDoc,
): Promise<{ readonly action: ActionDoc; readonly answered: boolean }> {
  const { store, gateway } = deps;
  for (const deadline = Date.now() + ANSWER_MS; Date.now() < deadline;) {
    const answer = await gateway.decide({ investigationId, actionId, decision, decisionId });
    const action = await known(deps, actionId);
    if (answer === 'noAnswer') return { action, answered: false };
    if (answer === 'second' && action.status === 'Pending') {
      // Another was first, and is just being recorded.
      await setTimeout(LOOK_EVERY_MS);
      continue;
    }
    await store.decisions.answer(decisionId, stateOf(answer));
    if (answer === 'refused') {
      mustBeOn(action.actionType, await store.settings.get());
      throw new Problem('forbidden', 'A second person must decide this action');
    }
    if (action.status === 'Pending') throw new Problem('conflict', 'Its investigation has ended: it cannot be decided');
    return { action: await sameOrConflict(deps, action, { by, decision }), answered: true };
  }
  return { action: await known(deps, actionId), answered: false };
}

/** The action where this very person decided just so, else 409 with who did what and when. */
async function sameOrConflict(
  { store }: ApiDeps,
  action: ActionDoc,
  { by, decision }: Pick<DecisionDoc, 'by' | 'decision'>,
): Promise<ActionDoc> {
  const won = action.decisionId === null ? null : await store.decisions.byId(action.decisionId);
  if (won?.by === by && won.decision === decision) return action;
  const what = won === null ? action.status.toLowerCase() : PAST[won.decision];
  const who = action.decidedBy ?? 'nobody';
  throw new Problem('conflict', `It was ${what} by ${who} at ${action.decidedAt?.toISOString() ?? 'an unknown time'}`);
}

async function known({ store }: ApiDeps, actionId: string): Promise<ActionDoc> {
  const action = await store.actions.byId(actionId);
  if (action === null) throw new Problem('not-found', `There is no action ${actionId}`);
  return action;
}
