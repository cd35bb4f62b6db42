import { Text } from '@fluentui/react-components';
import { useQueries } from '@tanstack/react-query';
import { type Decision, summaryQuery, useDecideMany } from '../../api/actions';
import { type Action } from '../../api/types';
import { Confirm } from '../../parts/confirm';
import { useNotices } from '../../parts/notices';
import { of } from '../../parts/numbers';
import { Time } from '../../parts/time';
import { actionTypeText } from '../../parts/words';
import { RejectNote } from './decide-dialog';

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
  // One mailbox may be in several actions: nobody has counted them together.
  const what = `${of(messages, 'message')} in ${actions.length > 1 ? 'at most ' : ''}${of(mailboxes, 'mailbox', 'mailboxes')}`;
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
      onGo={(given) =>
        mutate(
          { ids: actions.map(({ id }) => id), decision, ...given },
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
        <Text>
          {`${type} of ${what}. `}
          <UndoOfMany actions={actions} />
        </Text>
      ) : (
        <RejectNote what={what} />
      )}
    </Confirm>
  );
}

/** Actions that are looked into for the first moment at which one of them could not be undone any more. */
const LOOKED_INTO = 20;

/** Until when all of it could be undone; of very many actions each says so for itself. */
function UndoOfMany({ actions }: { readonly actions: readonly Action[] }) {
  const asked = actions.length > LOOKED_INTO ? [] : actions;
  const summaries = useQueries({ queries: asked.map(({ id }) => summaryQuery(id)) });
  if (actions.some(({ actionType }) => actionType === 'hardDelete')) return <>It can never be undone.</>;
  const ends = summaries.flatMap(({ data }) => data?.undo?.at ?? []).sort();
  const [first] = ends;
  if (first === undefined || ends.length < actions.length) {
    return <>It can be undone for as long as each mailbox keeps deleted mail; each action says until when.</>;
  }
  return (
    <>
      All of it can be undone until <Time at={first} />.
    </>
  );
}
