import { Button, makeStyles, Text, Title3, tokens } from '@fluentui/react-components';
import { PrintRegular } from '@fluentui/react-icons/svg/print';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { useNavigate } from 'react-router';
import { logQuery } from '../../api/log';
import { useSession } from '../../app/session';
import { Section } from '../../parts/facts';
import { plain } from '../../parts/hostile';
import { MailText } from '../../parts/mail-text';
import { ErrorState, Loading } from '../../parts/states';
import { Time, useNow } from '../../parts/time';
import { Alerts } from './alerts';
import { Clusters, EvidenceSummary } from './entities';
import { Evidence } from './evidence';
import { Latencies, Summary } from './graph';
import { PrintedMailboxes } from './printed-mailboxes';
import { LogTable } from './log';
import { nameOf, standingOf } from './name';
import { HistoryTable, PendingActions } from './own-actions';
import { type TabProps } from './page';

const useStyles = makeStyles({
  paper: {
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalXL,
    padding: tokens.spacingHorizontalXXL,
    backgroundColor: tokens.colorNeutralBackground1,
    maxWidth: '1100px',
    width: '100%',
    boxSizing: 'border-box',
    margin: '0 auto',
    '@media print': { padding: 0, maxWidth: 'none' },
  },
  tools: { display: 'flex', gap: tokens.spacingHorizontalS, '@media print': { display: 'none' } },
  title: { margin: 0 },
  two: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 300px), 1fr))',
    gap: tokens.spacingHorizontalXXL,
  },
});

/** Everything of an investigation on one sheet, for the file. */
export function PrintView({ investigation }: TabProps) {
  const styles = useStyles();
  const go = useNavigate();
  const now = useNow();
  const { name: me } = useSession();
  const { data, error, refetch } = useQuery(logQuery(investigation.id));
  const name = nameOf(investigation);
  useEffect(() => {
    document.title = `${plain(name)} – Clawback`;
  }, [name]);
  const part = (title: string, content: ReactNode) => <Section title={title}>{content}</Section>;
  return (
    <article className={styles.paper}>
      <div className={styles.tools}>
        <Button appearance="primary" icon={<PrintRegular />} onClick={() => window.print()}>
          Print
        </Button>
        <Button onClick={() => void go(`/investigations/${investigation.id}`)}>Back</Button>
      </div>
      <header>
        <Title3 as="h1" className={styles.title}>
          <MailText wrap>{name}</MailText>
        </Title3>
        <Text block>{standingOf(investigation)}</Text>
        <Text block size={200}>
          {investigation.id} · printed by {me}, <Time at={new Date(now).toISOString()} full />
        </Text>
      </header>
      <div className={styles.two}>
        {part('Summary', <Summary investigation={investigation} now={now} />)}
        {part('Time since the alert', <Latencies investigation={investigation} />)}
      </div>
      {part('Alerts', <Alerts investigation={investigation} />)}
      {part('Mailboxes', <PrintedMailboxes investigation={investigation} />)}
      {part('Evidence', <Evidence investigation={investigation} />)}
      {part('Evidence summary', <EvidenceSummary investigation={investigation} />)}
      {part('Email clusters', <Clusters clusters={investigation.clusters} />)}
      {part('Pending actions', <PendingActions investigation={investigation} />)}
      {part('Pending action history', <HistoryTable investigation={investigation} />)}
      {part(
        'Log',
        data !== undefined ? (
          <LogTable log={data} startedAt={investigation.startedAt} />
        ) : error === null ? (
          <Loading />
        ) : (
          <ErrorState error={error} retry={() => void refetch()} />
        ),
      )}
    </article>
  );
}
