import {
  ApplicationFailure,
  type Client,
  isGrpcServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { type DecisionInput } from '../domain/contracts';
import { type DecisionAnswer, type WorkflowGateway, type WorkflowStanding } from '../domain/gateway';
import { actionWorkflowId, deliveryWorkflowId, investigationWorkflowId, revertWorkflowId } from '../domain/ids';
import { type DeliveryRetry } from '../domain/notices';
import { ALREADY_DECIDED, alertJoinedSignal, decideUpdate, terminateSignal } from '../workflows/messages';

export interface TemporalGatewayOptions {
  readonly client: Client;
  readonly taskQueue: string;
  /** How soon a dead worker is noticed, in milliseconds. */
  readonly heartbeatMs: number;
  /** When waiting actions are counted again (domain/recount.ts). */
  readonly recountMs?: readonly number[];
  /** How long and how often a webhook is tried; as the workflow has it where nothing is given. */
  readonly deliveryRetry?: DeliveryRetry;
}

/** No call to Temporal takes longer than this; the reconciler repeats what did not come through. */
const DEADLINE_MS = 5_000;

export interface TemporalGateway extends WorkflowGateway {
  /**
   * When every call under way has its answer. Wait for it before the connection is closed: a hand-over that nobody
   * waits for may be between two attempts, and an attempt at a closed connection ends the process.
   */
  settled(): Promise<void>;
}

/** The gateway over a Temporal client. Starts are idempotent by workflow id; a run that ended is never started again. */
export function createTemporalGateway({
  client,
  taskQueue,
  heartbeatMs,
  recountMs,
  deliveryRetry,
}: TemporalGatewayOptions): TemporalGateway {
  const calls = new Set<Promise<unknown>>();
  async function within<T>(work: () => Promise<T>, ms = DEADLINE_MS): Promise<T> {
    const call = client.withDeadline(Date.now() + ms, work);
    calls.add(call);
    try {
      return await call;
    } finally {
      calls.delete(call);
    }
  }

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
        { investigationId, ...(recountMs === undefined ? {} : { recountMs }) },
        `Investigation ${investigationId}`,
      ),
    startRevert: (revertId) => start('revert', revertWorkflowId(revertId), { revertId }, `Revert ${revertId}`),
    startDelivery: (deliveryId) =>
      start(
        'deliverWebhook',
        deliveryWorkflowId(deliveryId),
        { deliveryId, ...(deliveryRetry === undefined ? {} : { retry: deliveryRetry }) },
        `Webhook delivery ${deliveryId}`,
      ),
    alertJoined: (investigationId) =>
      within(() => client.workflow.getHandle(investigationWorkflowId(investigationId)).signal(alertJoinedSignal)),
    terminate: (investigationId) =>
      within(() => client.workflow.getHandle(investigationWorkflowId(investigationId)).signal(terminateSignal)),
    async decide({ investigationId, ...decision }) {
      try {
        const { actionId } = decision;
        const workflowId =
          investigationId === null ? actionWorkflowId(actionId) : investigationWorkflowId(investigationId);
        const handle = client.workflow.getHandle(workflowId);
        const options = { args: [decision] as [DecisionInput], updateId: decision.decisionId };
        return (await within(() => handle.executeUpdate(decideUpdate, options))).outcome;
      } catch (error) {
        return answerIn(error);
      }
    },
    startAction: (actionId, workflowId, ordered = false) =>
      start(
        'takeAction',
        workflowId,
        { actionId, ...(ordered ? { ordered } : {}) },
        `Action ${actionId}${workflowId === actionWorkflowId(actionId) ? '' : ', worked again'}`,
      ),
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
    async settled() {
      while (calls.size > 0) await Promise.allSettled(calls);
    },
  };
}

/** What a failed update says of a decision; anything else is thrown. */
function answerIn(error: unknown): DecisionAnswer {
  if (error instanceof WorkflowNotFoundError) return 'ended';
  if (error instanceof WorkflowUpdateFailedError) {
    const { cause } = error;
    if (cause instanceof ApplicationFailure && cause.type === ALREADY_DECIDED) return 'second';
    // The workflow ended with the update under way.
    return 'ended';
  }
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isGrpcServiceError(error)) return 'noAnswer';
  if (error instanceof Error && isGrpcServiceError(error.cause)) return 'noAnswer';
  throw error;
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
