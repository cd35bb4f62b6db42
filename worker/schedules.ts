import { type Client, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import { RECONCILE_SCHEDULE, RETENTION_SCHEDULE, TASK_QUEUE } from '../domain/ids';

const SCHEDULES = [
  { scheduleId: RECONCILE_SCHEDULE, workflowType: 'reconcile', every: '1 minute' },
  { scheduleId: RETENTION_SCHEDULE, workflowType: 'retentionSweep', every: '1 hour' },
] as const;

/** Creates the upkeep schedules that are not there yet; a turn is skipped while the one before still runs. */
export async function ensureSchedules(client: Client): Promise<void> {
  for (const { scheduleId, workflowType, every } of SCHEDULES) {
    try {
      await client.schedule.create({
        scheduleId,
        spec: { intervals: [{ every }] },
        action: { type: 'startWorkflow', workflowType, taskQueue: TASK_QUEUE, args: [] },
        policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
      });
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    }
  }
}
