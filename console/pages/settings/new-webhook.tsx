import { Field, Input } from '@fluentui/react-components';
import { useState } from 'react';
import { NOTICE_EVENTS, type NoticeEvent } from '../../../domain/notices';
import { useCreateWebhook } from '../../api/settings';
import { Choices, FormDialog } from '../../parts/form-dialog';
import { useClosing } from '../../parts/use-closing';

const SHORTEST_SECRET = 16;

/** Has a receiver told of events. */
export function NewWebhook({ onClose }: { readonly onClose: () => void }) {
  const closing = useClosing(onClose);
  const [url, setUrl] = useState('');
  const [secret, setSecret] = useState('');
  const [events, setEvents] = useState<readonly NoticeEvent[]>(['action.pending']);
  const { mutate, error, isPending } = useCreateWebhook();
  const make = (): void => mutate({ url: url.trim(), secret, events: [...events] }, closing('The webhook is made'));
  return (
    <FormDialog
      title="New webhook"
      go="Make the webhook"
      ready={!isPending && url.trim() !== '' && secret.length >= SHORTEST_SECRET && events.length > 0}
      error={error}
      onGo={make}
      onClose={onClose}
    >
      <Field label="Address" hint="https, or where the server's configuration allows it" required>
        <Input type="url" value={url} onChange={(_event, { value }) => setUrl(value)} />
      </Field>
      <Field
        label="Secret"
        hint="At least 16 characters; the receiver checks the signature with it. Never shown again"
        required
      >
        <Input
          type="password"
          autoComplete="new-password"
          value={secret}
          onChange={(_event, { value }) => setSecret(value)}
        />
      </Field>
      <Choices
        label="Events"
        of={NOTICE_EVENTS.map((name) => [name, name] as const)}
        chosen={events}
        onChange={setEvents}
      />
    </FormDialog>
  );
}
