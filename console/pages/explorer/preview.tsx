import { makeStyles, MessageBar, MessageBarBody, Text, tokens } from '@fluentui/react-components';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api } from '../../api/client';
import { VerdictBadge } from '../../parts/badges';
import { Facts, Section } from '../../parts/facts';
import { MailText } from '../../parts/mail-text';
import { size } from '../../parts/numbers';
import { PlainTable } from '../../parts/plain-table';
import { ErrorState, Loading } from '../../parts/states';
import { type PartProps } from './message-flyout';
import { FILE_NAME } from './file-name';

const useStyles = makeStyles({
  frame: {
    width: '100%',
    height: '420px',
    boxSizing: 'border-box',
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    borderRadius: tokens.borderRadiusMedium,
    // A mail is a white page, whatever colours the console has.
    backgroundColor: '#fff',
    colorScheme: 'light',
  },
  quiet: { color: tokens.colorNeutralForeground3 },
});

/** Each look is in the audit, so it is one look: nothing asks again by itself. */
function previewQuery(id: string) {
  return queryOptions({
    queryKey: ['previews', id],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/messages/{id}/preview', { params: { path: { id } }, signal })),
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
  });
}

/** The mail itself, decoded and harmless: its page lies in a frame that may neither run, load, link nor reach this page. */
export function Preview({ message: { id } }: PartProps) {
  const styles = useStyles();
  const { data, error, refetch } = useQuery(previewQuery(id));
  if (data === undefined)
    return error === null ? <Loading /> : <ErrorState error={error} retry={() => void refetch()} />;
  return (
    <>
      <Text className={styles.quiet} size={200}>
        This look is kept in the audit. Nothing in the mail runs, loads or links; hidden characters are shown by their
        codes.
      </Text>
      {data.note !== null && (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>{data.note}</MessageBarBody>
        </MessageBar>
      )}
      <Facts
        of={data.headers.map(({ name, value }, at) => [
          name,
          <MailText key={at} wrap none="–">
            {value}
          </MailText>,
        ])}
      />
      <iframe
        className={styles.frame}
        title="The mail"
        sandbox=""
        referrerPolicy="no-referrer"
        src={`/api/v1/messages/${id}/preview/frame`}
      />
      {data.attachments.length > 0 && (
        <Section title="Attachments">
          <PlainTable
            label="Attachments of the mail"
            rows={data.attachments}
            idOf={({ sha256 }, at) => `${sha256} ${at}`}
            empty="No attachments"
            columns={[
              FILE_NAME,
              { header: 'Size', numeric: true, cell: (file) => size(file.size) },
              {
                header: 'Verdict',
                cell: ({ verdict }) => (verdict === null ? 'Not looked at' : <VerdictBadge verdict={verdict} />),
              },
            ]}
          />
        </Section>
      )}
    </>
  );
}
