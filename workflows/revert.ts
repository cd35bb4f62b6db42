import { setCurrentDetails } from '@temporalio/workflow';
import { type RevertInput, type RevertResult } from '../domain/contracts';
import { activitiesOf } from './proxies';
import { runJob } from './run-action';

/** Puts back what an action removed: plan, restore in chunks, close. */
export async function revert(input: RevertInput): Promise<RevertResult> {
  const { revertId } = input;
  const { planRevert, closeRevert } = activitiesOf(input);
  const job = await planRevert({ revertId });
  setCurrentDetails(`Restoring ${job.messageCount} messages in ${job.chunkCount} chunks`);
  await runJob(job, input);
  const result = await closeRevert({ revertId });
  setCurrentDetails(`**${result.status}** · ${result.restored} of ${result.messages} restored`);
  return result;
}
