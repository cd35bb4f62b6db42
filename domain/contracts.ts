import { type RevertStatus } from './action';
import { type Lane } from './chunk';
import { type InvestigationStatus } from './investigation';

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
}

export interface PrepareInput {
  readonly investigationId: string;
}

export interface PrepareResult {
  readonly clusters: number;
  readonly messages: number;
  /** Every job that automation is to work on and that has not ended, those of earlier alerts included. */
  readonly automatic: readonly Job[];
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
  /** True where the action was found to need a person after all, just before the first move. */
  readonly becamePending: boolean;
}

export interface CloseInput {
  readonly investigationId: string;
  /** True where a step of the workflow gave up: the investigation ends as Failed. */
  readonly failed: boolean;
}

export interface CloseResult {
  /** `joined`: an alert came in meanwhile and must be prepared first; `waiting`: actions wait for a person. */
  readonly state: 'closed' | 'joined' | 'waiting';
  readonly status: InvestigationStatus;
  readonly removed: number;
  readonly remaining: number;
  /** When the first pending action expires, ISO 8601; `null` where none waits. */
  readonly expiresAt: string | null;
}

export interface RunInput extends WorkflowInput {
  readonly job: Job;
}

export interface RunResult {
  readonly done: number;
  readonly becamePending: boolean;
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

export interface ReconcileResult {
  readonly started: number;
  readonly closed: number;
  readonly signalled: number;
  readonly cleaned: number;
}

export interface SweepResult {
  readonly purged: number;
  readonly rawDeleted: number;
}
