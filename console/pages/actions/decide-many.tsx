import { Text } from '@fluentui/react-components';
import { type Decision, useDecideMany } from '../../api/actions';
import { type Action } from '../../api/types';
import { Confirm } from '../../parts/confirm';
import { useNotices } from '../../parts/notices';
import { messagesIn, of } from '../../parts/numbers';
import { actionTypeText } from '../../parts/words';

/** Approves or rejects several actions of one type; each is decided for itself, and what was not says why. */
export function DecideMany({
  decision,
  actions,
  onClose,
  onDone,
}: {
  readonly decision: Decision;
  readonly actions: readonly Action[];
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const { done, failed } = useNotices();
  const { mutate, isPending, error } = useDecideMany();
  const messages = actions.reduce((total, { messageCount }) => total + messageCount, 0);
  const mailboxes = actions.reduce((total, { mailboxCount }) => total + mailboxCount, 0);
  const what = messagesIn(messages, mailboxes);
  const type = actionTypeText(actions[0]?.actionType ?? '');
  const go = decision === 'approve' ? `${type} ${what}` : `Reject ${of(actions.length, 'action')}`;
  return (
    <Confirm
      title={`${decision === 'approve' ? 'Approve' : 'Reject'} ${of(actions.length, 'action')}?`}
      go={go}
      danger={decision === 'approve'}
      busy={isPending}
      error={error}
      onClose={onClose}
      onGo={(comment) =>
        mutate(
          { ids: actions.map(({ id }) => id), decision, ...(comment === undefined ? {} : { comment }) },
          {
            onSuccess: ({ results }) => {
              const missed = results.filter(({ problem }) => problem !== undefined);
              const [first] = missed.map(({ problem }) => (problem as { readonly detail?: string }).detail);
              if (missed.length > 0)
                failed(
                  `${of(missed.length, 'action')} could not be decided`,
                  new Error(first ?? 'Somebody was faster'),
                );
              if (missed.length < results.length)
                done(
                  `${of(results.length - missed.length, 'action')} ${decision === 'approve' ? 'approved' : 'rejected'}`,
                );
              onDone();
            },
          },
        )
      }
    >
      {decision === 'approve' ? (
        <Text>{`${type} of ${what}. It can be undone for as long as each mailbox keeps deleted mail; each action says until when.`}</Text>
      ) : (
        <Text>
          {what} stay where they are. A rejected action cannot be approved later; a new alert makes a new one.
        </Text>
      )}
    </Confirm>
  );
}
