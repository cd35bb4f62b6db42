import { Button, Card, CardHeader, makeStyles, Subtitle2, Text, tokens } from '@fluentui/react-components';
import { PauseRegular } from '@fluentui/react-icons/svg/pause';
import { PlayRegular } from '@fluentui/react-icons/svg/play';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { automationStateQuery, usePause } from '../../api/automation';
import { useSession } from '../../app/session';
import { Confirm } from '../../parts/confirm';
import { useClosing } from '../../parts/use-closing';

const useStyles = makeStyles({
  quiet: { color: tokens.colorNeutralForeground2 },
  heading: { margin: 0 },
  button: { whiteSpace: 'nowrap' },
});

/** The switch that stops what automation does. Who it was and why stands in the banner above every page. */
export function PauseCard() {
  const styles = useStyles();
  const { may } = useSession();
  const { data: state } = useQuery(automationStateQuery);
  const { mutate, isPending, error, reset } = usePause();
  const [asking, setAsking] = useState(false);
  const closing = useClosing(() => setAsking(false));
  if (state === undefined) return null;
  return (
    <Card>
      <CardHeader
        header={
          <Subtitle2 as="h2" className={styles.heading}>
            {state.paused ? 'Automation is paused' : 'Automation is running'}
          </Subtitle2>
        }
        description={
          <Text className={styles.quiet}>
            {state.paused
              ? 'Resuming starts nothing by itself: what has come to wait stays with a person.'
              : 'A pause stops what automation does at its next batch. What a person decided goes on.'}
          </Text>
        }
        action={
          may('approver') ? (
            <Button
              className={styles.button}
              icon={state.paused ? <PlayRegular /> : <PauseRegular />}
              onClick={() => setAsking(true)}
            >
              {state.paused ? 'Resume automation' : 'Pause automation'}
            </Button>
          ) : undefined
        }
      />
      {asking && (
        <Confirm
          title={state.paused ? 'Resume automation?' : 'Pause automation?'}
          go={state.paused ? 'Resume' : 'Pause'}
          busy={isPending}
          error={error}
          onClose={() => {
            reset();
            setAsking(false);
          }}
          onGo={(given) =>
            mutate(
              { paused: !state.paused, ...given },
              closing(state.paused ? 'Automation runs again' : 'Automation is paused'),
            )
          }
        >
          <Text>
            {state.paused
              ? 'New malicious clusters are removed again as the settings say. Actions that came to wait are not started.'
              : 'Automatic actions stop at their next batch; what is left of them waits for approval.'}
          </Text>
        </Confirm>
      )}
    </Card>
  );
}
