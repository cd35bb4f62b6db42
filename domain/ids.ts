/** Workflow ids, task queues and search attributes: what operators see at the Temporal UI. */
export const TASK_QUEUE = 'clawback';
export const MAIL_TASK_QUEUE = 'clawback-mail';
/** Of its own, so that receivers that are slow hold up no removal. */
export const WEBHOOK_TASK_QUEUE = 'clawback-webhooks';

export const SEARCH_ATTRIBUTES = {
  ClawbackStatus: 'Keyword',
  ClawbackVerdict: 'Keyword',
  ClawbackDecidedBy: 'Keyword',
  ClawbackMessageCount: 'Int',
} as const;

export const RECONCILE_SCHEDULE = 'clawback-reconcile';
/** Of its own, so that a first index of large mailboxes takes no place from a removal. */
export const INDEX_TASK_QUEUE = 'clawback-index';

/** Of its own, since a watch takes its place all the time. */
export const WATCH_TASK_QUEUE = 'clawback-watch';

export const RETENTION_SCHEDULE = 'clawback-retention-sweep';

export function investigationWorkflowId(id: string): string {
  return `investigation/${id}`;
}

export function indexSchedule(provider: string): string {
  return `clawback-index-${provider}`;
}

const WATCH = 'clawback-watch-';

export function watchSchedule(provider: string): string {
  return `${WATCH}${provider}`;
}

export function isWatchSchedule(id: string): boolean {
  return id.startsWith(WATCH);
}

export function revertWorkflowId(id: string): string {
  return `revert/${id}`;
}

/** The workflow of an action that a person asked for beside any investigation. */
export function actionWorkflowId(actionId: string): string {
  return `action/${actionId}`;
}

/** The workflow that works an action again, the n-th time that a person asks for it. */
export function retryWorkflowId(actionId: string, retry: number): string {
  return `action/${actionId}/retry-${retry}`;
}

export function deliveryWorkflowId(id: string): string {
  return `deliverWebhook/${id}`;
}

/** The child workflow that works through a job of more than {@link IN_PLACE_LIMIT} messages. */
export function runWorkflowId(jobId: string): string {
  return `run/${jobId}`;
}

/** The id of a ledger row, from its job and its place: a job's rows in ledger order are a range of the key. */
export function ledgerRowId(jobId: string, seq: number): string {
  return `${jobId}.${String(seq).padStart(7, '0')}`;
}
