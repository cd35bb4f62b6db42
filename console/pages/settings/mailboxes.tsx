import { Text } from '@fluentui/react-components';
import { useState } from 'react';
import { mailboxPages } from '../../api/settings';
import { type Mailbox } from '../../api/types';
import { DataTable } from '../../parts/data-table';
import { type Column } from '../../parts/table-row';
import { MailText } from '../../parts/mail-text';
import { count, of, totalText } from '../../parts/numbers';
import { Sheet } from '../../parts/page';
import { RowLink } from '../../parts/row-link';
import { SheetBar } from '../../parts/sheet-bar';
import { Empty } from '../../parts/states';
import { FromNow } from '../../parts/time';
import { usePages } from '../../parts/use-pages';
import { Health } from './health';
import { MailboxFlyout } from './mailbox-flyout';

/** The mailboxes: how they are, how long they keep mail, and what a probe found. */
export function Mailboxes() {
  const [open, setOpen] = useState<string | null>(null);
  const pages = usePages(mailboxPages);
  const columns: readonly Column<Mailbox>[] = [
    {
      id: 'address',
      header: 'Address',
      width: 240,
      grows: true,
      cell: (mailbox) => <Opener mailbox={mailbox} onOpen={setOpen} />,
    },
    { id: 'provider', header: 'Provider', width: 120, cell: ({ provider }) => provider },
    { id: 'health', header: 'Health', width: 130, cell: ({ health }) => <Health health={health} /> },
    { id: 'messages', header: 'Messages', width: 100, numeric: true, cell: ({ messageCount }) => count(messageCount) },
    {
      id: 'retention',
      header: 'Keeps deleted mail',
      width: 164,
      cell: ({ retentionDays }) => of(retentionDays, 'day'),
    },
    {
      id: 'hold',
      header: 'Hold',
      width: 160,
      cell: ({ hold }) => hold?.reference ?? (hold === null ? '–' : 'On hold'),
    },
    { id: 'indexedAt', header: 'Index', width: 130, cell: ({ indexedAt }) => <FromNow at={indexedAt} /> },
  ];
  return (
    <Sheet>
      <SheetBar end={pages.total !== null && <Text>{totalText(pages.total, 'mailbox', 'mailboxes')}</Text>}>
        <Text>A mailbox that cannot be handled safely is left to a person.</Text>
      </SheetBar>
      <DataTable
        label="Mailboxes"
        columns={columns}
        pages={pages}
        idOf={({ address }) => address}
        onOpen={({ address }) => setOpen(address)}
        card={(mailbox) => ({
          title: <Opener mailbox={mailbox} onOpen={setOpen} />,
          end: <Health health={mailbox.health} />,
          lines: [
            `${mailbox.provider} · ${of(mailbox.messageCount, 'message')} · keeps ${of(mailbox.retentionDays, 'day')}`,
          ],
        })}
        empty={
          <Empty title="No mailboxes">
            They come from the mail providers' configuration, or with the first mail that is imported.
          </Empty>
        }
      />
      {open !== null && (
        <MailboxFlyout
          address={open}
          mailbox={pages.rows.find(({ address }) => address === open)}
          onClose={() => setOpen(null)}
        />
      )}
    </Sheet>
  );
}

function Opener({ mailbox, onOpen }: { readonly mailbox: Mailbox; readonly onOpen: (address: string) => void }) {
  return (
    <RowLink onOpen={() => onOpen(mailbox.address)}>
      <MailText>{mailbox.address}</MailText>
    </RowLink>
  );
}
