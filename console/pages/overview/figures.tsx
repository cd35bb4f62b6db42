import { Card, makeStyles, Text, tokens } from '@fluentui/react-components';
import { type ReactNode } from 'react';
import { type Overview } from '../../api/types';
import { count } from '../../parts/numbers';
import { PageLink } from '../../parts/page-link';
import { durationText } from '../../parts/time';

const useStyles = makeStyles({
  row: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 200px), 1fr))',
    gap: tokens.spacingHorizontalL,
  },
  card: { gap: '2px' },
  figure: {
    fontSize: tokens.fontSizeHero700,
    lineHeight: tokens.lineHeightHero700,
    fontWeight: tokens.fontWeightSemibold,
    fontVariantNumeric: 'tabular-nums',
  },
  quiet: { color: tokens.colorNeutralForeground2 },
});

/** The four figures that a shift begins with. */
export function Figures({ overview: { pending, today, detectionToRemoval } }: { readonly overview: Overview }) {
  const styles = useStyles();
  return (
    <div className={styles.row}>
      <Figure
        name="Waiting for a decision"
        value={`${pending.totalIsAtLeast === true ? 'Over ' : ''}${count(pending.total)}`}
        detail={<PageLink to="/actions/pending">Open the action center</PageLink>}
      />
      <Figure
        name="Removed today"
        value={count(today.removed)}
        detail={`${count(today.removedByAutomation)} by automation, ${count(today.reverted)} put back`}
      />
      <Figure
        name="From detection to removal"
        value={detectionToRemoval.medianMs === null ? '–' : durationText(detectionToRemoval.medianMs)}
        detail={
          detectionToRemoval.p95Ms === null
            ? 'Nothing was removed in 30 days'
            : `median; p95 ${durationText(detectionToRemoval.p95Ms)}, of ${count(detectionToRemoval.count)}`
        }
      />
      <Figure
        name="Began to wait today"
        value={count(today.pending)}
        detail={<span className={styles.quiet}>actions</span>}
      />
    </div>
  );
}

function Figure({
  name,
  value,
  detail,
}: {
  readonly name: string;
  readonly value: string;
  readonly detail: ReactNode;
}) {
  const styles = useStyles();
  return (
    <Card className={styles.card}>
      <Text weight="semibold">{name}</Text>
      <span className={styles.figure}>{value}</span>
      <Text size={200} className={styles.quiet}>
        {detail}
      </Text>
    </Card>
  );
}
