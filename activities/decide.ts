import { TEMPORAL_OPERATOR } from '../domain/action';
import { type DecisionResult, type RecordDecisionInput } from '../domain/contracts';
import { mayDecide } from '../domain/second-person';
import { type ActionDoc } from '../store/actions';
import { type DecisionDoc } from '../store/decisions';
import { type ActivityDeps } from './deps';
import { createWitness } from './witness';

/**
 * Writes down the decision that the workflow took first. It is the action's only if the action still waits and the
 * decider may decide; the answer is the same however often it is asked for.
 */
export function createDecide(deps: ActivityDeps) {
  const { store, clock, signalDecisions } = deps;
  const witness = createWitness(deps);

  return async function recordDecision(input: RecordDecisionInput): Promise<DecisionResult> {
    const decision = await known(input);
    if (decision.state === 'won') return { outcome: 'won' };
    const outcome = await outcomeOf(input, decision);
    await store.decisions.answer(decision._id, outcome);
    if (outcome === 'won' && input.decision === 'approve') {
      await store.investigations.setOpenStatus(input.investigationId, 'Running');
    }
    return { outcome };
  };

  async function outcomeOf(input: RecordDecisionInput, decision: DecisionDoc): Promise<DecisionResult['outcome']> {
    const action = await store.actions.byId(input.actionId);
    if (action === null || action.investigationId !== input.investigationId) return 'lost';
    if (action.decisionId === decision._id) return 'won';
    const investigation = await store.investigations.byId(input.investigationId);
    if (action.status !== 'Pending' || investigation?.termination !== null) return 'lost';
    if (!(await isAllowed(action, decision))) return 'refused';
    await recordSignal(decision);
    return (await take(action, decision)) ? 'won' : 'lost';
  }

  /** What came over the API is in the audit already. */
  async function recordSignal({ _id, actionId, decision, by, via }: DecisionDoc): Promise<void> {
    if (via !== 'signal') return;
    const deed = { subject: by, action: `action.${decision}`, target: actionId, once: _id };
    await witness({ ...deed, after: { decisionId: _id } });
  }

  async function isAllowed(action: ActionDoc, { via, by }: DecisionDoc): Promise<boolean> {
    if (via === 'signal' && !signalDecisions) return false;
    const { secondPerson } = await store.settings.get();
    const decider = via === 'signal' ? null : by;
    return mayDecide(secondPerson, { messages: action.messageCount, decider, by: action });
  }

  function take(action: ActionDoc, { _id, by, comment, decision }: DecisionDoc): Promise<boolean> {
    const at = clock();
    const decided = { decisionId: _id, decidedBy: by, comment, decidedAt: at } as const;
    return decision === 'approve'
      ? store.actions.advance(action._id, 'Approved', decided)
      : store.actions.advance(action._id, 'Rejected', { ...decided, endedAt: at });
  }

  /** The decision as it was asked for; a signal's is stored here, since nobody could before. */
  async function known(input: RecordDecisionInput): Promise<DecisionDoc> {
    const { decisionId, actionId, investigationId, decision, via } = input;
    if (via === 'signal') {
      const by = TEMPORAL_OPERATOR;
      const row = { actionId, investigationId, decision, by, comment: null, via, state: 'asked', at: clock() } as const;
      await store.decisions.collection.updateOne({ _id: decisionId }, { $setOnInsert: row }, { upsert: true });
    }
    const found = await store.decisions.byId(decisionId);
    if (found === null) throw new Error(`There is no decision ${decisionId}`);
    return found;
  }
}
