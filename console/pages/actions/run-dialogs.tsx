import { Text } from '@fluentui/react-components';
import { useRetry, useStop } from '../../api/actions';
import { type Action } from '../../api/types';
import { Confirm } from '../../parts/confirm';
import { of } from '../../parts/numbers';
import { actionTypeText } from '../../parts/words';
import { useClosing } from '../../parts/use-closing';
import { UndoNote } from './undo-note';

interface Props {
  readonly action: Action;
  readonly onClose: () => void;
}

/** Stops a running action at its next batch. */
export function StopDialog({ action, onClose }: Props) {
  const closing = useClosing(onClose);
  const { mutate, isPending, error } = useStop();
  return (
    <Confirm
      title="Stop this action?"
      go="Stop"
      danger
      busy={isPending}
      error={error}
      onClose={onClose}
      onGo={(given) => mutate({ id: action.id, ...given }, closing('It stops at its next batch'))}
    >
      <Text>
        {of(action.outcomes.open, 'message')} not worked yet stay where they are.{' '}
        {action.actionType === 'hardDelete'
          ? 'What was deleted for good stays deleted.'
          : 'What was moved can be put back.'}
      </Text>
    </Confirm>
  );
}

/** Works again on what failed or could not be verified. */
export function RetryDialog({ action, onClose }: Props) {
  const closing = useClosing(onClose);
  const { mutate, isPending, error } = useRetry();
  const messages = of(action.outcomes.failed + action.outcomes.unverified, 'message');
  return (
    <Confirm
      title="Try again?"
      go={`${actionTypeText(action.actionType)} ${messages}`}
      danger
      busy={isPending}
      error={error}
      onClose={onClose}
      onGo={(given) => mutate({ id: action.id, ...given }, closing('It is tried again'))}
    >
      <UndoNote action={action}>
        {`${messages} that failed or could not be verified, in at most ${of(action.mailboxCount, 'mailbox', 'mailboxes')}, are worked again.`}
      </UndoNote>
    </Confirm>
  );
}
