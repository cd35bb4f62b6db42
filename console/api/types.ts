import { type paths } from './schema';

/** The JSON that a path answers a method with. */
type Ok<P extends keyof paths, M extends keyof paths[P]> = paths[P][M] extends {
  responses: infer R extends Readonly<Record<number, unknown>>;
}
  ? Extract<R[keyof R & (200 | 201 | 202)], { content: { 'application/json': unknown } }>['content']['application/json']
  : never;

export type Action = Ok<'/api/v1/actions/{id}', 'get'>;
export type ActionStatus = Action['status'];
export type LedgerRow = Ok<'/api/v1/actions/{id}/ledger', 'get'>['items'][number];
export type Revert = Ok<'/api/v1/reverts/{id}', 'get'>;
export type Investigation = Ok<'/api/v1/investigations/{id}', 'get'>;
export type Cluster = Ok<'/api/v1/investigations/{id}/clusters', 'get'>['items'][number];
export type ClusterMailbox = Ok<'/api/v1/investigations/{id}/mailboxes', 'get'>['items'][number];
export type LogEntry = Ok<'/api/v1/investigations/{id}/log', 'get'>['items'][number];
export type Settings = Ok<'/api/v1/settings/automation', 'get'>;
export type SettingsPreview = Ok<'/api/v1/settings/automation/preview', 'post'>;
export type Token = Ok<'/api/v1/tokens', 'get'>['items'][number];
export type Webhook = Ok<'/api/v1/webhooks', 'get'>['items'][number];
export type Mailbox = Ok<'/api/v1/mailboxes', 'get'>['items'][number];
export type AuditRow = Ok<'/api/v1/audit', 'get'>['items'][number];
export type Message = Ok<'/api/v1/messages/{id}', 'get'>;

export type ExplorerRow = Ok<'/api/v1/messages', 'get'>['items'][number];

export type ActionSummary = Ok<'/api/v1/actions/{id}/summary', 'get'>;
export type Overview = Ok<'/api/v1/overview', 'get'>;

/** A page of a list, as every list of the API answers it. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
  readonly total: number;
  readonly totalIsAtLeast?: true;
}
