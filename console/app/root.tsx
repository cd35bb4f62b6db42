import { LIVE_ROLES } from '../api/session';
import { useLive } from './events';
import { SessionGate, useSession } from './session';
import { Shell } from './shell';

/** Everything inside needs somebody who is signed in. */
export function Root() {
  return (
    <SessionGate>
      <LiveShell />
    </SessionGate>
  );
}

function LiveShell() {
  const { may } = useSession();
  useLive(may(...LIVE_ROLES));
  return <Shell />;
}
