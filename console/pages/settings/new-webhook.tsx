import {
  Button,
  Checkbox,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { type SyntheticEvent, useState } from 'react';
import { NOTICE_EVENTS, type NoticeEvent } from '../../../domain/notices';
import { useCreateWebhook } from '../../api/settings';
import { useNotices } from '../../parts/notices';
import { ErrorState } from '../../parts/states';

const useStyles = makeStyles({
  content: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM },
  events: { display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 180px), 1fr))' },
});

const SHORTEST_SECRET = 16;

/** Has a receiver told of events. */
export function NewWebhook({ onClose }: { readonly onClose: () => void }) {
  const styles = useStyles();
  const { done } = useNotices();
  const [url, setUrl] = useState('');
  const [secret, setSecret] = useState('');
  const [events, setEvents] = useState<readonly NoticeEvent[]>(['action.pending']);
  const { mutate, error, isPending } = useCreateWebhook();
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    mutate(
      { url: url.trim(), secret, events: [...events] },
      {
        onSuccess: () => {
          done('The webhook is made');
          onClose();
        },
      },
    );
  };
  return (
    <Dialog open onOpenChange={(_event, { open }) => !open && onClose()}>
      <DialogSurface>
        <form onSubmit={submit}>
          <DialogBody>
            <DialogTitle>New webhook</DialogTitle>
            <DialogContent className={styles.content}>
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
              <Field label="Events">
                <div className={styles.events} role="group" aria-label="Events">
                  {NOTICE_EVENTS.map((name) => (
                    <Checkbox
                      key={name}
                      label={name}
                      checked={events.includes(name)}
                      onChange={(_event, { checked }) =>
                        setEvents((before) =>
                          checked === true ? [...before, name] : before.filter((one) => one !== name),
                        )
                      }
                    />
                  ))}
                </div>
              </Field>
              {error !== null && <ErrorState error={error} />}
            </DialogContent>
            <DialogActions>
              <Button onClick={onClose}>Cancel</Button>
              <Button
                appearance="primary"
                type="submit"
                disabled={isPending || url.trim() === '' || secret.length < SHORTEST_SECRET || events.length === 0}
              >
                Make the webhook
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
