import { Button, makeStyles, Tab, TabList, Text, tokens } from '@fluentui/react-components';
import { PrintRegular } from '@fluentui/react-icons/svg/print';
import { useQuery } from '@tanstack/react-query';
import { type FunctionComponent } from 'react';
import { Navigate, useNavigate, useParams } from 'react-router';
import { investigationQuery } from '../../api/investigations';
import { type Investigation } from '../../api/types';
import { plain } from '../../parts/hostile';
import { MailText } from '../../parts/mail-text';
import { Page, Sheet } from '../../parts/page';
import { ErrorState, Loading } from '../../parts/states';
import { Alerts } from './alerts';
import { Entities } from './entities';
import { Evidence } from './evidence';
import { Graph } from './graph';
import { Log } from './log';
import { InvestigationMailboxes } from './mailboxes';
import { nameOf, standingOf } from './name';
import { ActionHistory, PendingActions } from './own-actions';
import { PrintView } from './print-view';
import { TemporalLink } from './temporal-link';
import { Terminate } from './terminate';

const useStyles = makeStyles({
  tabs: {
    overflowX: 'auto',
    flexShrink: 0,
    marginInlineStart: `calc(-1 * ${tokens.spacingHorizontalM})`,
    '@media print': { display: 'none' },
  },
  standing: { color: tokens.colorNeutralForeground2 },
  scroll: { overflow: 'auto', flex: '1 1 auto' },
});

export interface TabProps {
  readonly investigation: Investigation;
}

const TABS: readonly {
  readonly path: string;
  readonly text: (investigation: Investigation) => string;
  readonly Component: FunctionComponent<TabProps>;
}[] = [
  { path: 'graph', text: () => 'Investigation graph', Component: Graph },
  { path: 'alerts', text: () => 'Alerts', Component: Alerts },
  { path: 'mailboxes', text: () => 'Mailboxes', Component: InvestigationMailboxes },
  { path: 'evidence', text: () => 'Evidence', Component: Evidence },
  { path: 'entities', text: () => 'Entities', Component: Entities },
  { path: 'log', text: () => 'Log', Component: Log },
  {
    path: 'pending',
    text: ({ actions }) => `Pending actions (${actions.filter(({ status }) => status === 'Pending').length})`,
    Component: PendingActions,
  },
  { path: 'history', text: () => 'Pending action history', Component: ActionHistory },
];

/** One investigation, from its alert to its end. */
export function InvestigationPage() {
  const { id = '', tab = 'graph' } = useParams();
  const { data, error, refetch } = useQuery(investigationQuery(id));
  if (data === undefined) {
    return (
      <Page title="Investigation">
        {error === null ? <Loading /> : <ErrorState error={error} retry={() => void refetch()} />}
      </Page>
    );
  }
  if (tab === 'print') return <PrintView investigation={data} />;
  return <Shown investigation={data} tab={tab} />;
}

function Shown({ investigation, tab }: TabProps & { readonly tab: string }) {
  const styles = useStyles();
  const go = useNavigate();
  const here = TABS.find(({ path }) => path === tab);
  if (here === undefined) return <Navigate to={`/investigations/${investigation.id}`} replace />;
  const name = nameOf(investigation);
  return (
    <Page
      title={plain(name)}
      heading={<MailText wrap>{name}</MailText>}
      tools={
        <>
          <TemporalLink investigation={investigation} />
          <Button
            appearance="subtle"
            icon={<PrintRegular />}
            onClick={() => void go(`/investigations/${investigation.id}/print`)}
          >
            Print view
          </Button>
          <Terminate investigation={investigation} />
        </>
      }
    >
      <Text className={styles.standing}>{standingOf(investigation)}</Text>
      <TabList
        className={styles.tabs}
        selectedValue={here.path}
        onTabSelect={(_event, { value }) =>
          void go(`/investigations/${investigation.id}/${String(value)}`, { replace: true })
        }
      >
        {TABS.map(({ path, text }) => (
          <Tab key={path} value={path}>
            {text(investigation)}
          </Tab>
        ))}
      </TabList>
      <Sheet>
        <div className={styles.scroll}>
          <here.Component investigation={investigation} />
        </div>
      </Sheet>
    </Page>
  );
}
