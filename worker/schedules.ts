import { type Client, ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import {
  indexSchedule,
  isWatchSchedule,
  RECONCILE_SCHEDULE,
  RETENTION_SCHEDULE,
  TASK_QUEUE,
  watchSchedule,
} from '../domain/ids';
import { type ImapUpkeep } from '../mail/imap/round';

type Indexed = Pick<ImapUpkeep, 'name' | 'intervalMs' | 'idle'>;

interface Upkeep {
  readonly scheduleId: string;
  readonly workflowType: string;
  readonly every: '1 minute' | '1 hour' | number;
  readonly args: readonly unknown[];
}

const UPKEEP: readonly Upkeep[] = [
  { scheduleId: RECONCILE_SCHEDULE, workflowType: 'reconcile', every: '1 minute', args: [] },
  { scheduleId: RETENTION_SCHEDULE, workflowType: 'retentionSweep', every: '1 hour', args: [] },
];

/** A watch that has ended is followed by the next one within this time. */
const WATCH_AGAIN_MS = 10_000;

/**
 * Creates the upkeep schedules that are not there yet; a turn is skipped while the one before still runs. Those of the
 * IMAP providers follow their configuration, and have a turn at once: mailboxes are probed at every start. A watch that
 * the configuration does not want any more is not begun again.
 */
export async function ensureSchedules(client: Client, imap: readonly Indexed[]): Promise<void> {
  for (const upkeep of UPKEEP) await create(client, upkeep);
  const wanted = imap.flatMap(ofProvider);
  for (const upkeep of wanted) {
    const made = await create(client, upkeep);
    const handle = client.schedule.getHandle(upkeep.scheduleId);
    if (!made) {
      await handle.update((schedule) => ({ ...schedule, spec: { intervals: [{ every: upkeep.every }] } }));
    }
    await handle.trigger(ScheduleOverlapPolicy.SKIP);
  }
  await removeWatches(client, new Set(wanted.map(({ scheduleId }) => scheduleId)));
}

function ofProvider({ name: provider, intervalMs, idle }: Indexed): Upkeep[] {
  const workflowType = 'indexMailboxes';
  const rounds = { scheduleId: indexSchedule(provider), workflowType, every: intervalMs, args: [{ provider }] };
  const scheduleId = watchSchedule(provider);
  const watches = { scheduleId, workflowType, every: WATCH_AGAIN_MS, args: [{ provider, watch: true }] };
  return idle === 0 ? [rounds] : [rounds, watches];
}

/** Removes the watches that are not wanted, also those of providers that are in the configuration no more. */
async function removeWatches(client: Client, wanted: ReadonlySet<string>): Promise<void> {
  for await (const { scheduleId } of client.schedule.list()) {
    if (!isWatchSchedule(scheduleId) || wanted.has(scheduleId)) continue;
    try {
      await client.schedule.getHandle(scheduleId).delete();
    } catch (error) {
      // Another worker was first.
      if (!(error instanceof ScheduleNotFoundError)) throw error;
    }
  }
}

/** Says whether it was not there yet. */
async function create(client: Client, { scheduleId, workflowType, every, args }: Upkeep): Promise<boolean> {
  try {
    await client.schedule.create({
      scheduleId,
      spec: { intervals: [{ every }] },
      action: { type: 'startWorkflow', workflowType, taskQueue: TASK_QUEUE, args: [...args] },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
    });
    return true;
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return false;
    throw error;
  }
}
