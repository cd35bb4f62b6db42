import { makeStyles, Tab, TabList, tokens } from '@fluentui/react-components';
import { type FunctionComponent } from 'react';
import { Navigate, useNavigate, useParams } from 'react-router';
import { useSession } from '../../app/session';
import { Page } from '../../parts/page';
import { Audit } from './audit';
import { AutomationSettings } from './automation';
import { Mailboxes } from './mailboxes';
import { type Section, SECTIONS } from './sections';
import { Tokens } from './tokens';
import { Webhooks } from './webhooks';

const useStyles = makeStyles({
  tabs: { overflowX: 'auto', flexShrink: 0, marginInlineStart: `calc(-1 * ${tokens.spacingHorizontalM})` },
});

const COMPONENTS: Readonly<Record<Section, FunctionComponent>> = {
  automation: AutomationSettings,
  tokens: Tokens,
  webhooks: Webhooks,
  mailboxes: Mailboxes,
  audit: Audit,
};

/** The settings that a token may see; those that it may not change are shown without the means to. */
export function SettingsPage() {
  const styles = useStyles();
  const { section } = useParams();
  const go = useNavigate();
  const { may } = useSession();
  const mine = (Object.keys(SECTIONS) as Section[]).filter((path) => may(...SECTIONS[path].roles));
  const here = mine.find((path) => path === section);
  if (here === undefined) return <Navigate to={mine[0] === undefined ? '/' : `/settings/${mine[0]}`} replace />;
  const Component = COMPONENTS[here];
  return (
    <Page title={SECTIONS[here].text}>
      <TabList
        className={styles.tabs}
        selectedValue={here}
        onTabSelect={(_event, { value }) => void go(`/settings/${String(value)}`)}
      >
        {mine.map((path) => (
          <Tab key={path} value={path}>
            {SECTIONS[path].text}
          </Tab>
        ))}
      </TabList>
      <Component />
    </Page>
  );
}
