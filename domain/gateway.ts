/** How a workflow stands at Temporal, as far as the reconciler needs it. */
export type WorkflowStanding = 'running' | 'completed' | 'failed' | 'terminated' | 'missing';

/** The port to Temporal for those who are not workflows: every call has a time limit and is safe to repeat. */
export interface WorkflowGateway {
  startInvestigation(investigationId: string): Promise<{ readonly runId: string }>;
  startRevert(revertId: string): Promise<{ readonly runId: string }>;
  /** Wakes an investigation that waits, so that it prepares the alert that joined. */
  alertJoined(investigationId: string): Promise<void>;
  /** `failed` also stands for timed out and cancelled; `terminated` is an operator's act at Temporal. */
  standing(workflowId: string): Promise<WorkflowStanding>;
  /** Answers when Temporal does; throws where it does not within `timeoutMs`. */
  ping(timeoutMs: number): Promise<void>;
}
