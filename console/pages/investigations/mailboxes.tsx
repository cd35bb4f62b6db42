import { makeStyles } from '@fluentui/react-components';
import { useState } from 'react';
import { messagePages } from '../../api/messages';
import { type ExplorerRow } from '../../api/types';
import { DataTable } from '../../parts/data-table';
import { type Column } from '../../parts/table-row';
import { ChoiceFilter } from '../../parts/filters';
import { MailText } from '../../parts/mail-text';
import { of } from '../../parts/numbers';
import { SheetBar } from '../../parts/sheet-bar';
import { Empty } from '../../parts/states';
import { Time } from '../../parts/time';
import { usePages } from '../../parts/use-pages';
import { type TabProps } from './page';

const useStyles = makeStyles({
  frame: { display: 'flex', flexDirection: 'column', height: '100%', minHeight: '300px' },
});

const COLUMNS: readonly Column<ExplorerRow>[] = [
  { id: 'mailbox', header: 'Mailbox', width: 240, grows: true, cell: ({ mailbox }) => <MailText>{mailbox}</MailText> },
  { id: 'subject', header: 'Subject', width: 240, grows: true, cell: ({ subject }) => <MailText>{subject}</MailText> },
  {
    id: 'original',
    header: 'Original delivery location',
    width: 190,
    cell: ({ originalDeliveryLocation }) => originalDeliveryLocation,
  },
  {
    id: 'latest',
    header: 'Latest delivery location',
    width: 190,
    cell: ({ latestDeliveryLocation }) => latestDeliveryLocation,
  },
  { id: 'received', header: 'Received', width: 190, cell: ({ receivedAt }) => <Time at={receivedAt} /> },
];

/** Whose mailboxes hold, or held, the mail of a cluster, and where it is now. */
export function InvestigationMailboxes({ investigation: { clusters } }: TabProps) {
  const [chosen, setChosen] = useState('');
  const cluster = clusters.find(({ id }) => id === chosen) ?? clusters[0];
  if (cluster === undefined) return <Empty title="No clusters yet" />;
  return (
    <Rows
      key={cluster.id}
      clusterId={cluster.id}
      label={of(cluster.mailboxCount, 'mailbox', 'mailboxes')}
      choice={
        clusters.length > 1 && (
          <ChoiceFilter
            label="Cluster"
            value={cluster.id}
            options={clusters.map(({ id, name }) => [id, name.slice(0, 60)])}
            onChange={setChosen}
          />
        )
      }
    />
  );
}

function Rows({
  clusterId,
  label,
  choice,
}: {
  readonly clusterId: string;
  readonly label: string;
  readonly choice: React.ReactNode;
}) {
  const styles = useStyles();
  const pages = usePages(messagePages({ clusterId }));
  return (
    <div className={styles.frame}>
      <SheetBar end={label}>{choice}</SheetBar>
      <DataTable
        label="Mailboxes"
        columns={COLUMNS}
        pages={pages}
        idOf={({ id }) => id}
        card={(row) => ({
          title: <MailText>{row.mailbox}</MailText>,
          lines: [<MailText key="subject">{row.subject}</MailText>, row.latestDeliveryLocation],
        })}
        empty={<Empty title="No messages of the last 30 days" />}
      />
    </div>
  );
}
