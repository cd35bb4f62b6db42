import { Link } from '@fluentui/react-components';
import { useSession } from '../../app/session';
import { type TabProps } from './page';

/** The workflow of an investigation in the Temporal UI, where the server says that there is one. */
export function TemporalLink({ investigation: { workflowId } }: TabProps) {
  const { temporalUi } = useSession();
  if (temporalUi === null) return null;
  return (
    <Link href={`${temporalUi}/workflows/${encodeURIComponent(workflowId)}`} target="_blank" rel="noreferrer">
      Workflow in Temporal
    </Link>
  );
}
