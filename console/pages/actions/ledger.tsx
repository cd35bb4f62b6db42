import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { useMemo, useState } from 'react';
import { REMOVAL_OUTCOMES } from '../../../domain/ledger';
import { ledgerPages, type LedgerQuery } from '../../api/actions';
import { type LedgerRow } from '../../api/types';
import { CopyId } from '../../parts/copy-id';
import { CsvButton } from '../../parts/csv-button';
import { DataTable } from '../../parts/data-table';
import { type Column } from '../../parts/table-row';
import { Section } from '../../parts/facts';
import { ChoiceFilter } from '../../parts/filters';
import { MailText } from '../../parts/mail-text';
import { Empty } from '../../parts/states';
import { Time } from '../../parts/time';
import { usePages } from '../../parts/use-pages';
import { outcomeText } from '../../parts/words';

const useStyles = makeStyles({
  frame: {
    display: 'flex',
    flexDirection: 'column',
    height: '360px',
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    overflow: 'hidden',
  },
  tools: { display: 'flex', alignItems: 'center', gap: tokens.spacingHorizontalS, flexWrap: 'wrap' },
});

const COLUMNS: readonly Column<LedgerRow>[] = [
  { id: 'mailbox', header: 'Mailbox', width: 200, grows: true, cell: ({ mailbox }) => <MailText>{mailbox}</MailText> },
  { id: 'outcome', header: 'Outcome', width: 120, cell: ({ outcome }) => outcomeText(outcome) },
  { id: 'from', header: 'From', width: 110, cell: ({ from }) => <MailText>{from}</MailText> },
  { id: 'to', header: 'To', width: 110, cell: ({ to }) => <MailText none="–">{to ?? ''}</MailText> },
  { id: 'reason', header: 'Reason', width: 200, cell: ({ reason }) => <MailText none="–">{reason ?? ''}</MailText> },
  {
    id: 'messageId',
    header: 'Message',
    width: 120,
    cell: ({ messageId }) => <CopyId id={messageId} what="message id" />,
  },
  { id: 'at', header: 'Time', width: 150, cell: ({ at }) => <Time at={at} /> },
];

/** What became of each message, in the frozen order of the ledger. Shown when asked for: it may be long. */
export function Ledger({ id }: { readonly id: string }) {
  const [shown, setShown] = useState(false);
  return (
    <Section
      title="Ledger"
      action={
        !shown && (
          <Button size="small" onClick={() => setShown(true)}>
            Show every message
          </Button>
        )
      }
    >
      {shown && <Rows id={id} />}
    </Section>
  );
}

function Rows({ id }: { readonly id: string }) {
  const styles = useStyles();
  const [outcome, setOutcome] = useState('');
  const query = useMemo(() => (outcome === '' ? {} : { outcome }) as LedgerQuery, [outcome]);
  const pages = usePages(ledgerPages(id, query));
  return (
    <>
      <div className={styles.tools}>
        <ChoiceFilter
          label="Outcome"
          value={outcome}
          options={REMOVAL_OUTCOMES.map((one) => [one, outcomeText(one)])}
          onChange={setOutcome}
        />
        <CsvButton path={`/api/v1/actions/${id}/ledger`} query={{ outcome }} fileName={`ledger-${id}.csv`} />
      </div>
      <div className={styles.frame}>
        <DataTable
          label="Ledger"
          columns={COLUMNS}
          pages={pages}
          idOf={({ messageId }) => messageId}
          card={({ mailbox, outcome: became, from, to }) => ({
            title: <MailText>{mailbox}</MailText>,
            end: outcomeText(became),
            lines: [`${from} → ${to ?? '–'}`],
          })}
          empty={<Empty title="No messages with this outcome" />}
        />
      </div>
    </>
  );
}
