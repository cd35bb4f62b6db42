import { Text } from '@fluentui/react-components';
import { type ReactNode } from 'react';
import { type Action } from '../../api/types';

/** Says what a removal does, and until when it can be undone, as far as it is known before it has been done. */
export function UndoNote({ actions, children }: { readonly actions: readonly Action[]; readonly children: ReactNode }) {
  const unknown = actions.some(({ reasons }) => reasons.some(({ code }) => code === 'unknownRetention'));
  return (
    <Text>
      {children}{' '}
      {unknown
        ? 'For some mailboxes nobody can say how long it can be undone.'
        : 'It can be undone for as long as each mailbox keeps soft-deleted mail.'}
    </Text>
  );
}
