import { Context } from '@temporalio/activity';
import { type ChunkInput, type ChunkResult } from '../domain/contracts';
import { announce, type AnnounceDeps } from './announce';

/** A server that restarts is back sooner: nobody needs to be told of it. */
export const LONG_MS = 5 * 60 * 1000;

type Chunk = (input: ChunkInput) => Promise<ChunkResult>;

/**
 * Tells webhooks, once a job, that its mailboxes have not been reachable for five minutes: a chunk that was scheduled
 * that long ago fails for it still. The embedded mailboxes are in MongoDB itself and never fail so.
 */
export function tellingOfUnhealthy(deps: AnnounceDeps, work: Chunk): Chunk {
  return async (input) => {
    try {
      return await work(input);
    } catch (error) {
      if (isUnreachable(error) && deps.clock().getTime() - scheduledAt() >= LONG_MS) {
        const job = input.kind === 'action' ? { actionId: input.jobId } : { revertId: input.jobId };
        await announce(deps, { event: 'mailbox.unhealthy', key: input.jobId, data: { ...job, code: 'unreachable' } });
      }
      throw error;
    }
  };
}

function isUnreachable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'unreachable';
}

/** When the first attempt was scheduled. */
function scheduledAt(): number {
  return Context.current().info.scheduledTimestampMs;
}
