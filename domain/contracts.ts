import { type RevertStatus } from './action';
import { type Lane } from './chunk';
import { type InvestigationStatus } from './investigation';
import { type DeliveryRetry, type DeliveryStatus } from './notices';
import { type Verdict } from './verdict';

/** What passes through Temporal: ids, counts and cursors, never a name, an address, a subject or a URL (law 8). */

/** A job is what has a ledger: an action or a revert. */
export type JobKind = 'action' | 'revert';

/** A job that is to be worked through, as `prepare` and `planRevert` hand it to the workflow. */
export interface Job {
  readonly kind: JobKind;
  readonly id: string;
  readonly messageCount: number;
  readonly chunkCount: number;
  readonly lanes: readonly Lane[];
}

/** What every workflow is told when it starts. */
export interface WorkflowInput {
  /** How soon a dead worker is noticed, in milliseconds; 10 seconds where a workflow was started without it. */
  readonly heartbeatMs?: number;
}

export interface InvestigationInput extends WorkflowInput {
  readonly investigationId: string;
  /** When what waits is counted again (domain/recount.ts). */
  readonly recountMs?: readonly number[];
  /** Where an earlier run of the same investigation stood when it was continued as a new one. */
  readonly waited?: Waited;
}

/** How long an investigation has been waiting for a person, over all its runs. */
export interface Waited {
  /** ISO 8601. */
  readonly since: string;
  /** How many times what waits has been counted again. */
  readonly turns: number;
}

export const DECISIONS = ['approve', 'reject'] as const;
export type DecisionKind = (typeof DECISIONS)[number];

/** A decision as it passes through Temporal: the comment and the name stay in MongoDB, under `decisionId`. */
export interface DecisionInput {
  readonly actionId: string;
  readonly decision: DecisionKind;
  readonly decisionId: string;
}

/** What an operator sends by signal at the Temporal UI or command line. */
export interface DecisionSignalInput {
  readonly actionId: string;
}

export interface RecordDecisionInput extends DecisionInput {
  /** `null` where the action is no investigation's. */
  readonly investigationId: string | null;
  readonly via: 'update' | 'signal';
}

/** `won`: it is the action's decision; `lost`: the action does not wait any more; `refused`: not by this decider. */
export interface DecisionResult {
  readonly outcome: 'won' | 'lost' | 'refused';
}

export interface ActionInput extends WorkflowInput {
  readonly actionId: string;
}

/** What the workflow of an action is told; `ordered` where a person asked for it beside any investigation. */
export interface TakeActionInput extends ActionInput {
  readonly ordered?: true;
}

/**
 * How a Take action stands once it is frozen: `ready` to be worked, `waiting` for a second person, to be looked at again
 * first (`look`), or `over`. `owners` is how many other actions hold messages of it that it is to put back.
 */
export interface FreezeResult {
  readonly state: 'ready' | 'waiting' | 'look' | 'over';
  readonly job: Job | null;
  readonly owners: number;
}

export interface TendResult {
  readonly waits: boolean;
  /** When something is due with it, ISO 8601. */
  readonly dueAt: string | null;
}

export interface OpenRevertsResult {
  readonly revertIds: readonly string[];
}

export interface FollowResult {
  /** False while a revert is at work. */
  readonly done: boolean;
}

export interface LookAgainResult {
  /** What is to be worked; `null` where the action was stopped meanwhile. */
  readonly job: Job | null;
}

export interface RecountInput {
  readonly investigationId: string;
}

export interface RecountResult {
  /** Actions of which nothing is left in a mailbox. */
  readonly cancelled: number;
}

export interface PrepareInput {
  readonly investigationId: string;
}

export interface PrepareResult {
  readonly clusters: number;
  readonly messages: number;
  /** Every job that automation is to work on and that has not ended, those of earlier alerts included. */
  readonly automatic: readonly Job[];
  /** Actions that a person approved and that have not ended: a workflow that was lost left them, or this one works them. */
  readonly decided: readonly WorkOver[];
  /** How many actions wait for a person. */
  readonly pending: number;
}

export interface ChunkInput {
  readonly kind: JobKind;
  readonly jobId: string;
  readonly chunk: number;
}

export interface ChunkResult {
  /** Rows that have an outcome after this call. */
  readonly done: number;
  /** True where the action is not to go on: it was found to need a person, automation was paused, or it was stopped. */
  readonly halted: boolean;
}

/** Work on an action that is over: by automation (`decisionId` is null), or for the decision that won. */
export interface WorkOver {
  readonly actionId: string;
  readonly decisionId: string | null;
}

export interface CloseInput {
  readonly investigationId: string;
  /** True where a step of the workflow gave up and nothing is worked any more: the investigation ends as Failed. */
  readonly failed: boolean;
  /**
   * Actions whose work is over, as far as the workflow has not yet seen them ended. Any other that is Approved or Running
   * is still worked, or about to be: it is left alone and keeps the investigation open, however old this input is.
   */
  readonly over: readonly WorkOver[];
}

export interface CloseResult {
  /** `joined`: an alert came in meanwhile and must be prepared first; `waiting`: actions wait for a person. */
  readonly state: 'closed' | 'joined' | 'waiting';
  readonly status: InvestigationStatus;
  /** Messages in all clusters. */
  readonly messages: number;
  readonly removed: number;
  readonly remaining: number;
  /** When something is due with the actions that wait (one expires, or is about to), ISO 8601; `null` where none waits. */
  readonly dueAt: string | null;
  readonly verdict: Verdict;
  /** Who decided the actions, never a name: `person` where any action was decided by one; `null` where none is decided. */
  readonly decidedBy: 'automation' | 'person' | 'system' | null;
}

export interface RunInput extends WorkflowInput {
  readonly job: Job;
}

export interface RunResult {
  readonly done: number;
  readonly halted: boolean;
  readonly failedChunks: number;
}

export interface RevertInput extends WorkflowInput {
  readonly revertId: string;
}

export interface RevertResult {
  readonly status: RevertStatus;
  readonly restored: number;
  readonly messages: number;
}

/** Which provider's mailboxes are to be indexed, by its name in the configuration. */
export interface IndexInput {
  readonly provider: string;
}

/** With `watch`, those that are to be watched are: for a while, and indexed whenever they have news. */
export interface IndexMailboxesInput extends IndexInput {
  readonly watch?: true;
}

export interface IndexPlan {
  readonly batches: number;
}

export interface IndexBatchInput extends IndexInput {
  readonly batch: number;
}

export interface IndexResult {
  readonly mailboxes: number;
  /** Messages that are new in the index. */
  readonly indexed: number;
  /** Mailboxes that could not be reached. */
  readonly away: number;
}

export interface DeliveryInput extends WorkflowInput {
  readonly deliveryId: string;
  /** How long and how often it is tried; {@link DELIVERY_RETRY} where a workflow was started without it. */
  readonly retry?: DeliveryRetry;
}

export interface DeliveryRef {
  readonly deliveryId: string;
}

export interface DeliveryResult {
  readonly status: DeliveryStatus;
}

export interface ReconcileResult {
  readonly started: number;
  readonly closed: number;
  readonly signalled: number;
  /** Decisions that had no answer and were sent again. */
  readonly decided: number;
  readonly cleaned: number;
  /** Rows that could not be reconciled in this round. */
  readonly failed: number;
}

export interface SweepResult {
  readonly purged: number;
  readonly rawDeleted: number;
}
