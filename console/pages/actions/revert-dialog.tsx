import { Text } from '@fluentui/react-components';
import { type Destination, useRevert } from '../../api/actions';
import { type Action } from '../../api/types';
import { Confirm } from '../../parts/confirm';
import { useNotices } from '../../parts/notices';
import { messagesIn, of } from '../../parts/numbers';
import { Time } from '../../parts/time';

const WORDS: Readonly<Record<Destination, readonly [title: string, where: string]>> = {
  inbox: ['Move to Inbox?', 'to the Inbox of each mailbox'],
  junk: ['Move to Junk?', 'to the Junk folder of each mailbox'],
  original: ['Restore to original folders?', 'to the folders that they were in, with their flags and dates'],
};

/** Puts back what an action removed and still owns. */
export function RevertDialog({
  action,
  destination,
  onClose,
}: {
  readonly action: Action;
  readonly destination: Destination;
  readonly onClose: () => void;
}) {
  const { done } = useNotices();
  const { mutate, isPending, error } = useRevert();
  const [title, where] = WORDS[destination];
  const messages = of(action.outcomes.removed, 'message');
  return (
    <Confirm
      title={title}
      go={destination === 'original' ? `Restore ${messages}` : `Move ${messages}`}
      busy={isPending}
      error={error}
      onClose={onClose}
      onGo={(comment) =>
        mutate(
          { id: action.id, destination, ...(comment === undefined ? {} : { comment }) },
          {
            onSuccess: () => {
              done('The way back has begun', `${messages} go ${where}.`);
              onClose();
            },
          },
        )
      }
    >
      <Text>
        {messagesIn(action.outcomes.removed, action.mailboxCount)} that this action removed go {where}. Automation does
        not take them again for the same file or URL. It can be undone until <Time at={action.undoDeadline} />; what
        retention has taken before then is listed as expired.
      </Text>
    </Confirm>
  );
}
