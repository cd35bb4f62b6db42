import { setCurrentDetails } from '@temporalio/workflow';
import { type ActionInput } from '../domain/contracts';
import { activitiesOf } from './proxies';
import { runJob } from './run-action';

/** Works through an action that a person asked for, beside its investigation: look again, remove, end. */
export async function takeAction(input: ActionInput): Promise<void> {
  const { actionId } = input;
  const { lookAgain, finishAction } = activitiesOf(input);
  const { job } = await lookAgain({ actionId });
  if (job !== null) {
    setCurrentDetails(`Removing ${job.messageCount} messages in ${job.chunkCount} chunks`);
    await runJob(job, input);
  }
  await finishAction({ actionId });
}
