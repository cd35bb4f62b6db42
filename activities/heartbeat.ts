import { setTimeout } from 'node:timers/promises';
import { Context } from '@temporalio/activity';

/** Several beats within the heartbeat timeout, so that one that is late costs nothing. */
const BEAT_MS = 1_000;

/**
 * Heartbeats on a timer while `work` runs, whatever it waits for: a dead worker is noticed within the heartbeat timeout,
 * and a cancellation reaches the activity with the next beat. Throws when the activity is cancelled: at once, or as soon
 * as `work` has ended, for which it waits at most `endsMs` milliseconds.
 */
export async function withHeartbeat<T>(work: () => Promise<T>, endsMs = 0): Promise<T> {
  const context = Context.current();
  context.heartbeat();
  const timer = setInterval(() => context.heartbeat(), BEAT_MS);
  try {
    const working = work();
    try {
      return await Promise.race([working, context.cancelled]);
    } catch (error) {
      const ended = working.catch(() => undefined);
      if (context.cancellationSignal.aborted) await Promise.race([ended, setTimeout(endsMs, null, { ref: false })]);
      throw error;
    }
  } finally {
    clearInterval(timer);
  }
}
