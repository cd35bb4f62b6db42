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
  MessageBar,
  MessageBarBody,
  tokens,
} from '@fluentui/react-components';
import { type SyntheticEvent, useState } from 'react';
import { type Role } from '../../api/session';
import { useCreateToken } from '../../api/settings';
import { CopyId } from '../../parts/copy-id';
import { ErrorState } from '../../parts/states';

const useStyles = makeStyles({
  content: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM },
  roles: { display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 220px), 1fr))' },
});

/** What each role may do, in the order of the API's own list. */
const ROLES: Readonly<Record<Role, string>> = {
  reader: 'see everything but the mail itself',
  preview: 'see the mail itself',
  operator: 'start investigations, import mail',
  detector: 'raise alerts that automation may act on',
  approver: 'approve, reject, stop, pause, take action, revert',
  auditor: 'read the audit',
  metrics: 'read the figures for monitoring',
  admin: 'settings, tokens, webhooks, holds, hard delete',
};

/** Makes a token, and shows its secret the one time that it can be shown. */
export function NewToken({ onClose }: { readonly onClose: () => void }) {
  const styles = useStyles();
  const [name, setName] = useState('');
  const [roles, setRoles] = useState<readonly Role[]>(['reader']);
  const [expires, setExpires] = useState('');
  const { mutate, data, error, isPending } = useCreateToken();
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const expiresAt = expires === '' ? {} : { expiresAt: new Date(expires).toISOString() };
    mutate({ name: name.trim(), roles: [...roles], ...expiresAt });
  };
  return (
    <Dialog
      open
      onOpenChange={(_event, { open }) => !open && onClose()}
      modalType={data === undefined ? 'modal' : 'alert'}
    >
      <DialogSurface>
        <form onSubmit={submit}>
          <DialogBody>
            <DialogTitle>New token</DialogTitle>
            {data === undefined ? (
              <DialogContent className={styles.content}>
                <Field label="Name" hint="It stands in every record of what was done with it" required>
                  <Input value={name} maxLength={100} onChange={(_event, { value }) => setName(value)} />
                </Field>
                <Field label="Roles">
                  <div className={styles.roles} role="group" aria-label="Roles">
                    {(Object.entries(ROLES) as [Role, string][]).map(([role, text]) => (
                      <Checkbox
                        key={role}
                        label={`${role}: ${text}`}
                        checked={roles.includes(role)}
                        onChange={(_event, { checked }) =>
                          setRoles((before) =>
                            checked === true ? [...before, role] : before.filter((one) => one !== role),
                          )
                        }
                      />
                    ))}
                  </div>
                </Field>
                <Field label="Expires" hint="Never, where it is left empty">
                  <Input type="date" value={expires} onChange={(_event, { value }) => setExpires(value)} />
                </Field>
                {error !== null && <ErrorState error={error} />}
              </DialogContent>
            ) : (
              <DialogContent className={styles.content}>
                <MessageBar intent="warning" layout="multiline">
                  <MessageBarBody>This is the only time that the token is shown. Copy it now.</MessageBarBody>
                </MessageBar>
                <CopyId id={data.token} whole what="token" />
              </DialogContent>
            )}
            <DialogActions>
              <Button onClick={onClose}>{data === undefined ? 'Cancel' : 'Done'}</Button>
              {data === undefined && (
                <Button
                  appearance="primary"
                  type="submit"
                  disabled={isPending || name.trim() === '' || roles.length === 0}
                >
                  Make the token
                </Button>
              )}
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
