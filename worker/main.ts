import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { NativeConnection, Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { Client } from '@temporalio/client';
import { type ActivityDeps, createActivities } from '../activities/index';
import { INDEX_TASK_QUEUE, MAIL_TASK_QUEUE, TASK_QUEUE, WATCH_TASK_QUEUE, WEBHOOK_TASK_QUEUE } from '../domain/ids';
import { ensureSchedules } from './schedules';

export interface WorkerOptions {
  readonly address: string;
  readonly namespace: string;
  readonly deps: ActivityDeps;
  /** How soon a dead worker is noticed, in milliseconds: here, that its cached workflows go to another. */
  readonly heartbeatMs: number;
  /** A pre-built workflow bundle; by default the one that the build made, else the sources are bundled. */
  readonly bundlePath?: string;
  readonly onFatal?: (error: unknown) => void;
}

export interface RunningWorker {
  /** True while all workers poll. */
  healthy(): boolean;
  /** Stops taking tasks, lets running activities end within the grace time, closes the connection. */
  stop(): Promise<void>;
}

const CONNECT_ATTEMPTS = 60;
const CONNECT_PAUSE_MS = 1_000;
/** Running activities get this long to end when the worker stops (temporal.md §7.12). */
const GRACE = '30 seconds';
const FORCE = '40 seconds';
const WORKFLOW_CACHE = 200;
const MAIL_SLOTS = 16;
const WEBHOOK_SLOTS = 16;
const WEBHOOK_POLLS = 2;
const INDEX_SLOTS = 4;
const INDEX_POLLS = 2;
const WATCH_POLLS = 1;

/** Starts the workers (workflows and store activities; mailbox activities; webhooks; the index and the watch of IMAP mailboxes, where there are any) and the upkeep schedules. */
export async function startWorker({
  address,
  namespace,
  deps,
  heartbeatMs,
  bundlePath,
  onFatal,
}: WorkerOptions): Promise<RunningWorker> {
  const connection = await connect(address);
  const activities = createActivities(deps);
  const shutdown = { shutdownGraceTime: GRACE, shutdownForceTime: FORCE } as const;
  const workers = await Promise.all([
    Worker.create({
      connection,
      namespace,
      taskQueue: TASK_QUEUE,
      activities,
      maxCachedWorkflows: WORKFLOW_CACHE,
      stickyQueueScheduleToStartTimeout: heartbeatMs,
      ...workflowSource(bundlePath),
      ...shutdown,
    }),
    Worker.create({
      connection,
      namespace,
      taskQueue: MAIL_TASK_QUEUE,
      activities,
      maxConcurrentActivityTaskExecutions: MAIL_SLOTS,
      ...shutdown,
    }),
    Worker.create({
      connection,
      namespace,
      taskQueue: WEBHOOK_TASK_QUEUE,
      activities,
      maxConcurrentActivityTaskExecutions: WEBHOOK_SLOTS,
      maxConcurrentActivityTaskPolls: WEBHOOK_POLLS,
      ...shutdown,
    }),
    ...(deps.imap.length === 0
      ? []
      : [
          Worker.create({
            connection,
            namespace,
            taskQueue: INDEX_TASK_QUEUE,
            activities,
            maxConcurrentActivityTaskExecutions: INDEX_SLOTS,
            maxConcurrentActivityTaskPolls: INDEX_POLLS,
            ...shutdown,
          }),
          // Without a grace time: a watch is cancelled as soon as the worker stops, and goes on at another.
          Worker.create({
            connection,
            namespace,
            taskQueue: WATCH_TASK_QUEUE,
            activities,
            maxConcurrentActivityTaskExecutions: deps.imap.length,
            maxConcurrentActivityTaskPolls: WATCH_POLLS,
            ...{ shutdownGraceTime: 0, shutdownForceTime: FORCE },
          }),
        ]),
  ]);
  const runs = workers.map((worker) => worker.run());
  const ended = Promise.all(runs).catch((error: unknown) => onFatal?.(error));
  await ensureSchedules(new Client({ connection, namespace }), deps.imap);
  return {
    healthy: () => workers.every((worker) => worker.getState() === 'RUNNING'),
    async stop() {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await ended;
      await connection.close();
    },
  };
}

/** Retried: Temporal may still be starting, and a first connection is not retried by the SDK. */
async function connect(address: string): Promise<NativeConnection> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await NativeConnection.connect({ address });
    } catch (error) {
      if (attempt === CONNECT_ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, CONNECT_PAUSE_MS));
    }
  }
}

function workflowSource(
  bundlePath = join(__dirname, '..', 'workflow-bundle.js'),
): { workflowBundle: WorkflowBundleOption } | { workflowsPath: string } {
  return existsSync(bundlePath)
    ? { workflowBundle: { codePath: bundlePath } }
    : { workflowsPath: join(__dirname, '..', 'workflows', __filename.endsWith('.ts') ? 'index.ts' : 'index.js') };
}
