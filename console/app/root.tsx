import { useLive } from './events';
import { SessionGate } from './session';
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
  useLive();
  return <Shell />;
}
