import { Button, Text } from '@fluentui/react-components';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api } from '../../api/client';
import { useSession } from '../../app/session';
import { Confirm } from '../../parts/confirm';
import { of } from '../../parts/numbers';
import { useClosing } from '../../parts/use-closing';
import { type TabProps } from './page';

/** Ends an investigation that is still open. */
export function Terminate({ investigation: { id, endedAt, actions } }: TabProps) {
  const { may } = useSession();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const closing = useClosing(() => setAsking(false));
  const { mutate, isPending, error } = useMutation({
    mutationFn: (body: { readonly comment?: string }) =>
      answer(
        api.POST('/api/v1/investigations/{id}/terminate', {
          params: { path: { id } },
          body,
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: ['investigations'] }),
  });
  if (endedAt !== null || !may('approver')) return null;
  const waiting = actions.filter(({ status }) => status === 'Pending').length;
  return (
    <>
      <Button onClick={() => setAsking(true)}>Terminate</Button>
      {asking && (
        <Confirm
          title="Terminate this investigation?"
          go="Terminate"
          danger
          busy={isPending}
          error={error}
          onClose={() => setAsking(false)}
          onGo={(given) => mutate(given, closing('It ends at its next batch'))}
        >
          <Text>
            What runs stops at its next batch; {of(waiting, 'action')} that {waiting === 1 ? 'waits is' : 'wait are'}{' '}
            cancelled. What was removed can be put back.
          </Text>
        </Confirm>
      )}
    </>
  );
}
