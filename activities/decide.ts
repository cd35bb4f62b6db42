import { TEMPORAL_OPERATOR } from '../domain/action';
import { type DecisionResult, type RecordDecisionInput } from '../domain/contracts';
import { mayDecide, ruleFor } from '../domain/second-person';
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
    // An update that did not come through the API is nobody's decision, whosever id it names.
    if (decision === null) return { outcome: 'lost' };
    const outcome = await outcomeOf(decision);
    await store.decisions.answer(decision._id, outcome);
    return { outcome };
  };

  async function outcomeOf(decision: DecisionDoc): Promise<DecisionResult['outcome']> {
    const action = await store.actions.byId(decision.actionId);
    if (action === null || action.investigationId !== decision.investigationId) return 'lost';
    if (action.decisionId === decision._id) return 'won';
    if (action.status !== 'Pending' || decision.state !== 'asked') return 'lost';
    if (!(await isAllowed(action, decision))) return 'refused';
    return (await take(action, decision)) ? 'won' : 'lost';
  }

  async function isAllowed(action: ActionDoc, { via, by, decision }: DecisionDoc): Promise<boolean> {
    if (via === 'signal' && !signalDecisions) return false;
    const { secondPerson, remediation } = await store.settings.get();
    // Switched off since it was ordered, or since it was approved by a person whom Temporal did not hear.
    if (action.actionType === 'hardDelete' && decision === 'approve' && !remediation.hardDelete) return false;
    const decider = via === 'signal' ? null : by;
    return mayDecide(ruleFor(action.actionType, secondPerson), { messages: action.messageCount, decider, by: action });
  }

  /** Makes it the action's decision, with its row of the audit; `false` where the action does not wait any more. */
  async function take(action: ActionDoc, { _id, by, comment, decision, via }: DecisionDoc): Promise<boolean> {
    const at = clock();
    const decided = { decisionId: _id, decidedBy: by, comment, decidedAt: at } as const;
    const deed = { subject: by, action: `action.${decision}`, target: action._id, once: _id };
    return store.transaction(async (session) => {
      // The investigation is written to, so that of its end and a decision only one commits first.
      const { investigationId } = action;
      if (investigationId !== null && !(await store.investigations.touch(investigationId, decision, session)))
        return false;
      const taken =
        decision === 'approve'
          ? await store.actions.advance(action._id, 'Approved', decided, session)
          : await store.actions.advance(action._id, 'Rejected', { ...decided, endedAt: at }, session);
      if (taken) await witness({ ...deed, after: { decisionId: _id, comment, via } }, session);
      return taken;
    });
  }

  /** The decision as it was asked for; `null` where it was not, or about something else. A signal's is stored here, since nobody could before. */
  async function known(input: RecordDecisionInput): Promise<DecisionDoc | null> {
    const { decisionId, actionId, investigationId, decision, via } = input;
    if (via === 'signal') {
      const by = TEMPORAL_OPERATOR;
      const row = { actionId, investigationId, decision, by, comment: null, via, state: 'asked', at: clock() } as const;
      await store.decisions.collection.updateOne({ _id: decisionId }, { $setOnInsert: row }, { upsert: true });
    }
    return store.decisions.collection.findOne({ _id: decisionId, actionId, investigationId, decision, via });
  }
}
