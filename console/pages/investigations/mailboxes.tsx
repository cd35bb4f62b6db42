import { makeStyles } from '@fluentui/react-components';
import { IN_MAILBOX } from '../../../domain/location';
import { mailboxPagesOf } from '../../api/investigations';
import { type ClusterMailbox } from '../../api/types';
import { DataTable } from '../../parts/data-table';
import { MailText } from '../../parts/mail-text';
import { count, of, totalText } from '../../parts/numbers';
import { PageLink } from '../../parts/page-link';
import { SheetBar } from '../../parts/sheet-bar';
import { Empty } from '../../parts/states';
import { type Column } from '../../parts/table-row';
import { Time } from '../../parts/time';
import { usePages } from '../../parts/use-pages';
import { type TabProps } from './page';

const useStyles = makeStyles({
  frame: { display: 'flex', flexDirection: 'column', height: '100%', minHeight: '300px' },
});

/** How many messages of a mailbox its user still sees. */
function seen({ locationCounts }: ClusterMailbox): number {
  return IN_MAILBOX.reduce((total, location) => total + (locationCounts[location] ?? 0), 0);
}

/** Where the messages of a mailbox are now, with counts. */
export function places({ locationCounts }: ClusterMailbox): string {
  return Object.entries(locationCounts)
    .map(([location, messages]) => `${location} ${count(messages)}`)
    .join(' · ');
}

const COLUMNS: readonly Column<ClusterMailbox>[] = [
  {
    id: 'mailbox',
    header: 'Mailbox',
    width: 260,
    grows: true,
    cell: ({ mailbox }) => (
      <PageLink to={`/explorer?recipient=${encodeURIComponent(mailbox)}`}>
        <MailText>{mailbox}</MailText>
      </PageLink>
    ),
  },
  { id: 'messages', header: 'Messages', width: 100, numeric: true, cell: ({ messageCount }) => count(messageCount) },
  { id: 'seen', header: 'Still in mailbox', width: 130, numeric: true, cell: (row) => count(seen(row)) },
  { id: 'places', header: 'Latest delivery locations', width: 300, grows: true, cell: places },
  {
    id: 'received',
    header: 'Last received',
    width: 190,
    cell: ({ lastReceivedAt }) => <Time at={lastReceivedAt} />,
  },
];

/** Whose mailboxes hold, or held, the mail of the clusters, and where it is now. */
export function InvestigationMailboxes({ investigation: { id, clusters } }: TabProps) {
  const styles = useStyles();
  const pages = usePages(mailboxPagesOf(id));
  return (
    <div className={styles.frame}>
      <SheetBar end={pages.total !== null && totalText(pages.total, 'mailbox', 'mailboxes')}>
        Where the mail of its clusters is now
      </SheetBar>
      <DataTable
        label="Mailboxes"
        columns={COLUMNS}
        pages={pages}
        idOf={({ mailbox }) => mailbox}
        card={(row) => ({
          title: <MailText>{row.mailbox}</MailText>,
          end: of(row.messageCount, 'message'),
          lines: [places(row)],
        })}
        empty={<Empty title={clusters.length === 0 ? 'No clusters yet' : 'No mailbox holds this mail'} />}
      />
    </div>
  );
}
