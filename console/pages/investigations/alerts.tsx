import { Link } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { logQuery } from '../../api/log';
import { type Investigation, type LogEntry } from '../../api/types';
import { MailText } from '../../parts/mail-text';
import { PlainTable } from '../../parts/plain-table';
import { ErrorState, Loading } from '../../parts/states';
import { Time } from '../../parts/time';
import { type TabProps } from './page';

type Alert = NonNullable<Investigation['alert']>;

function alertsOf(log: readonly LogEntry[]): { readonly at: string; readonly alert: Alert }[] {
  return log
    .filter(({ event }) => event === 'Alert received')
    .map(({ at, detail }) => ({ at, alert: detail as Alert }));
}

/** Every alert that started it or joined it. */
export function Alerts({ investigation }: TabProps) {
  const { data, error, refetch } = useQuery(logQuery(investigation.id));
  if (data === undefined)
    return error === null ? <Loading /> : <ErrorState error={error} retry={() => void refetch()} />;
  return (
    <PlainTable
      label="Alerts"
      rows={alertsOf(data)}
      idOf={({ at }, place) => `${at} ${place}`}
      empty="No alerts"
      columns={[
        {
          header: 'Alert name',
          words: true,
          cell: ({ alert }) => (
            <MailText wrap none="(no title)">
              {alert.title ?? ''}
            </MailText>
          ),
        },
        { header: 'Severity', cell: ({ alert }) => alert.severity ?? '–' },
        {
          header: 'Detection source',
          cell: ({ alert }) => (
            <MailText wrap none="–">
              {alert.source ?? ''}
            </MailText>
          ),
        },
        {
          header: 'Raised by',
          cell: ({ alert }) => (alert.startedByPerson ? `${alert.startedBy} (a person)` : alert.startedBy),
        },
        {
          header: 'External ID',
          cell: ({ alert }) => (
            <MailText wrap none="–">
              {alert.externalId ?? ''}
            </MailText>
          ),
        },
        { header: 'Detected', cell: ({ alert }) => <Time at={alert.detectedAt} /> },
        { header: 'Received', cell: ({ at }) => <Time at={at} full /> },
        {
          header: 'At its source',
          cell: ({ alert }) =>
            isWeb(alert.url) ? (
              <Link href={alert.url} target="_blank" rel="noreferrer">
                Open
              </Link>
            ) : (
              '–'
            ),
        },
      ]}
    />
  );
}

/** An alert's own address is somebody else's word: it is a link where it leads to a web page, and nothing otherwise. */
function isWeb(url: string | undefined): url is string {
  return url !== undefined && URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol);
}
