import { Badge, makeStyles, tokens } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { summaryQuery } from '../../api/actions';
import { type Action, type ActionSummary } from '../../api/types';
import { Status } from '../../parts/badges';
import { CopyId, shortId } from '../../parts/copy-id';
import { Facts, Section } from '../../parts/facts';
import { plain } from '../../parts/hostile';
import { MailText } from '../../parts/mail-text';
import { count, of } from '../../parts/numbers';
import { PageLink } from '../../parts/page-link';
import { PlainTable } from '../../parts/plain-table';
import { ErrorState, Loading } from '../../parts/states';
import { Time } from '../../parts/time';
import { actionTypeText, outcomeText } from '../../parts/words';

const useStyles = makeStyles({
  two: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 240px), 1fr))',
    gap: tokens.spacingHorizontalXL,
  },
  domain: { display: 'inline-flex', gap: tokens.spacingHorizontalS, alignItems: 'center' },
});

/** What is in an action: who sent it, when, where it was and is, ten of it, and what has changed since it was built. */
export function Summary({ action }: { readonly action: Action }) {
  const styles = useStyles();
  const { data, error, refetch } = useQuery(summaryQuery(action.id));
  if (data === undefined)
    return error === null ? <Loading /> : <ErrorState error={error} retry={() => void refetch()} />;
  return (
    <>
      <Changed action={action} summary={data} />
      <Section title="Senders">
        <Facts
          of={[
            ...data.topSenderDomains.map(
              ({ domain, count: messages, internal }) =>
                [
                  plain(domain),
                  <span key={domain} className={styles.domain}>
                    {count(messages)}
                    {internal && (
                      <Badge appearance="tint" color="warning" shape="rounded">
                        internal
                      </Badge>
                    )}
                  </span>,
                ] as const,
            ),
            ['Internal share', share(data.internalCount, data.lookedAt)],
            ['First received', <Time key="first" at={data.firstReceivedAt} full />],
            ['Last received', <Time key="last" at={data.lastReceivedAt} full />],
            [
              'Found in',
              Object.keys(data.foundIn).length === 0
                ? undefined
                : Object.entries(data.foundIn)
                    .map(([place, messages]) => `${place} ${count(messages)}`)
                    .join(' · '),
            ],
            ['Threats', data.threats.length === 0 ? undefined : data.threats.join(', ')],
          ]}
        />
      </Section>
      <div className={styles.two}>
        <Section title="Original delivery locations">
          <Places counts={data.originalLocations} />
        </Section>
        <Section title="Latest delivery locations">
          <Places counts={data.latestLocations} />
        </Section>
      </div>
      <Section title={`Messages, the first ${data.samples.length}`}>
        <Samples samples={data.samples} />
      </Section>
      {data.otherActions.length > 0 && (
        <Section title="Other actions on the same mail">
          <Others others={data.otherActions} />
        </Section>
      )}
    </>
  );
}

function Changed({
  action,
  summary: { changed, lookedAt, messageCount },
}: {
  readonly action: Action;
  readonly summary: ActionSummary;
}) {
  const isOver = action.endedAt !== null;
  return (
    <Section title="Since it was built">
      <Facts
        of={[
          ['Built', <Time key="at" at={changed.builtAt} full />],
          [
            'Arrived since',
            `${changed.arrivedIsAtLeast === true ? 'Over ' : ''}${of(changed.arrived, 'message')}: not in this action`,
          ],
          ['Moved since', isOver ? undefined : `${of(changed.moved, 'message')}: looked for again before it runs`],
          [
            'Counted over',
            lookedAt < messageCount ? `the first ${count(lookedAt)} of ${count(messageCount)}` : undefined,
          ],
        ]}
      />
    </Section>
  );
}

function share(part: number, whole: number): string {
  return whole === 0 ? '–' : `${count(part)} of ${count(whole)} (${Math.round((part / whole) * 100)} %)`;
}

function Places({ counts }: { readonly counts: Readonly<Record<string, number>> }) {
  return <Facts of={Object.entries(counts).map(([place, messages]) => [place, count(messages)])} />;
}

function Samples({ samples }: { readonly samples: ActionSummary['samples'] }) {
  return (
    <PlainTable
      label="Samples"
      rows={samples}
      idOf={({ messageId }) => messageId}
      empty="No messages"
      columns={[
        {
          header: 'Subject',
          words: true,
          cell: ({ messageId, subject }) => (
            <PageLink to={`/explorer?open=${messageId}`}>
              <MailText wrap none="(no subject)">
                {subject ?? ''}
              </MailText>
            </PageLink>
          ),
        },
        { header: 'Mailbox', cell: ({ mailbox }) => <MailText>{mailbox}</MailText> },
        { header: 'Sender', cell: ({ senderAddress }) => <MailText none="–">{senderAddress ?? ''}</MailText> },
        { header: 'Now in', cell: ({ latestDeliveryLocation }) => latestDeliveryLocation },
        { header: 'Outcome', cell: ({ outcome }) => outcomeText(outcome) },
        { header: 'Received', cell: ({ receivedAt }) => <Time at={receivedAt} /> },
      ]}
    />
  );
}

function Others({ others }: { readonly others: ActionSummary['otherActions'] }) {
  return (
    <PlainTable
      label="Other actions"
      rows={others}
      idOf={({ id }) => id}
      empty="None"
      columns={[
        {
          header: 'Approval ID',
          cell: ({ id, status }) => (
            <CopyId id={id} what="approval id">
              <PageLink to={`/actions/${status === 'Pending' ? 'pending' : 'history'}?open=${id}`}>
                {shortId(id)}
              </PageLink>
            </CopyId>
          ),
        },
        { header: 'Action type', cell: ({ actionType }) => actionTypeText(actionType) },
        { header: 'Status', cell: ({ status }) => <Status status={status} /> },
        { header: 'Decided by', cell: ({ decidedBy }) => decidedBy ?? '–' },
        { header: 'Created', cell: ({ createdAt }) => <Time at={createdAt} /> },
      ]}
    />
  );
}
