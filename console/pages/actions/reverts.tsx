import { makeStyles, tokens } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { revertQuery } from '../../api/actions';
import { type Action } from '../../api/types';
import { Status } from '../../parts/badges';
import { CopyId } from '../../parts/copy-id';
import { Section } from '../../parts/facts';
import { Outcomes } from '../../parts/outcomes';
import { ErrorState, Loading } from '../../parts/states';
import { Time } from '../../parts/time';
import { destinationText } from '../../parts/words';

const useStyles = makeStyles({
  revert: {
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalS,
    padding: tokens.spacingHorizontalM,
    borderRadius: tokens.borderRadiusMedium,
    backgroundColor: tokens.colorNeutralBackground2,
  },
  line: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalS, alignItems: 'center' },
});

/** The reverts of an action, with their progress while they run. */
export function Reverts({ action }: { readonly action: Action }) {
  if (action.reverts.length === 0) return null;
  return (
    <Section title="Put back">
      {action.reverts.map((id) => (
        <OneRevert key={id} id={id} />
      ))}
    </Section>
  );
}

function OneRevert({ id }: { readonly id: string }) {
  const styles = useStyles();
  const { data, error, refetch } = useQuery(revertQuery(id));
  if (data === undefined)
    return error === null ? <Loading /> : <ErrorState error={error} retry={() => void refetch()} />;
  return (
    <div className={styles.revert}>
      <span className={styles.line}>
        <Status status={data.status} />
        to {destinationText(data.destination)}, <Time at={data.startedAt} full />
        <CopyId id={data.id} what="revert id" />
      </span>
      <Outcomes outcomes={data.outcomes} />
    </div>
  );
}
