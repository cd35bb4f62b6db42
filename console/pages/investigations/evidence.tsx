import { type Cluster, type Investigation } from '../../api/types';
import { VerdictBadge } from '../../parts/badges';
import { CopyId } from '../../parts/copy-id';
import { MailText } from '../../parts/mail-text';
import { messagesIn } from '../../parts/numbers';
import { PlainTable } from '../../parts/plain-table';
import { Time } from '../../parts/time';
import { remediationText } from '../../parts/words';
import { type TabProps } from './page';
import { entityText } from './name';

type Entity = Investigation['entities'][number];

/** What was found, entity by entity. */
export function Evidence({ investigation }: TabProps) {
  const { entities, clusters, alert } = investigation;
  const clusterOf = (entity: Entity): Cluster | undefined => clusters.find(({ name }) => name === entityText(entity));
  return (
    <PlainTable
      label="Evidence"
      rows={entities}
      idOf={entityText}
      empty="No evidence"
      columns={[
        { header: 'First seen', cell: (entity) => <Time at={clusterOf(entity)?.queryTime} /> },
        {
          header: 'Entity',
          words: true,
          cell: (entity) => (
            <CopyId id={entityText(entity)} whole wrap what="entity">
              <MailText wrap>{entityText(entity)}</MailText>
            </CopyId>
          ),
        },
        { header: 'Type', cell: ({ type }) => (type === 'file' ? 'File' : 'URL') },
        {
          header: 'Verdict',
          cell: (entity) => <VerdictBadge verdict={clusterOf(entity)?.verdict ?? investigation.verdict} />,
        },
        {
          header: 'Remediation status',
          cell: (entity) => remediationText(clusterOf(entity)?.remediationStatus ?? 'none'),
        },
        { header: 'Status details', words: true, cell: (entity) => detailsOf(clusterOf(entity)) },
        {
          header: 'Impacted assets',
          cell: (entity) => messagesIn(clusterOf(entity)?.messageCount ?? 0, clusterOf(entity)?.mailboxCount ?? 0),
        },
        { header: 'Detection origin', cell: () => alert?.source ?? alert?.startedBy ?? '–' },
        { header: 'Threats', cell: ({ threat }) => threat },
      ]}
    />
  );
}

/** What was decided about a cluster, in words. */
export function detailsOf(cluster: Cluster | undefined): string {
  if (cluster === undefined) return 'No cluster yet';
  const { decision } = cluster.facts;
  switch (decision.kind) {
    case 'none':
      return decision.because === 'notMalicious' ? 'Not malicious: nothing is done' : 'Nothing left in mailboxes';
    case 'automatic':
      return decision.waiting.length === 0
        ? 'Removed without asking'
        : 'Removed without asking; a part waits for a person';
    case 'pending':
      return decision.reasons.map(({ detail }) => detail).join('; ');
  }
}
