import { Button, Text } from '@fluentui/react-components';
import { AddRegular } from '@fluentui/react-icons/svg/add';
import { useState } from 'react';
import { useDeleteWebhook, webhookPages } from '../../api/settings';
import { type Webhook } from '../../api/types';
import { Confirm } from '../../parts/confirm';
import { CopyId } from '../../parts/copy-id';
import { DataTable } from '../../parts/data-table';
import { type Column } from '../../parts/table-row';
import { Sheet } from '../../parts/page';
import { SheetBar } from '../../parts/sheet-bar';
import { Empty } from '../../parts/states';
import { Time } from '../../parts/time';
import { useClosing } from '../../parts/use-closing';
import { usePages } from '../../parts/use-pages';
import { NewWebhook } from './new-webhook';

/** Who is told of what happens. */
export function Webhooks() {
  const [making, setMaking] = useState(false);
  const [ending, setEnding] = useState<Webhook | null>(null);
  const pages = usePages(webhookPages);
  const columns: readonly Column<Webhook>[] = [
    {
      id: 'url',
      header: 'Address',
      width: 260,
      grows: true,
      cell: ({ url }) => <CopyId id={url} whole what="address" />,
    },
    { id: 'events', header: 'Events', width: 260, cell: ({ events }) => events.join(', ') },
    { id: 'createdBy', header: 'Made by', width: 140, cell: ({ createdBy }) => createdBy },
    { id: 'createdAt', header: 'Made', width: 150, cell: ({ createdAt }) => <Time at={createdAt} /> },
    {
      id: 'end',
      header: 'Remove',
      width: 100,
      cell: (webhook) => (
        <Button size="small" onClick={() => setEnding(webhook)}>
          Remove
        </Button>
      ),
    },
  ];
  return (
    <Sheet>
      <SheetBar
        end={
          <Button appearance="primary" icon={<AddRegular />} onClick={() => setMaking(true)}>
            New webhook
          </Button>
        }
      >
        <Text>Each notice is signed and holds ids and counts only.</Text>
      </SheetBar>
      <DataTable
        label="Webhooks"
        columns={columns}
        pages={pages}
        idOf={({ id }) => id}
        card={(webhook) => ({
          title: webhook.url,
          end: (
            <Button size="small" onClick={() => setEnding(webhook)}>
              Remove
            </Button>
          ),
          lines: [webhook.events.join(', ')],
        })}
        empty={
          <Empty title="Nobody is told of anything">
            A webhook tells a chat, a ticket system or a pager when an action waits.
          </Empty>
        }
      />
      {making && <NewWebhook onClose={() => setMaking(false)} />}
      {ending !== null && <EndWebhook webhook={ending} onClose={() => setEnding(null)} />}
    </Sheet>
  );
}

function EndWebhook({ webhook, onClose }: { readonly webhook: Webhook; readonly onClose: () => void }) {
  const closing = useClosing(onClose);
  const { mutate, isPending, error } = useDeleteWebhook();
  return (
    <Confirm
      title="Remove this webhook?"
      go="Remove"
      danger
      withComment={false}
      busy={isPending}
      error={error}
      onClose={onClose}
      onGo={() => mutate(webhook.id, closing('The webhook is removed'))}
    >
      <Text>{webhook.url} is told of nothing more.</Text>
    </Confirm>
  );
}
