import { Text } from '@fluentui/react-components';
import { useEffect, useState } from 'react';
import { type Decision, useDecide } from '../../api/actions';
import { ApiProblem } from '../../api/problem';
import { type Action } from '../../api/types';
import { Confirm } from '../../parts/confirm';
import { messagesIn } from '../../parts/numbers';
import { actionTypeText } from '../../parts/words';
import { useClosing } from '../../parts/use-closing';
import { UndoNote } from './undo-note';

/**
 * Decides an action as it was seen when it was asked for: where it has changed since, or somebody decided meanwhile, the API
 * refuses, and its words say who and when.
 */
export function DecideDialog({
  action,
  etag,
  decision,
  onClose,
}: {
  readonly action: Action;
  readonly etag: string;
  readonly decision: Decision;
  readonly onClose: () => void;
}) {
  const closing = useClosing(onClose);
  const { mutate, isPending, error } = useDecide();
  const [seen, setSeen] = useState({ action, etag });
  const what = messagesIn(seen.action.messageCount, seen.action.mailboxCount);
  const type = actionTypeText(seen.action.actionType);
  const isDecided = action.status !== 'Pending';
  // The figures changed under the open dialog: they are shown as they are read again, and the next press is on the new ones.
  useEffect(() => {
    if (error instanceof ApiProblem && error.status === 412) setSeen({ action, etag });
  }, [error, action, etag]);
  return (
    <Confirm
      title={decision === 'approve' ? `Approve this action?` : 'Reject this action?'}
      go={decision === 'approve' ? `${type} ${what}` : 'Reject'}
      danger={decision === 'approve'}
      busy={isPending || isDecided}
      error={
        error ??
        (isDecided ? new Error(`It is ${action.status} meanwhile: decided by ${action.decidedBy ?? 'nobody'}.`) : null)
      }
      onClose={onClose}
      onGo={(given) =>
        mutate(
          { id: action.id, decision, etag: seen.etag, ...given },
          decision === 'approve'
            ? closing('Approved', `${type} of ${what} runs.`)
            : closing('Rejected', `${what} stay where they are.`),
        )
      }
    >
      {decision === 'approve' ? (
        <UndoNote
          action={seen.action}
        >{`${type} of ${what}. Where they are is looked at again first; nothing is added to them.`}</UndoNote>
      ) : (
        <RejectNote what={what} />
      )}
    </Confirm>
  );
}

/** What rejecting does to so many messages. */
export function RejectNote({ what }: { readonly what: string }) {
  return (
    <Text>{what} stay where they are. A rejected action cannot be approved later; a new alert makes a new one.</Text>
  );
}
