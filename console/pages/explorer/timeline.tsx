import { useQuery } from '@tanstack/react-query';
import { timelineQuery } from '../../api/messages';
import { CopyId } from '../../parts/copy-id';
import { MailText } from '../../parts/mail-text';
import { PlainTable } from '../../parts/plain-table';
import { ErrorState, Loading } from '../../parts/states';
import { Time } from '../../parts/time';
import { type PartProps } from './message-flyout';

/** What happened to it, in order. */
export function Timeline({ message }: PartProps) {
  const { data, error, refetch } = useQuery(timelineQuery(message.id));
  if (data === undefined)
    return error === null ? <Loading /> : <ErrorState error={error} retry={() => void refetch()} />;
  return (
    <PlainTable
      label="Timeline"
      rows={data}
      idOf={({ at, event }, place) => `${at} ${event} ${place}`}
      empty="Nothing is known of it"
      columns={[
        { header: 'Timeline', cell: ({ at }) => <Time at={at} full /> },
        { header: 'Source', cell: ({ source }) => source },
        { header: 'Event', cell: ({ event }) => event },
        { header: 'Result', cell: ({ result }) => result },
        {
          header: 'Details',
          words: true,
          cell: ({ details }) => (
            <MailText wrap none="–">
              {details}
            </MailText>
          ),
        },
        { header: 'By', cell: ({ jobId }) => (jobId === null ? '–' : <CopyId id={jobId} what="action id" />) },
      ]}
    />
  );
}
