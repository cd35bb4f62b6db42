import { Link, makeStyles, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import { IN_MAILBOX } from '../../../domain/location';
import { type Cluster } from '../../api/types';
import { VerdictBadge } from '../../parts/badges';
import { Section } from '../../parts/facts';
import { Flyout } from '../../parts/flyout';
import { shortEntity } from '../../parts/entity-name';
import { MailText } from '../../parts/mail-text';
import { count } from '../../parts/numbers';
import { PlainTable } from '../../parts/plain-table';
import { clusterTypeText, remediationText } from '../../parts/words';
import { ClusterDetails } from './cluster-details';
import { type TabProps } from './page';

const useStyles = makeStyles({
  page: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalXL, padding: tokens.spacingHorizontalL },
});

/** What was looked at, by kind, and every cluster of mail. */
export function Entities({ investigation }: TabProps) {
  const styles = useStyles();
  const [open, setOpen] = useState<string | null>(null);
  const { clusters } = investigation;
  const opened = clusters.find(({ id }) => id === open);
  return (
    <div className={styles.page}>
      <Section title="Evidence summary">
        <EvidenceSummary investigation={investigation} />
      </Section>
      <Section title="Email clusters">
        <Clusters clusters={clusters} onOpen={setOpen} />
      </Section>
      {opened !== undefined && (
        <Flyout
          title={clusterTypeText(opened.type)}
          under={<VerdictBadge verdict={opened.verdict} />}
          onClose={() => setOpen(null)}
        >
          <ClusterDetails cluster={opened} />
        </Flyout>
      )}
    </div>
  );
}

interface SummaryRow {
  readonly kind: string;
  readonly clusters: readonly Cluster[];
}

export function EvidenceSummary({ investigation: { clusters, entities } }: TabProps) {
  const files = clusters.filter(({ type }) => type === 'similarFiles');
  const urls = clusters.filter(({ type }) => type === 'similarUrls');
  const rows: SummaryRow[] = [
    { kind: 'Files', clusters: files.slice(0, entities.filter(({ type }) => type === 'file').length) },
    { kind: 'URLs', clusters: urls.slice(0, entities.filter(({ type }) => type === 'url').length) },
    { kind: 'Email clusters', clusters },
  ];
  const withStatus = (row: SummaryRow, status: Cluster['remediationStatus']): string =>
    count(row.clusters.filter(({ remediationStatus }) => remediationStatus === status).length);
  const withVerdict = (row: SummaryRow, verdict: Cluster['verdict']): string =>
    count(row.clusters.filter((one) => one.verdict === verdict).length);
  return (
    <PlainTable
      label="Evidence summary"
      rows={rows}
      idOf={({ kind }) => kind}
      empty="No entities"
      columns={[
        { header: 'Entity type', cell: ({ kind }) => kind },
        { header: 'Total', numeric: true, cell: (row) => count(row.clusters.length) },
        { header: 'Remediated', numeric: true, cell: (row) => withStatus(row, 'remediated') },
        { header: 'Malicious', numeric: true, cell: (row) => withVerdict(row, 'malicious') },
        { header: 'Suspicious', numeric: true, cell: (row) => withVerdict(row, 'suspicious') },
        { header: 'No threats found', numeric: true, cell: (row) => withVerdict(row, 'noThreatsFound') },
        { header: 'Not found', numeric: true, cell: (row) => withStatus(row, 'notFound') },
        {
          header: 'Unremediated',
          numeric: true,
          cell: (row) =>
            count(
              row.clusters.filter(({ remediationStatus: status }) => status === 'pending' || status === 'running')
                .length,
            ),
        },
        { header: 'Partially remediated', numeric: true, cell: (row) => withStatus(row, 'partiallyRemediated') },
      ]}
    />
  );
}

const EXTERNAL = ['On-premises/external'];

export function Clusters({
  clusters,
  onOpen,
}: {
  readonly clusters: readonly Cluster[];
  readonly onOpen?: (id: string) => void;
}) {
  const located = ({ locationCounts }: Cluster, places: readonly string[]): number =>
    places.reduce((total, place) => total + (locationCounts[place] ?? 0), 0);
  const outside = (cluster: Cluster): number =>
    cluster.messageCount - located(cluster, IN_MAILBOX) - located(cluster, EXTERNAL);
  const ofThreat = (cluster: Cluster, threat: Cluster['threats'][number]): string =>
    count(cluster.threats.includes(threat) ? cluster.messageCount : 0);
  return (
    <PlainTable
      label="Email clusters"
      rows={clusters}
      idOf={({ id }) => id}
      empty="No clusters yet"
      columns={[
        { header: 'Verdict', cell: ({ verdict }) => <VerdictBadge verdict={verdict} /> },
        { header: 'Remediation status', cell: ({ remediationStatus }) => remediationText(remediationStatus) },
        {
          header: 'Mail cluster name',
          words: true,
          cell: ({ id, name }) =>
            onOpen === undefined ? (
              <MailText wrap>{shortEntity(name)}</MailText>
            ) : (
              <Link as="button" onClick={() => onOpen(id)}>
                <MailText wrap>{shortEntity(name)}</MailText>
              </Link>
            ),
        },
        { header: 'Threats', cell: ({ threats }) => threats.join(', ') },
        { header: 'Email count', numeric: true, cell: ({ messageCount }) => count(messageCount) },
        { header: 'Malware', numeric: true, cell: (cluster) => ofThreat(cluster, 'Malware') },
        { header: 'Phish', numeric: true, cell: (cluster) => ofThreat(cluster, 'Phish') },
        { header: 'Spam', numeric: true, cell: (cluster) => ofThreat(cluster, 'Spam') },
        { header: 'Delivered', numeric: true, cell: ({ deliveryCounts }) => count(deliveryCounts['Delivered'] ?? 0) },
        {
          header: 'Junked',
          numeric: true,
          cell: ({ deliveryCounts }) => count(deliveryCounts['Delivered to junk'] ?? 0),
        },
        { header: 'Replaced', numeric: true, cell: ({ deliveryCounts }) => count(deliveryCounts['Replaced'] ?? 0) },
        { header: 'Blocked', numeric: true, cell: ({ deliveryCounts }) => count(deliveryCounts['Blocked'] ?? 0) },
        { header: 'Mailbox', numeric: true, cell: (cluster) => count(located(cluster, IN_MAILBOX)) },
        { header: 'Not in mailbox', numeric: true, cell: (cluster) => count(outside(cluster)) },
        { header: 'On-prem/External', numeric: true, cell: (cluster) => count(located(cluster, EXTERNAL)) },
      ]}
    />
  );
}
