import { makeStyles, tokens } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { overviewQuery } from '../../api/overview';
import { usePreferences } from '../../app/preferences';
import { Page } from '../../parts/page';
import { ErrorState, Loading } from '../../parts/states';
import { PauseCard } from '../settings/pause-card';
import { Charts } from './charts';
import { Figures } from './figures';
import { Health } from './health';
import { Ending, Waiting } from './lists';

const useStyles = makeStyles({
  grid: {
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalL,
    paddingBottom: tokens.spacingVerticalXL,
  },
  two: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 420px), 1fr))',
    gap: tokens.spacingHorizontalL,
  },
});

/** What needs a person now, what automation did today, and how it all is. */
export function OverviewPage() {
  const styles = useStyles();
  const { utc } = usePreferences();
  const timezone = utc ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone;
  const { data, error, refetch } = useQuery(overviewQuery(timezone));
  return (
    <Page title="Overview">
      {error !== null && <ErrorState error={error} retry={() => void refetch()} />}
      {data === undefined ? (
        error === null && <Loading />
      ) : (
        <div className={styles.grid}>
          <Figures overview={data} />
          <div className={styles.two}>
            <Waiting overview={data} />
            <Ending overview={data} />
          </div>
          <div className={styles.two}>
            <Charts overview={data} />
            <Health overview={data} />
          </div>
          <PauseCard />
        </div>
      )}
    </Page>
  );
}
