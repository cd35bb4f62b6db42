import { type Action } from '../../api/types';
import { Status } from '../../parts/badges';
import { CopyId, shortId } from '../../parts/copy-id';
import { EntityName } from '../../parts/entity-name';
import { type Column } from '../../parts/table-row';
import { PageLink } from '../../parts/page-link';
import { count, messagesIn, of } from '../../parts/numbers';
import { RowLink } from '../../parts/row-link';
import { FromNow, Time } from '../../parts/time';
import { actionTypeText, REASON_TEXT } from '../../parts/words';

/** When something last happened to it. */
export function updatedAt({ endedAt, startedAt, decidedAt, createdAt }: Action): string {
  return endedAt ?? startedAt ?? decidedAt ?? createdAt;
}

function opener(onOpen: (action: Action) => void) {
  return function Opener(action: Action) {
    return <RowLink onOpen={() => onOpen(action)}>{messagesIn(action.messageCount, action.mailboxCount)}</RowLink>;
  };
}

const UNDECIDED: readonly Action['status'][] = ['Freezing', 'Pending', 'Expired', 'Cancelled'];

/** What was decided about it, whatever became of it then. */
function decisionText({ status }: Action): string {
  if (UNDECIDED.includes(status)) return '–';
  return status === 'Rejected' ? 'Rejected' : 'Approved';
}

function InvestigationLink({ id }: { readonly id: string | null }) {
  if (id === null) return <>–</>;
  return (
    <CopyId id={id} what="investigation id">
      <PageLink to={`/investigations/${id}`}>{shortId(id)}</PageLink>
    </CopyId>
  );
}

const common = {
  investigation: {
    id: 'investigationId',
    header: 'Investigation ID',
    width: 128,
    cell: ({ investigationId }: Action) => <InvestigationLink id={investigationId} />,
  },
  approval: {
    id: 'id',
    header: 'Approval ID',
    width: 120,
    cell: ({ id }: Action) => <CopyId id={id} what="approval id" />,
  },
  type: {
    id: 'actionType',
    header: 'Action type',
    width: 130,
    cell: ({ actionType }: Action) => actionTypeText(actionType),
  },
  entity: {
    id: 'entity',
    header: 'Entity',
    width: 170,
    cell: ({ entity, name }: Action) => <EntityName entity={entity ?? name ?? ''} />,
  },
  entityType: {
    id: 'entityType',
    header: 'Entity type',
    width: 110,
    extra: true,
    cell: ({ clusterId }: Action) => (clusterId === null ? 'Email' : 'Email cluster'),
  },
  asset: {
    id: 'asset',
    header: 'Asset',
    width: 120,
    extra: true,
    cell: ({ mailboxCount }: Action) => of(mailboxCount, 'mailbox', 'mailboxes'),
  },
  decision: { id: 'decision', header: 'Decision', width: 110, extra: true, cell: decisionText },
  source: { id: 'actionSource', header: 'Action source', width: 180, cell: ({ actionSource }: Action) => actionSource },
  status: { id: 'status', header: 'Status', width: 150, cell: ({ status }: Action) => <Status status={status} /> },
  created: {
    id: 'createdAt',
    header: 'Created',
    width: 150,
    extra: true,
    cell: ({ createdAt }: Action) => <Time at={createdAt} />,
  },
} as const satisfies Readonly<Record<string, Column<Action>>>;

/** What waits: why, and how long it still may. */
export function pendingColumns(onOpen: (action: Action) => void): readonly Column<Action>[] {
  return [
    { id: 'details', header: 'Details', width: 236, cell: opener(onOpen) },
    common.entity,
    {
      id: 'reasons',
      header: 'Why it waits',
      width: 280,
      grows: true,
      cell: ({ reasons }) => reasons.map(({ code }) => REASON_TEXT[code]).join(' · '),
    },
    { id: 'expiresAt', header: 'Expires', width: 110, cell: ({ expiresAt }) => <FromNow at={expiresAt} /> },
    { id: 'updatedAt', header: 'Action update time', width: 164, cell: (action) => <Time at={updatedAt(action)} /> },
    common.investigation,
    common.approval,
    common.type,
    common.entityType,
    common.asset,
    common.source,
    { ...common.status, extra: true },
    common.created,
  ];
}

/** What was done: by whom, with what outcome, and until when it can be undone. */
export function historyColumns(onOpen: (action: Action) => void): readonly Column<Action>[] {
  return [
    { id: 'updatedAt', header: 'Action update time', width: 164, cell: (action) => <Time at={updatedAt(action)} /> },
    { id: 'details', header: 'Details', width: 236, grows: true, cell: opener(onOpen) },
    common.entity,
    common.status,
    { id: 'decidedBy', header: 'Decided by', width: 140, cell: ({ decidedBy }) => decidedBy ?? '–' },
    common.type,
    common.source,
    {
      id: 'remaining',
      header: 'Left in mailboxes',
      width: 130,
      numeric: true,
      cell: ({ remainingInMailboxes }) => count(remainingInMailboxes),
    },
    {
      id: 'undoDeadline',
      header: 'Undo until',
      width: 150,
      cell: ({ undoDeadline, revertible }) => <Time at={revertible ? undoDeadline : null} />,
    },
    common.investigation,
    common.approval,
    common.entityType,
    common.asset,
    common.decision,
    common.created,
    { id: 'comment', header: 'Comment', width: 200, extra: true, cell: ({ comment }) => comment ?? '–' },
  ];
}
