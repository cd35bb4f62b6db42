import {
  Button,
  makeStyles,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
} from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { automationStateQuery, usePause } from '../api/automation';
import { Time } from '../parts/time';
import { liveState, watchLive } from './events';
import { useSession } from './session';

const useStyles = makeStyles({ bar: { borderRadius: 0 } });

/** What holds for every page: automation is paused, or the server is not reached. */
export function Banners() {
  const styles = useStyles();
  const { may } = useSession();
  const { data: state } = useQuery(automationStateQuery);
  const { mutate, isPending } = usePause();
  const live = useSyncExternalStore(watchLive, liveState);
  return (
    <>
      {live === 'lost' && (
        <MessageBar intent="warning" className={styles.bar} layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>Offline</MessageBarTitle>
            The server is not reached. What you see is as it was; it comes up to date by itself when the server is back.
          </MessageBarBody>
        </MessageBar>
      )}
      {state?.paused === true && (
        <MessageBar intent="error" className={styles.bar} layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>Automation is paused</MessageBarTitle>
            by {state.by} since <Time at={state.since} />
            {state.comment === null ? '. ' : `: ${state.comment}. `}
            What a person decides goes on; everything else waits for approval.
          </MessageBarBody>
          {may('approver') && (
            <MessageBarActions>
              <Button disabled={isPending} onClick={() => mutate({ paused: false })}>
                Resume
              </Button>
            </MessageBarActions>
          )}
        </MessageBar>
      )}
    </>
  );
}
