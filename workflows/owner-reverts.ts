import { ChildWorkflowFailure, executeChild, isCancellation, ParentClosePolicy, sleep } from '@temporalio/workflow';
import { WINDOW } from '../domain/chunk';
import { type TakeActionInput } from '../domain/contracts';
import { inTurns } from '../domain/in-turns';
import { revertWorkflowId } from '../domain/ids';
import { activitiesOf } from './proxies';
import { revert } from './revert';
import { isAlreadyStarted } from './run-action';

/** The activity waits for the reverts by itself, as long as an activity should: this is between two of it. */
const LOOK_EVERY = '1 second';

/** Puts back what a move stands for in the names of the actions that removed it, a few at a time, and lists what came of it. */
export async function runReverts(input: TakeActionInput): Promise<void> {
  const { actionId, heartbeatMs } = input;
  const { openReverts, followReverts } = activitiesOf(input);
  const { revertIds } = await openReverts({ actionId });
  await inTurns(revertIds, WINDOW, async (revertId) => {
    try {
      await executeChild(revert, {
        workflowId: revertWorkflowId(revertId),
        args: [{ revertId, ...(heartbeatMs === undefined ? {} : { heartbeatMs }) }],
        // It is its owner's as much as ours: it goes on whatever becomes of this action.
        parentClosePolicy: ParentClosePolicy.ABANDON,
      });
    } catch (error) {
      // The reconciler was first, or closes it: its rows say what became of it.
      if (isCancellation(error) || !(error instanceof ChildWorkflowFailure || isAlreadyStarted(error))) throw error;
    }
  });
  while (!(await followReverts({ actionId })).done) await sleep(LOOK_EVERY);
}
