import { makeStyles, Tab, TabList, tokens } from '@fluentui/react-components';
import { type FunctionComponent } from 'react';
import { Navigate, useNavigate, useParams } from 'react-router';
import { type Role } from '../../api/session';
import { useSession } from '../../app/session';
import { Page } from '../../parts/page';
import { Audit } from './audit';
import { AutomationSettings } from './automation';
import { Mailboxes } from './mailboxes';
import { Tokens } from './tokens';
import { Webhooks } from './webhooks';

const useStyles = makeStyles({
  tabs: { overflowX: 'auto', flexShrink: 0, marginInlineStart: `calc(-1 * ${tokens.spacingHorizontalM})` },
});

interface Place {
  readonly path: string;
  readonly text: string;
  readonly roles: readonly Role[];
  readonly Component: FunctionComponent;
}

const PLACES: readonly Place[] = [
  { path: 'automation', text: 'Automation settings', roles: ['reader', 'admin'], Component: AutomationSettings },
  { path: 'tokens', text: 'Tokens and roles', roles: ['admin'], Component: Tokens },
  { path: 'webhooks', text: 'Webhooks', roles: ['admin'], Component: Webhooks },
  { path: 'mailboxes', text: 'Mailboxes', roles: ['reader', 'operator', 'admin'], Component: Mailboxes },
  { path: 'audit', text: 'Audit', roles: ['auditor', 'admin'], Component: Audit },
];

/** The settings that a token may see; those that it may not change are shown without the means to. */
export function SettingsPage() {
  const styles = useStyles();
  const { section } = useParams();
  const go = useNavigate();
  const { may } = useSession();
  const mine = PLACES.filter(({ roles }) => may(...roles));
  const here = mine.find(({ path }) => path === section);
  if (here === undefined) return <Navigate to={mine[0] === undefined ? '/' : `/settings/${mine[0].path}`} replace />;
  return (
    <Page title={here.text}>
      <TabList
        className={styles.tabs}
        selectedValue={here.path}
        onTabSelect={(_event, { value }) => void go(`/settings/${String(value)}`)}
      >
        {mine.map(({ path, text }) => (
          <Tab key={path} value={path}>
            {text}
          </Tab>
        ))}
      </TabList>
      <here.Component />
    </Page>
  );
}
