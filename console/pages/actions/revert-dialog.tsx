import { Text } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { type Destination, type RevertPreview, revertPreviewQuery, useRevert } from '../../api/actions';
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

/** Puts back what some actions took and still own; what it comes to is counted first. */
export function RevertDialog({
  actions,
  destination,
  onClose,
  onDone = onClose,
}: {
  readonly actions: readonly Action[];
  readonly destination: Destination;
  readonly onClose: () => void;
  readonly onDone?: () => void;
}) {
  const { done, failed } = useNotices();
  const actionIds = actions.map(({ id }) => id);
  const preview = useQuery(revertPreviewQuery(actionIds));
  const { mutate, isPending, error } = useRevert();
  const [title, where] = WORDS[destination];
  const messages = preview.data === undefined ? '' : ` ${of(preview.data.messages, 'message')}`;
  const revert = (given: { readonly comment?: string }): void =>
    mutate(
      { actionIds, destination, ...given },
      {
        onSuccess: (items) => {
          const problems = items.flatMap(({ problem }) => problem ?? []);
          const [first] = problems;
          if (first !== undefined) {
            failed(
              `${of(problems.length, 'action')} could not be put back`,
              new Error(first.detail ?? 'It is refused'),
            );
          }
          if (problems.length < items.length) done('The way back has begun', `The messages go ${where}.`);
          onDone();
        },
      },
    );
  return (
    <Confirm
      title={title}
      go={`${destination === 'original' ? 'Restore' : 'Move'}${messages}`}
      busy={isPending || preview.data === undefined || preview.data.messages === 0}
      error={error ?? preview.error}
      onClose={onClose}
      onGo={revert}
    >
      <Figures actions={actions} preview={preview.data} where={where} />
    </Confirm>
  );
}

function Figures({
  actions,
  preview,
  where,
}: {
  readonly actions: readonly Action[];
  readonly preview: RevertPreview | undefined;
  readonly where: string;
}) {
  const ends = actions.flatMap(({ undoDeadline }) => undoDeadline ?? []).sort();
  if (preview === undefined) return <Text>Counting what can be put back</Text>;
  const [first] = preview.skipped;
  return (
    <>
      <Text>
        {messagesIn(preview.messages, preview.mailboxes)} go {where}. Automation does not take them again for the same
        file or URL. It can be undone until <Time at={ends[0]} />; what retention has taken before then is listed as
        expired.
      </Text>
      {first !== undefined && (
        <Text>
          {of(preview.skipped.length, 'action')} {preview.skipped.length === 1 ? 'is' : 'are'} left out: {first.reason}
        </Text>
      )}
    </>
  );
}
