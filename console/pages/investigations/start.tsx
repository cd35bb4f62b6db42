import { Button, Field, Input, Text } from '@fluentui/react-components';
import { AddRegular } from '@fluentui/react-icons/svg/add';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { answer, api } from '../../api/client';
import { useSession } from '../../app/session';
import { FormDialog } from '../../parts/form-dialog';

const SHA256 = /^[0-9a-f]{64}$/i;

/** Starts an investigation of a file or URL; where one is open that covers it, the alert joins that one. */
export function StartInvestigation({
  entity = '',
  text = 'Investigate',
  subtle = false,
}: {
  /** What is investigated, where it is known already. */
  readonly entity?: string;
  readonly text?: string;
  readonly subtle?: boolean;
}) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        appearance={subtle ? 'subtle' : 'primary'}
        size={subtle ? 'small' : 'medium'}
        icon={subtle ? undefined : <AddRegular />}
        onClick={() => setOpen(true)}
      >
        {text}
      </Button>
      {open && <Form entity={entity} onClose={() => setOpen(false)} />}
    </>
  );
}

function Form({ entity, onClose }: { readonly entity: string; readonly onClose: () => void }) {
  const go = useNavigate();
  const { may } = useSession();
  const client = useQueryClient();
  const [value, setValue] = useState(entity);
  const [title, setTitle] = useState('');
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => {
      const given = value.trim();
      const one = SHA256.test(given)
        ? ({ type: 'file', sha256: given.toLowerCase() } as const)
        : ({ type: 'url', url: given } as const);
      return answer(
        api.POST('/api/v1/investigations', {
          body: { entities: [one], ...(title.trim() === '' ? {} : { alert: { title: title.trim() } }) },
        }),
      );
    },
    onSuccess: ({ id }) => {
      void client.invalidateQueries({ queryKey: ['investigations'] });
      void go(`/investigations/${id}`);
    },
  });
  return (
    <FormDialog
      title="Investigate a malicious file or URL"
      go="Start"
      ready={!isPending && value.trim() !== ''}
      error={error}
      onGo={() => mutate()}
      onClose={onClose}
    >
      <Field label="SHA-256 or URL" required>
        <Input value={value} onChange={(_event, data) => setValue(data.value)} />
      </Field>
      <Field label="Title">
        <Input value={title} maxLength={200} onChange={(_event, data) => setTitle(data.value)} />
      </Field>
      <Text>
        {may('detector')
          ? 'This token is a detector: where the settings allow it, automation removes what is found without asking.'
          : 'What a person starts waits for approval.'}
      </Text>
    </FormDialog>
  );
}
