import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { type WorkflowGateway, type WorkflowStanding } from '../domain/gateway';
import { investigationWorkflowId, revertWorkflowId } from '../domain/ids';
import { alertJoinedSignal } from '../workflows/messages';

export interface TemporalGatewayOptions {
  readonly client: Client;
  readonly taskQueue: string;
  /** How soon a dead worker is noticed, in milliseconds. */
  readonly heartbeatMs: number;
}

/** No call to Temporal takes longer than this; the reconciler repeats what did not come through. */
const DEADLINE_MS = 5_000;

/** The gateway over a Temporal client. Starts are idempotent by workflow id; a run that ended is never started again. */
export function createTemporalGateway({ client, taskQueue, heartbeatMs }: TemporalGatewayOptions): WorkflowGateway {
  const within = <T>(work: () => Promise<T>, ms = DEADLINE_MS): Promise<T> =>
    client.withDeadline(Date.now() + ms, work);

  async function start(workflowType: string, workflowId: string, input: object, summary: string) {
    return within(async () => {
      try {
        const handle = await client.workflow.start(workflowType, {
          workflowId,
          taskQueue,
          args: [{ ...input, heartbeatMs }],
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          workflowIdConflictPolicy: 'USE_EXISTING',
          staticSummary: summary,
        });
        return { runId: handle.firstExecutionRunId };
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        return { runId: (await client.workflow.getHandle(workflowId).describe()).runId };
      }
    });
  }

  return {
    startInvestigation: (investigationId) =>
      start(
        'investigation',
        investigationWorkflowId(investigationId),
        { investigationId },
        `Investigation ${investigationId}`,
      ),
    startRevert: (revertId) => start('revert', revertWorkflowId(revertId), { revertId }, `Revert ${revertId}`),
    alertJoined: (investigationId) =>
      within(() => client.workflow.getHandle(investigationWorkflowId(investigationId)).signal(alertJoinedSignal)),
    standing: (workflowId) =>
      within(async () => {
        try {
          return standingOf((await client.workflow.getHandle(workflowId).describe()).status.name);
        } catch (error) {
          if (error instanceof WorkflowNotFoundError) return 'missing';
          throw error;
        }
      }),
    async ping(timeoutMs) {
      await within(() => client.connection.workflowService.getSystemInfo({}), timeoutMs);
    },
  };
}

function standingOf(status: string): WorkflowStanding {
  switch (status) {
    case 'RUNNING':
    case 'PAUSED':
      return 'running';
    case 'COMPLETED':
    case 'CONTINUED_AS_NEW':
      return 'completed';
    case 'TERMINATED':
      return 'terminated';
    default:
      return 'failed';
  }
}
