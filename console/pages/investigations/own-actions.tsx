import { Link } from '@fluentui/react-components';
import { useState } from 'react';
import { type Action } from '../../api/types';
import { Status } from '../../parts/badges';
import { CopyId } from '../../parts/copy-id';
import { MailText } from '../../parts/mail-text';
import { messagesIn } from '../../parts/numbers';
import { outcomesText } from '../../parts/outcomes';
import { PlainTable } from '../../parts/plain-table';
import { durationText, FromNow, Time } from '../../parts/time';
import { actionTypeText, REASON_TEXT } from '../../parts/words';
import { ActionFlyout } from '../actions/flyout';
import { type TabProps } from './page';

/** What of it waits for a person. */
export function PendingActions({ investigation }: TabProps) {
  const [open, setOpen] = useState<string | null>(null);
  const rows = investigation.actions.filter(({ status }) => status === 'Pending');
  return (
    <>
      <PlainTable
        label="Pending actions"
        rows={rows}
        idOf={({ id }) => id}
        empty="Nothing of it waits for a decision"
        columns={[
          { header: 'Details', cell: (action) => <Opener action={action} onOpen={setOpen} /> },
          { header: 'Action type', cell: ({ actionType }) => actionTypeText(actionType) },
          {
            header: 'Why it waits',
            words: true,
            cell: ({ reasons }) => reasons.map(({ code }) => REASON_TEXT[code]).join(' · '),
          },
          { header: 'First seen', cell: ({ createdAt }) => <Time at={createdAt} /> },
          { header: 'Expires', cell: ({ expiresAt }) => <FromNow at={expiresAt} /> },
          { header: 'Approval ID', cell: ({ id }) => <CopyId id={id} what="approval id" /> },
        ]}
      />
      {open !== null && <ActionFlyout id={open} onClose={() => setOpen(null)} />}
    </>
  );
}

/** What was decided, by whom, and how long it had waited. */
export function ActionHistory({ investigation }: TabProps) {
  const [open, setOpen] = useState<string | null>(null);
  return (
    <>
      <HistoryTable investigation={investigation} onOpen={setOpen} />
      {open !== null && <ActionFlyout id={open} onClose={() => setOpen(null)} />}
    </>
  );
}

export function HistoryTable({ investigation, onOpen }: TabProps & { readonly onOpen?: (id: string) => void }) {
  const { actions, clusters } = investigation;
  const rows = actions.filter(({ status }) => status !== 'Pending');
  return (
    <PlainTable
      label="Pending action history"
      rows={rows}
      idOf={({ id }) => id}
      empty="Nothing was decided yet"
      columns={[
        { header: 'Action type', cell: ({ actionType }) => actionTypeText(actionType) },
        { header: 'Details', cell: (action) => <Opener action={action} onOpen={onOpen} /> },
        {
          header: 'Entity',
          words: true,
          cell: ({ clusterId }) => (
            <MailText wrap none="–">
              {clusters.find(({ id }) => id === clusterId)?.name ?? ''}
            </MailText>
          ),
        },
        { header: 'Status', cell: ({ status }) => <Status status={status} /> },
        { header: 'Outcomes', words: true, cell: ({ outcomes }) => outcomesText(outcomes) },
        {
          header: 'Why it waited',
          words: true,
          cell: ({ reasons }) => reasons.map(({ code }) => REASON_TEXT[code]).join(' · ') || '–',
        },
        { header: 'Handled by', cell: ({ handledBy }) => handledBy ?? '–' },
        { header: 'Wait time', cell: waitText },
        {
          header: 'Time',
          cell: ({ decidedAt, endedAt, createdAt }) => <Time at={decidedAt ?? endedAt ?? createdAt} />,
        },
      ]}
    />
  );
}

function waitText({ createdAt, decidedAt, endedAt, reasons }: Action): string {
  const until = decidedAt ?? endedAt;
  if (reasons.length === 0 || until === null) return '–';
  return durationText(new Date(until).getTime() - new Date(createdAt).getTime());
}

function Opener({ action, onOpen }: { readonly action: Action; readonly onOpen?: (id: string) => void }) {
  const text = messagesIn(action.messageCount, action.mailboxCount);
  if (onOpen === undefined) return <>{text}</>;
  return (
    <Link as="button" onClick={() => onOpen(action.id)}>
      {text}
    </Link>
  );
}
