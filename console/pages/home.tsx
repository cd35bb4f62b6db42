import { lazy, Suspense } from 'react';
import { Navigate } from 'react-router';
import { useSession } from '../app/session';
import { Page } from '../parts/page';
import { Empty, Loading } from '../parts/states';
import { SETTINGS_ROLES } from './settings/sections';

const Overview = lazy(async () => ({ default: (await import('./overview/page')).OverviewPage }));

/** The first page that a token may see: the overview, else the settings; some tokens are for programs alone. */
export function HomePage() {
  const { may, roles } = useSession();
  if (may('reader')) {
    return (
      <Suspense fallback={<Loading />}>
        <Overview />
      </Suspense>
    );
  }
  if (may(...SETTINGS_ROLES)) return <Navigate to="/settings" replace />;
  return (
    <Page title="Clawback">
      <Empty title="There is nothing to see with this token">
        Its roles are {roles.join(', ')}: it is for programs.
      </Empty>
    </Page>
  );
}
