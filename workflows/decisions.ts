import { ApplicationFailure, condition, setHandler, uuid4 } from '@temporalio/workflow';
import { type DecisionInput, type DecisionKind, type DecisionResult } from '../domain/contracts';
import { ALREADY_DECIDED, approveSignal, decideUpdate, rejectSignal } from './messages';

/** A decision that was first for its action. */
export interface Taken extends DecisionInput {
  readonly via: 'update' | 'signal';
}

/** The decisions of an investigation: one for each action, whoever comes first. */
export interface Decisions {
  /** The next decision that nobody has taken up; `undefined` where none waits. */
  next(): Taken | undefined;
  readonly waiting: () => boolean;
  /** Answers a decision. One that was refused leaves its action open to others. */
  answer(taken: Taken, outcome: DecisionResult['outcome']): void;
}

/**
 * Registers the handlers, before anything is awaited. Update and signal both end in one synchronous `decide`, so that
 * no decision can come between the look whether there is one and its record (a handler that awaits first loses races).
 */
export function listenToDecisions(): Decisions {
  const taken = new Map<string, Taken>();
  const outcomes = new Map<string, DecisionResult['outcome']>();
  const queue: Taken[] = [];

  const decide = (input: Taken): boolean => {
    const first = taken.get(input.actionId);
    if (first !== undefined) return first.decisionId === input.decisionId;
    taken.set(input.actionId, input);
    queue.push(input);
    return true;
  };

  setHandler(
    decideUpdate,
    async ({ actionId, decision, decisionId }: DecisionInput): Promise<DecisionResult> => {
      // Where the validator let it through and another was taken since, it has lost.
      if (!decide({ actionId, decision, decisionId, via: 'update' })) return { outcome: 'lost' };
      await condition(() => outcomes.has(decisionId));
      return { outcome: outcomes.get(decisionId) ?? 'lost' };
    },
    {
      validator: (input: unknown) => {
        if (!isDecision(input)) throw ApplicationFailure.nonRetryable('It is no decision', 'badDecision');
        const { actionId, decisionId } = input;
        const first = taken.get(actionId);
        if (first !== undefined && first.decisionId !== decisionId) {
          throw ApplicationFailure.nonRetryable('The action is decided', ALREADY_DECIDED);
        }
      },
    },
  );
  const bySignal =
    (decision: DecisionKind) =>
    (input: unknown): void => {
      // Anyone at Temporal can send anything, nothing included: what names no action decides nothing.
      if (namesAction(input)) decide({ actionId: input.actionId, decision, decisionId: uuid4(), via: 'signal' });
    };
  setHandler(approveSignal, bySignal('approve'));
  setHandler(rejectSignal, bySignal('reject'));

  return {
    next: () => queue.shift(),
    waiting: () => queue.length > 0,
    answer({ actionId, decisionId }, outcome) {
      outcomes.set(decisionId, outcome);
      if (outcome !== 'won') taken.delete(actionId);
    },
  };
}

const ID = /^[0-9a-f]{24}$/;

function namesAction(input: unknown): input is { readonly actionId: string } {
  const { actionId } = (input ?? {}) as { readonly actionId?: unknown };
  return typeof actionId === 'string' && ID.test(actionId);
}

function isDecision(input: unknown): input is DecisionInput {
  const { decision, decisionId } = (input ?? {}) as { readonly decision?: unknown; readonly decisionId?: unknown };
  return (
    namesAction(input) &&
    (decision === 'approve' || decision === 'reject') &&
    typeof decisionId === 'string' &&
    ID.test(decisionId)
  );
}
