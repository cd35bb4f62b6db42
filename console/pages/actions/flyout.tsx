import { useQuery } from '@tanstack/react-query';
import { actionQuery } from '../../api/actions';
import { type Action } from '../../api/types';
import { Status } from '../../parts/badges';
import { CopyId } from '../../parts/copy-id';
import { Facts, Section } from '../../parts/facts';
import { Flyout } from '../../parts/flyout';
import { count, messagesIn, of } from '../../parts/numbers';
import { Outcomes } from '../../parts/outcomes';
import { PageLink } from '../../parts/page-link';
import { ErrorState, Loading } from '../../parts/states';
import { FromNow, Time } from '../../parts/time';
import { actionTypeText } from '../../parts/words';
import { ActionButtons } from './buttons';
import { ClusterFacts } from './cluster-facts';
import { Ledger } from './ledger';
import { Reasons } from './reasons';
import { Reverts } from './reverts';
import { Summary } from './summary';

/** Everything about one action: why it waits, what it would take or took, what became of each message, and the way back. */
export function ActionFlyout({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const { data, error, refetch } = useQuery(actionQuery(id));
  if (data === undefined) {
    return (
      <Flyout title="Action" onClose={onClose}>
        {error === null ? <Loading /> : <ErrorState error={error} retry={() => void refetch()} />}
      </Flyout>
    );
  }
  const action = data.data;
  return (
    <Flyout
      title={`${actionTypeText(action.actionType)}: ${messagesIn(action.messageCount, action.mailboxCount)}`}
      under={
        <>
          <Status status={action.status} />
          <ActionButtons action={action} etag={data.etag} />
        </>
      }
      onClose={onClose}
    >
      {error !== null && <ErrorState error={error} retry={() => void refetch()} />}
      {action.status === 'Pending' && <Reasons action={action} />}
      {action.status !== 'Pending' && (
        <Section title={action.status === 'Running' ? 'Progress' : 'Outcomes'}>
          <Outcomes outcomes={action.outcomes} />
        </Section>
      )}
      <Reverts action={action} />
      <Section title="Action details">
        <ActionFacts action={action} />
      </Section>
      {action.status === 'Freezing' ? (
        <Loading label="Its messages are being written into its ledger" />
      ) : (
        <Summary action={action} />
      )}
      <ClusterFacts action={action} />
      {action.status !== 'Pending' && action.reasons.length > 0 && <Reasons action={action} />}
      <Ledger id={action.id} />
    </Flyout>
  );
}

function ActionFacts({ action }: { readonly action: Action }) {
  return (
    <Facts
      of={[
        ['Approval ID', <CopyId key="id" id={action.id} whole what="approval id" />],
        [
          'Investigation ID',
          action.investigationId === null ? undefined : (
            <CopyId key="id" id={action.investigationId} whole what="investigation id">
              <PageLink to={`/investigations/${action.investigationId}`}>{action.investigationId}</PageLink>
            </CopyId>
          ),
        ],
        ['Entity', action.entity === null ? undefined : <CopyId key="entity" id={action.entity} whole what="entity" />],
        ['Name', action.name ?? undefined],
        ['Description', action.description ?? undefined],
        ['Action source', action.actionSource],
        ['Decided by', action.decidedBy ?? undefined],
        ['Comment', action.comment ?? undefined],
        ['Problem', action.problem?.detail],
        ['Left out', action.leftOutCount === 0 ? undefined : of(action.leftOutCount, 'message')],
        ['Stopped by', action.stopped === null ? undefined : stopText(action.stopped)],
        [
          'Messages',
          `${count(action.messageCount)} in ledger, ${count(action.remainingInMailboxes)} left in mailboxes`,
        ],
        ['Mailboxes', count(action.mailboxCount)],
        ['Created', <Time key="at" at={action.createdAt} full />],
        [
          'Expires',
          action.status === 'Pending' ? (
            <>
              <Time at={action.expiresAt} /> (<FromNow at={action.expiresAt} />)
            </>
          ) : undefined,
        ],
        ['Decided', action.decidedAt === null ? undefined : <Time key="at" at={action.decidedAt} full />],
        ['Started', action.startedAt === null ? undefined : <Time key="at" at={action.startedAt} full />],
        ['Ended', action.endedAt === null ? undefined : <Time key="at" at={action.endedAt} full />],
        [
          'Undo until',
          action.undoDeadline === null || !action.revertible ? undefined : (
            <>
              <Time at={action.undoDeadline} /> (<FromNow at={action.undoDeadline} />,{' '}
              {BASIS[action.undoBasis ?? 'unknown']})
            </>
          ),
        ],
        ['Settings version', count(action.settingsVersion)],
      ]}
    />
  );
}

const BASIS = {
  probed: 'as the mailbox server says',
  configured: 'as configured',
  unknown: 'nobody can say for sure',
} as const;

function stopText({ by, comment }: { readonly by: string; readonly comment: string | null }): string {
  return comment === null ? by : `${by}: ${comment}`;
}
