import { type Request } from 'express';
import { REMOVAL_OUTCOMES } from '../domain/ledger';
import { type ActionDoc, type ActionFilter } from '../store/actions';
import { type AuditFilter } from '../store/audit';
import { type AuditDoc, type AuditView, auditView } from '../store/audit-chain';
import { type LedgerDoc, type LedgerFilter } from '../store/ledger';
import { type Columns } from './csv';
import { type ApiDeps } from './deps';
import { type ActionView, actionViews } from './views';

const ACTION_PAGE = 200;
const LEDGER_PAGE = 1_000;
const AUDIT_PAGE = 500;

/** Whether the caller asks for CSV rather than JSON. */
export function wantsCsv(request: Request): boolean {
  return request.accepts(['application/json', 'text/csv']) === 'text/csv';
}

export const ACTION_COLUMNS: Columns<ActionView> = [
  ['id', ({ id }) => id],
  ['investigationId', ({ investigationId }) => investigationId],
  ['clusterId', ({ clusterId }) => clusterId],
  ['name', ({ name }) => name],
  ['actionType', ({ actionType }) => actionType],
  ['actionSource', ({ actionSource }) => actionSource],
  ['status', ({ status }) => status],
  ['decidedBy', ({ decidedBy }) => decidedBy],
  ['comment', ({ comment }) => comment],
  ['reasons', ({ reasons }) => reasons.map(({ code }) => code).join(' ')],
  ['settingsVersion', ({ settingsVersion }) => settingsVersion],
  ['messageCount', ({ messageCount }) => messageCount],
  ['mailboxCount', ({ mailboxCount }) => mailboxCount],
  ['remainingInMailboxes', ({ remainingInMailboxes }) => remainingInMailboxes],
  ...REMOVAL_OUTCOMES.map((outcome) => [outcome, (view: ActionView) => view.outcomes[outcome]] as const),
  ['undoDeadline', ({ undoDeadline }) => undoDeadline],
  ['undoBasis', ({ undoBasis }) => undoBasis],
  ['revertible', ({ revertible }) => revertible],
  ['reverts', ({ reverts }) => reverts.join(' ')],
  ['expiresAt', ({ expiresAt }) => expiresAt],
  ['createdAt', ({ createdAt }) => createdAt],
  ['decidedAt', ({ decidedAt }) => decidedAt],
  ['startedAt', ({ startedAt }) => startedAt],
  ['endedAt', ({ endedAt }) => endedAt],
];

export const LEDGER_COLUMNS: Columns<LedgerDoc> = [
  ['messageId', ({ messageId }) => messageId],
  ['mailbox', ({ mailbox }) => mailbox],
  ['networkMessageId', ({ networkMessageId }) => networkMessageId],
  ['outcome', ({ outcome }) => outcome],
  ['reason', ({ reason }) => reason],
  ['ownerActionId', ({ ownerActionId }) => ownerActionId],
  ['from', ({ from }) => from],
  ['to', ({ to }) => to],
  ['at', ({ at }) => at],
];

export const AUDIT_COLUMNS: Columns<AuditView> = (
  [
    ...['id', 'seq', 'at', 'subject', 'token', 'ip', 'action', 'target', 'before', 'after'],
    ...['result', 'requestId', 'previousHash', 'hash'],
  ] as const
).map((name) => [name, (row: AuditView) => row[name]] as const);

/** All actions that a filter leaves, page by page. */
export async function* actionPages({ store, clock }: ApiDeps, filter: ActionFilter): AsyncGenerator<ActionView[]> {
  for (let last: ActionDoc | undefined; ;) {
    const after = last === undefined ? null : { at: last.createdAt, id: last._id };
    const rows = await store.actions.list(filter, after, ACTION_PAGE);
    yield await actionViews(store, rows, clock());
    last = rows.at(-1);
    if (last === undefined || rows.length < ACTION_PAGE) return;
  }
}

/** All rows of a ledger that a filter leaves, page by page. */
export async function* ledgerPages(
  { store }: ApiDeps,
  jobId: string,
  filter: LedgerFilter,
): AsyncGenerator<LedgerDoc[]> {
  for (let after: string | null = null; ;) {
    const rows = await store.ledger.rows(jobId, filter, after, LEDGER_PAGE);
    yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < LEDGER_PAGE) return;
    after = last._id;
  }
}

/** All rows of the audit that a filter leaves, newest first, page by page. */
export async function* auditPages({ store }: ApiDeps, filter: AuditFilter): AsyncGenerator<AuditView[]> {
  for (let last: AuditDoc | undefined; ;) {
    const rows: AuditDoc[] = await store.audit.list(filter, last ?? null, AUDIT_PAGE);
    yield rows.map(auditView);
    last = rows.at(-1);
    if (last === undefined || rows.length < AUDIT_PAGE) return;
  }
}
