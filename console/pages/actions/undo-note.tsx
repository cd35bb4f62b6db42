import { Text } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode } from 'react';
import { summaryQuery } from '../../api/actions';
import { type Action } from '../../api/types';
import { Time } from '../../parts/time';

/** Says what a removal does, and until when it could be undone: the first moment at which a mailbox lets go of what it took. */
export function UndoNote({ action, children }: { readonly action: Action; readonly children: ReactNode }) {
  const { data } = useQuery(summaryQuery(action.id));
  return (
    <Text>
      {children} <Until action={action} undo={data?.undo} />
    </Text>
  );
}

function Until({
  action,
  undo,
}: {
  readonly action: Action;
  readonly undo: { readonly at: string; readonly basis: string } | null | undefined;
}) {
  if (action.actionType === 'hardDelete') return <>It can never be undone.</>;
  if (undo === null || undo === undefined) return <>It can be undone for as long as each mailbox keeps deleted mail.</>;
  return (
    <>
      All of it can be undone until <Time at={undo.at} />
      {undo.basis === 'unknown' ? ', as far as anybody can say.' : '.'}
    </>
  );
}
