import { ActivityFailure, executeChild, isCancellation } from '@temporalio/workflow';
import { IN_PLACE_LIMIT, type Lane, WINDOW } from '../domain/chunk';
import { type Job, type RunInput, type RunResult, type WorkflowInput } from '../domain/contracts';
import { runWorkflowId } from '../domain/ids';
import { activitiesOf } from './proxies';

/** Works through a job: in place up to 10,000 messages, above that as a child with a history of its own. */
export async function runJob(job: Job, { heartbeatMs }: WorkflowInput): Promise<RunResult> {
  const input: RunInput = { job, ...(heartbeatMs === undefined ? {} : { heartbeatMs }) };
  if (job.messageCount <= IN_PLACE_LIMIT) return workLanes(input);
  try {
    return await executeChild(runAction, {
      workflowId: runWorkflowId(job.id),
      args: [input],
      staticSummary: `${job.messageCount} messages in ${job.chunkCount} chunks`,
    });
  } catch (error) {
    if (!isAlreadyStarted(error)) throw error;
    // The child of a parent that is gone still ends: what it leaves is settled, and can be worked again.
    return { done: 0, halted: false, failedChunks: job.chunkCount };
  }
}

/** Whether it is the SDK's error for a child whose id is in use: the workflow package names it, and does not export it. */
export function isAlreadyStarted(error: unknown): boolean {
  return error instanceof Error && error.name === 'WorkflowExecutionAlreadyStartedError';
}

/** The child workflow of a large job. */
export async function runAction(input: RunInput): Promise<RunResult> {
  return workLanes(input);
}

/** A window of lanes at a time; the chunks of a lane share a mailbox and go one after another. */
async function workLanes(input: RunInput): Promise<RunResult> {
  const { job } = input;
  const waiting = [...job.lanes];
  const total = { done: 0, halted: false, failedChunks: 0 };
  const work = async (): Promise<void> => {
    for (let lane = waiting.shift(); lane !== undefined; lane = waiting.shift()) await workLane(input, lane, total);
  };
  await Promise.all(Array.from({ length: WINDOW }, work));
  return total;
}

type Total = { -readonly [key in keyof RunResult]: RunResult[key] };

async function workLane(input: RunInput, lane: Lane, total: Total): Promise<void> {
  const { job } = input;
  const { applyChunk } = activitiesOf(input);
  for (let chunk = lane.first; chunk < lane.first + lane.count && !total.halted; chunk++) {
    try {
      const summary = `${job.kind} chunk ${chunk + 1} of ${job.chunkCount}`;
      const result = await applyChunk.executeWithOptions({ summary }, [{ kind: job.kind, jobId: job.id, chunk }]);
      total.done += result.done;
      total.halted ||= result.halted;
    } catch (error) {
      // What this chunk left open is settled when the job ends; the other chunks go on.
      if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
      total.failedChunks++;
    }
  }
}
