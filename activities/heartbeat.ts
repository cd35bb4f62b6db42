import { Context } from '@temporalio/activity';

/** Several beats within the heartbeat timeout, so that one that is late costs nothing. */
const BEAT_MS = 1_000;

/**
 * Heartbeats on a timer while `work` runs, whatever it waits for: a dead worker is noticed within the heartbeat timeout,
 * and a cancellation reaches the activity with the next beat. Throws as soon as the activity is cancelled.
 */
export async function withHeartbeat<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  context.heartbeat();
  const timer = setInterval(() => context.heartbeat(), BEAT_MS);
  try {
    return await Promise.race([work(), context.cancelled]);
  } finally {
    clearInterval(timer);
  }
}
