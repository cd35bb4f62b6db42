import { Text } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { firstMailboxesQuery } from '../../api/investigations';
import { MailText } from '../../parts/mail-text';
import { count, of } from '../../parts/numbers';
import { PlainTable } from '../../parts/plain-table';
import { ErrorState, Loading } from '../../parts/states';
import { Time } from '../../parts/time';
import { places } from './mailboxes';
import { type TabProps } from './page';

/** The mailboxes on paper: the first of them, and how many there are. */
export function PrintedMailboxes({ investigation }: TabProps) {
  const { data, error, refetch } = useQuery(firstMailboxesQuery(investigation.id));
  if (data === undefined)
    return error === null ? <Loading /> : <ErrorState error={error} retry={() => void refetch()} />;
  const { items, total, totalIsAtLeast } = data;
  return (
    <>
      {items.length < total && (
        <Text>
          The first {count(items.length)} of {totalIsAtLeast === true ? 'over ' : ''}
          {of(total, 'mailbox', 'mailboxes')}
        </Text>
      )}
      <PlainTable
        label="Mailboxes"
        rows={items}
        idOf={({ mailbox }) => mailbox}
        empty="No mailbox holds this mail"
        columns={[
          { header: 'Mailbox', words: true, cell: ({ mailbox }) => <MailText wrap>{mailbox}</MailText> },
          { header: 'Messages', numeric: true, cell: ({ messageCount }) => count(messageCount) },
          { header: 'Latest delivery locations', words: true, cell: places },
          { header: 'Last received', cell: ({ lastReceivedAt }) => <Time at={lastReceivedAt} /> },
        ]}
      />
    </>
  );
}
