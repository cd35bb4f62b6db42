import { useQuery } from '@tanstack/react-query';
import { similarQuery } from '../../api/messages';
import { MailText } from '../../parts/mail-text';
import { PageLink } from '../../parts/page-link';
import { PlainTable } from '../../parts/plain-table';
import { ErrorState, Loading } from '../../parts/states';
import { Time } from '../../parts/time';
import { type PartProps } from './message-flyout';

/** Messages whose text is the same but for names and numbers. */
export function Similar({ message }: PartProps) {
  const { data, error, refetch } = useQuery(similarQuery(message.id));
  if (data === undefined)
    return error === null ? <Loading /> : <ErrorState error={error} retry={() => void refetch()} />;
  return (
    <PlainTable
      label="Similar emails"
      rows={data}
      idOf={({ id }) => id}
      empty="No message has the same text"
      columns={[
        { header: 'Date', cell: ({ receivedAt }) => <Time at={receivedAt} /> },
        {
          header: 'Subject',
          words: true,
          cell: ({ id, subject }) => (
            <PageLink to={`/explorer?open=${id}`}>
              <MailText wrap none="(no subject)">
                {subject}
              </MailText>
            </PageLink>
          ),
        },
        { header: 'Recipient', cell: ({ mailbox }) => <MailText>{mailbox}</MailText> },
        { header: 'Sender', cell: ({ senderAddress }) => <MailText none="–">{senderAddress}</MailText> },
        { header: 'Sender IP', cell: ({ senderIp }) => senderIp || '–' },
        { header: 'Delivery action', cell: ({ deliveryAction }) => deliveryAction },
        { header: 'Delivery location', cell: ({ latestDeliveryLocation }) => latestDeliveryLocation },
      ]}
    />
  );
}
