import { type ExplorerRow } from '../../api/types';
import { CopyId } from '../../parts/copy-id';
import { type Column } from '../../parts/table-row';
import { MailText } from '../../parts/mail-text';
import { count, size } from '../../parts/numbers';
import { RowLink } from '../../parts/row-link';
import { Time } from '../../parts/time';

/** The columns of the Explorer, in the product's words. */
export function explorerColumns(onOpen: (row: ExplorerRow) => void): readonly Column<ExplorerRow>[] {
  return [
    { id: 'receivedAt', header: 'Date', width: 150, cell: ({ receivedAt }) => <Time at={receivedAt} /> },
    {
      id: 'subject',
      header: 'Subject',
      width: 260,
      grows: true,
      cell: (row) => (
        <RowLink onOpen={() => onOpen(row)}>
          <MailText none="(no subject)">{row.subject}</MailText>
        </RowLink>
      ),
    },
    { id: 'mailbox', header: 'Recipient', width: 190, cell: ({ mailbox }) => <MailText>{mailbox}</MailText> },
    {
      id: 'sender',
      header: 'Sender address',
      width: 190,
      cell: ({ senderAddress }) => <MailText none="–">{senderAddress}</MailText>,
    },
    {
      id: 'senderName',
      header: 'Sender display name',
      width: 160,
      extra: true,
      cell: ({ senderName }) => <MailText none="–">{senderName}</MailText>,
    },
    {
      id: 'senderDomain',
      header: 'Sender domain',
      width: 150,
      extra: true,
      cell: ({ senderDomain }) => <MailText none="–">{senderDomain}</MailText>,
    },
    { id: 'senderIp', header: 'Sender IP', width: 130, extra: true, cell: ({ senderIp }) => senderIp || '–' },
    {
      id: 'additionalActions',
      header: 'Additional actions',
      width: 240,
      cell: ({ additionalActions }) => (
        <span title={additionalActions.join(', ')}>{additionalActions.join(', ') || '–'}</span>
      ),
    },
    {
      id: 'latest',
      header: 'Latest delivery location',
      width: 180,
      cell: ({ latestDeliveryLocation }) => latestDeliveryLocation,
    },
    {
      id: 'original',
      header: 'Original delivery location',
      width: 190,
      extra: true,
      cell: ({ originalDeliveryLocation }) => originalDeliveryLocation,
    },
    {
      id: 'deliveryAction',
      header: 'Delivery action',
      width: 140,
      extra: true,
      cell: ({ deliveryAction }) => deliveryAction,
    },
    { id: 'threats', header: 'Threat type', width: 110, cell: ({ threats }) => threats.join(', ') || '–' },
    {
      id: 'directionality',
      header: 'Directionality',
      width: 120,
      extra: true,
      cell: ({ directionality }) => directionality,
    },
    {
      id: 'attachments',
      header: 'Attachments',
      width: 110,
      numeric: true,
      extra: true,
      cell: ({ attachmentCount }) => count(attachmentCount),
    },
    { id: 'urls', header: 'URLs', width: 70, numeric: true, extra: true, cell: ({ urlCount }) => count(urlCount) },
    { id: 'size', header: 'Email size', width: 100, numeric: true, extra: true, cell: (row) => size(row.size) },
    {
      id: 'internetMessageId',
      header: 'Internet message ID',
      width: 200,
      extra: true,
      cell: ({ internetMessageId }) => <MailText none="–">{internetMessageId}</MailText>,
    },
    {
      id: 'networkMessageId',
      header: 'Network message ID',
      width: 160,
      extra: true,
      cell: ({ networkMessageId }) => <CopyId id={networkMessageId} what="network message id" />,
    },
  ];
}
