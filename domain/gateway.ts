import { type DecisionInput, type DecisionResult } from './contracts';

/** How a workflow stands at Temporal, as far as the reconciler needs it. */
export type WorkflowStanding = 'running' | 'completed' | 'failed' | 'terminated' | 'missing';

/**
 * What became of a decision that was handed over: its outcome; `second` where another was first; `ended` where the
 * investigation does not run any more; `noAnswer` where nobody answered in time and it must be sent again.
 */
export type DecisionAnswer = DecisionResult['outcome'] | 'second' | 'ended' | 'noAnswer';

/** What an answer makes of the decision; one that was never heard of again has lost. */
export function stateOf(answer: Exclude<DecisionAnswer, 'noAnswer'>): DecisionResult['outcome'] {
  return answer === 'won' || answer === 'refused' ? answer : 'lost';
}

/** The port to Temporal for those who are not workflows: every call has a time limit and is safe to repeat. */
export interface WorkflowGateway {
  startInvestigation(investigationId: string): Promise<{ readonly runId: string }>;
  startRevert(revertId: string): Promise<{ readonly runId: string }>;
  startDelivery(deliveryId: string): Promise<{ readonly runId: string }>;
  /** Wakes an investigation that waits, so that it prepares the alert that joined. */
  alertJoined(investigationId: string): Promise<void>;
  /** Wakes an investigation that a person has ended. */
  terminate(investigationId: string): Promise<void>;
  /**
   * Hands a decision to its investigation, or to the action's own workflow where that is `null`, and waits for the answer,
   * 5 seconds at most; the same id may be sent again.
   */
  decide(decision: DecisionInput & { readonly investigationId: string | null }): Promise<DecisionAnswer>;
  /**
   * Starts the workflow of an action that a person asked for, under the id that the action names; `ordered` where it is no
   * investigation's.
   */
  startAction(actionId: string, workflowId: string, ordered?: boolean): Promise<{ readonly runId: string }>;
  /** `failed` also stands for timed out and cancelled; `terminated` is an operator's act at Temporal. */
  standing(workflowId: string): Promise<WorkflowStanding>;
  /** Answers when Temporal does; throws where it does not within `timeoutMs`. */
  ping(timeoutMs: number): Promise<void>;
}

/** Hands an alert that was taken in to the workflow of its investigation, which is started where there is none yet. */
export async function handToTemporal(
  gateway: Pick<WorkflowGateway, 'alertJoined' | 'startInvestigation'>,
  { investigationId, joined }: { readonly investigationId: string; readonly joined: boolean },
): Promise<void> {
  if (joined) await gateway.alertJoined(investigationId);
  else await gateway.startInvestigation(investigationId);
}
