import { allHandlersFinished, condition, setCurrentDetails } from '@temporalio/workflow';
import { type FreezeResult, type Job, type TakeActionInput } from '../domain/contracts';
import { type Decisions, listenToDecisions } from './decisions';
import { runReverts } from './owner-reverts';
import { activitiesOf } from './proxies';
import { runJob } from './run-action';

/**
 * An action that a person asked for, beside any investigation (`ordered`): frozen, decided by a second person where the
 * rules say so, worked, ended. Without `ordered`, the failed part of an investigation's action, worked again.
 */
export async function takeAction(input: TakeActionInput): Promise<void> {
  return input.ordered === true ? carryOut(input, listenToDecisions()) : workAgain(input);
}

async function workAgain(input: TakeActionInput): Promise<void> {
  const { actionId } = input;
  const { lookAgain, finishAction } = activitiesOf(input);
  const { job } = await lookAgain({ actionId });
  if (job !== null) {
    setCurrentDetails(`Removing ${job.messageCount} messages in ${job.chunkCount} chunks`);
    await runJob(job, input);
  }
  await finishAction({ actionId });
}

async function carryOut(input: TakeActionInput, decisions: Decisions): Promise<void> {
  const { actionId } = input;
  const { freezeSelection, finishAction } = activitiesOf(input);
  const frozen = await freezeSelection({ actionId });
  const job = await jobOf(input, frozen, decisions);
  if (job !== null) {
    setCurrentDetails(`Working on ${job.messageCount} messages in ${job.chunkCount} chunks`);
    if (frozen.owners > 0) await runReverts(input);
    if (job.messageCount > 0) await runJob(job, input);
  }
  await finishAction({ actionId });
  await dismiss(decisions);
}

/** What is to be worked; `null` where nothing is: it was rejected, it expired, or it is over. */
async function jobOf(input: TakeActionInput, { state, job }: FreezeResult, decisions: Decisions): Promise<Job | null> {
  if (state === 'over') return null;
  if (state === 'ready') return job;
  if (state === 'waiting' && !(await isApproved(input, decisions))) return null;
  const { lookAgain } = activitiesOf(input);
  return (await lookAgain({ actionId: input.actionId })).job;
}

/** Waits for the decision that counts, or for the end of the time that there is for one. */
async function isApproved(input: TakeActionInput, decisions: Decisions): Promise<boolean> {
  const { actionId } = input;
  const { recordDecision, tendWaiting } = activitiesOf(input);
  for (;;) {
    const { waits, dueAt } = await tendWaiting({ actionId });
    if (!waits) return false;
    setCurrentDetails('Waiting for a second person');
    await condition(() => decisions.waiting(), dueAt === null ? LONGEST_WAIT_MS : msUntil(dueAt));
    const taken = decisions.next();
    if (taken === undefined) continue;
    // Anyone at Temporal can name another action: what is not about this one is nothing to this workflow.
    const { outcome } =
      taken.actionId === actionId
        ? await recordDecision({ ...taken, investigationId: null })
        : { outcome: 'lost' as const };
    decisions.answer(taken, outcome);
    if (outcome === 'won') return taken.decision === 'approve';
  }
}

/** Answers decisions that came when there was nothing to decide any more. */
async function dismiss(decisions: Decisions): Promise<void> {
  for (let late = decisions.next(); late !== undefined; late = decisions.next()) decisions.answer(late, 'lost');
  await condition(() => allHandlersFinished());
}

const LONGEST_WAIT_MS = 24 * 60 * 60 * 1000;
/** A moment more than is left, so that the look that follows finds what is due. */
const MARGIN_MS = 500;

function msUntil(time: string): number {
  return Math.max(0, Date.parse(time) - Date.now()) + MARGIN_MS;
}
