import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import { indexSchedule, RECONCILE_SCHEDULE, RETENTION_SCHEDULE, TASK_QUEUE } from '../domain/ids';
import { type ImapUpkeep } from '../mail/imap/round';

type Indexed = Pick<ImapUpkeep, 'name' | 'intervalMs'>;

const UPKEEP = [
  { scheduleId: RECONCILE_SCHEDULE, workflowType: 'reconcile', every: '1 minute', args: [] },
  { scheduleId: RETENTION_SCHEDULE, workflowType: 'retentionSweep', every: '1 hour', args: [] },
] as const;

/**
 * Creates the upkeep schedules that are not there yet; a turn is skipped while the one before still runs. Those of the
 * IMAP providers follow their configuration, and have a turn at once: mailboxes are probed at every start.
 */
export async function ensureSchedules(client: Client, imap: readonly Indexed[]): Promise<void> {
  for (const { scheduleId, workflowType, every, args } of UPKEEP) {
    await create(client, { scheduleId, workflowType, every, args });
  }
  for (const { name: provider, intervalMs } of imap) {
    const scheduleId = indexSchedule(provider);
    const made = await create(client, {
      ...{ scheduleId, workflowType: 'indexMailboxes', args: [{ provider }] },
      every: intervalMs,
    });
    const handle = client.schedule.getHandle(scheduleId);
    if (!made) {
      await handle.update((schedule) => ({ ...schedule, spec: { intervals: [{ every: intervalMs }] } }));
    }
    await handle.trigger(ScheduleOverlapPolicy.SKIP);
  }
}

/** Says whether it was not there yet. */
async function create(
  client: Client,
  schedule: {
    readonly scheduleId: string;
    readonly workflowType: string;
    readonly every: '1 minute' | '1 hour' | number;
    readonly args: readonly unknown[];
  },
): Promise<boolean> {
  const { scheduleId, workflowType, every, args } = schedule;
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
