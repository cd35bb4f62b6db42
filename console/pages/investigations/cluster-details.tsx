import { similarText } from '../../../domain/attributes';
import { type Cluster } from '../../api/types';
import { VerdictBadge } from '../../parts/badges';
import { CopyId } from '../../parts/copy-id';
import { Facts, Section } from '../../parts/facts';
import { MailText } from '../../parts/mail-text';
import { count, of } from '../../parts/numbers';
import { PageLink } from '../../parts/page-link';
import { Time } from '../../parts/time';
import { clusterTypeText, remediationText } from '../../parts/words';

/** A cluster as it was frozen when it was built: what it is, what threatens, and where its messages were. */
export function ClusterDetails({ cluster }: { readonly cluster: Cluster }) {
  const { coverage } = cluster;
  return (
    <>
      <Section
        title="Email cluster"
        action={<PageLink to={`/explorer?clusterId=${cluster.id}`}>Open in Explorer</PageLink>}
      >
        <Facts
          of={[
            ['Verdict', <VerdictBadge key="verdict" verdict={cluster.verdict} />],
            ['Remediation status', remediationText(cluster.remediationStatus)],
            ['Kind', clusterTypeText(cluster.type)],
            [
              'Name',
              <CopyId key="name" id={cluster.name} what="name">
                <MailText>{cluster.name}</MailText>
              </CopyId>,
            ],
            ['Threats', cluster.threats.join(', ')],
            ['Messages', `${count(cluster.messageCount)} in ${of(cluster.mailboxCount, 'mailbox', 'mailboxes')}`],
            ['Excluded', cluster.excludedCount === 0 ? undefined : of(cluster.excludedCount, 'message')],
            [
              'In protected folders',
              cluster.facts.protectedCount === 0 ? undefined : of(cluster.facts.protectedCount, 'message'),
            ],
            ['How similar', cluster.facts.similar === undefined ? undefined : similarText(cluster.facts.similar)],
            ['Query time', <Time key="at" at={cluster.queryTime} full />],
            ['Mailboxes searched', coverageText(coverage)],
          ]}
        />
      </Section>
      <Section title="Original delivery">
        <Counts counts={cluster.deliveryCounts} />
      </Section>
      <Section title="Locations when it was built">
        <Counts counts={cluster.locationCounts} />
      </Section>
    </>
  );
}

function coverageText({
  mailboxesSearched,
  mailboxesStale,
  mailboxesUnreachable,
  mailboxesExcluded,
}: Cluster['coverage']): string {
  const parts = [
    count(mailboxesSearched),
    ...(mailboxesStale === 0 ? [] : [`${count(mailboxesStale)} with an old index`]),
    ...(mailboxesUnreachable === 0 ? [] : [`${count(mailboxesUnreachable)} not reached`]),
    ...(mailboxesExcluded === 0 ? [] : [`${count(mailboxesExcluded)} excluded`]),
  ];
  return parts.join(', ');
}

/** How many messages of each kind; "None" where there are none. */
export function Counts({ counts }: { readonly counts: Readonly<Record<string, number>> }) {
  const shown = Object.entries(counts).filter(([, value]) => value > 0);
  if (shown.length === 0) return <span>None</span>;
  return <Facts of={shown.map(([name, value]) => [name, count(value)])} />;
}
