import { ActivityFailure, ChildWorkflowFailure, condition, isCancellation, setHandler } from '@temporalio/workflow';
import { type CloseResult, type InvestigationInput } from '../domain/contracts';
import { alertJoinedSignal } from './messages';
import { activitiesOf } from './proxies';
import { runJob } from './run-action';
import { showPlan, showStanding } from './status';

/**
 * One investigation: prepare what waits, remove what the policy allows, close. While an action waits for a person the
 * workflow waits too, until an alert joins or the first action expires. A small case is three activities.
 */
export async function investigation(input: InvestigationInput): Promise<CloseResult> {
  let joined = false;
  setHandler(alertJoinedSignal, () => {
    joined = true;
  });
  const worked = new Set<string>();
  for (;;) {
    joined = false;
    const result = await oneRound(input, worked);
    if (result.state === 'closed') return result;
    if (result.state === 'waiting') await condition(() => joined, untilExpiry(result.expiresAt));
  }
}

async function oneRound(input: InvestigationInput, worked: Set<string>): Promise<CloseResult> {
  const { investigationId } = input;
  const { prepare, close } = activitiesOf(input);
  let failed = false;
  let messages = 0;
  try {
    const plan = await prepare({ investigationId });
    messages = plan.messages;
    showPlan(plan);
    const jobs = plan.automatic.filter(({ id }) => !worked.has(id));
    for (const { id } of jobs) worked.add(id);
    await Promise.all(jobs.map((job) => runJob(job, input)));
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure || error instanceof ChildWorkflowFailure))
      throw error;
    failed = true;
  }
  const result = await close({ investigationId, failed });
  showStanding(result, messages);
  return result;
}

/** A second more than is left, so that the close that follows finds the action due. */
const MARGIN_MS = 1_000;

function untilExpiry(expiresAt: string | null): number {
  return Math.max(0, Date.parse(expiresAt ?? '') - Date.now() || 0) + MARGIN_MS;
}
