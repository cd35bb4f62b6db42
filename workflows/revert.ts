import { setCurrentDetails } from '@temporalio/workflow';
import { type RevertInput, type RevertResult } from '../domain/contracts';
import { closeRevert, planRevert } from './proxies';
import { runJob } from './run-action';

/** Puts back what an action removed: plan, restore in chunks, close. */
export async function revert({ revertId }: RevertInput): Promise<RevertResult> {
  const job = await planRevert({ revertId });
  setCurrentDetails(`Restoring ${job.messageCount} messages in ${job.chunkCount} chunks`);
  await runJob(job);
  const result = await closeRevert({ revertId });
  setCurrentDetails(`**${result.status}** · ${result.restored} of ${result.messages} restored`);
  return result;
}
