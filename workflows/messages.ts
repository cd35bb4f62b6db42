import { defineSignal, defineUpdate } from '@temporalio/workflow';
import { type DecisionInput, type DecisionResult, type DecisionSignalInput } from '../domain/contracts';

/** An alert joined the investigation: it is in MongoDB, the signal only wakes the workflow. */
export const alertJoinedSignal = defineSignal('alertJoined');

/** A person ended the investigation: who and why is in MongoDB, the signal only wakes the workflow. */
export const terminateSignal = defineSignal('terminate');

/**
 * A person's decision. Refused before anything is written where the action is decided already
 * ({@link ALREADY_DECIDED}); else it answers when MongoDB knows whether it won.
 */
export const decideUpdate = defineUpdate<DecisionResult, [DecisionInput]>('decide');

/** The type of the failure with which a decision is refused that comes second. */
export const ALREADY_DECIDED = 'alreadyDecided';

/** What an operator sends at the Temporal UI or command line, with `{"actionId": "…"}`. */
export const approveSignal = defineSignal<[DecisionSignalInput]>('approve');
export const rejectSignal = defineSignal<[DecisionSignalInput]>('reject');
