import { Field, Input, MessageBar, MessageBarBody } from '@fluentui/react-components';
import { useState } from 'react';
import { type Role } from '../../api/session';
import { useCreateToken } from '../../api/settings';
import { CopyId } from '../../parts/copy-id';
import { Choices, FormDialog } from '../../parts/form-dialog';

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
  const [name, setName] = useState('');
  const [roles, setRoles] = useState<readonly Role[]>(['reader']);
  const [expires, setExpires] = useState('');
  const { mutate, data, error, isPending } = useCreateToken();
  const make = (): void => {
    const expiresAt = expires === '' ? {} : { expiresAt: new Date(expires).toISOString() };
    mutate({ name: name.trim(), roles: [...roles], ...expiresAt });
  };
  return (
    <FormDialog
      title="New token"
      go="Make the token"
      ready={!isPending && name.trim() !== '' && roles.length > 0}
      error={error}
      result={data === undefined ? null : <Secret token={data.token} />}
      onGo={make}
      onClose={onClose}
    >
      <Field label="Name" hint="It stands in every record of what was done with it" required>
        <Input value={name} maxLength={100} onChange={(_event, { value }) => setName(value)} />
      </Field>
      <Choices
        label="Roles"
        of={(Object.entries(ROLES) as [Role, string][]).map(([role, text]) => [role, `${role}: ${text}`] as const)}
        chosen={roles}
        onChange={setRoles}
      />
      <Field label="Expires" hint="Never, where it is left empty">
        <Input type="date" value={expires} onChange={(_event, { value }) => setExpires(value)} />
      </Field>
    </FormDialog>
  );
}

function Secret({ token }: { readonly token: string }) {
  return (
    <>
      <MessageBar intent="warning" layout="multiline">
        <MessageBarBody>This is the only time that the token is shown. Copy it now.</MessageBarBody>
      </MessageBar>
      <CopyId id={token} whole what="token" />
    </>
  );
}
