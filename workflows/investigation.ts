import {
  ActivityFailure,
  allHandlersFinished,
  ChildWorkflowFailure,
  condition,
  continueAsNew,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { type CloseResult, type InvestigationInput, type Waited, type WorkOver } from '../domain/contracts';
import { recountAfter } from '../domain/recount';
import { type Decisions, listenToDecisions, type Taken } from './decisions';
import { alertJoinedSignal, terminateSignal } from './messages';
import { activitiesOf } from './proxies';
import { runJob } from './run-action';
import { showPlan, showStanding } from './status';

/** What an investigation is about to do, and what wakes it. */
interface Case {
  readonly input: InvestigationInput;
  readonly decisions: Decisions;
  /** Actions that are worked, or were, by this run: none is worked twice. */
  readonly worked: Set<string>;
  /** Actions whose work is over and that `close` has not ended yet, and how many are still worked. */
  readonly over: Set<WorkOver>;
  working: number;
  /** An alert waits to be prepared. */
  joined: boolean;
  /** Something ended or was ended: `close` must look. */
  changed: boolean;
  failed: boolean;
  closed: boolean;
}

/**
 * One investigation: prepare what waits, remove what the policy allows, close. While an action waits for a person the
 * workflow waits too: for a decision, for an alert that joins, for the next count of what waits, for the first expiry.
 * A small case is three activities.
 */
export async function investigation(input: InvestigationInput): Promise<CloseResult> {
  const state: Case = {
    ...{ input, decisions: listenToDecisions(), worked: new Set<string>(), over: new Set<WorkOver>() },
    ...{ joined: input.waited === undefined, changed: true, failed: false, closed: false, working: 0 },
  };
  setHandler(alertJoinedSignal, () => {
    state.joined = true;
  });
  setHandler(terminateSignal, () => {
    state.changed = true;
  });
  const [result] = await Promise.all([untilClosed(state), attendToDecisions(state)]);
  return result;
}

async function untilClosed(state: Case): Promise<CloseResult> {
  let waited: Waited = state.input.waited ?? { since: new Date(Date.now()).toISOString(), turns: 0 };
  const { close, recount } = activitiesOf(state.input);
  const { investigationId } = state.input;
  for (;;) {
    if (state.joined) await prepareAndRemove(state);
    state.changed = false;
    const over = [...state.over];
    // As failed only when nothing is worked any more: then all that is not ended is settled.
    const failed = state.failed && state.working === 0;
    const result = await close({ investigationId, failed, over });
    for (const work of over) state.over.delete(work);
    showStanding(result);
    state.closed = result.state === 'closed';
    if (state.closed) return result;
    if (result.state === 'joined') state.joined = true;
    const due = nextDue(state, result, waited);
    const woken = await condition(() => state.joined || state.changed, due.inMs);
    if (!woken && due.recount) {
      await patiently(() => recount({ investigationId }));
      waited = { ...waited, turns: waited.turns + 1 };
    }
    if (workflowInfo().continueAsNewSuggested && isIdle(state)) {
      await continueAsNew<typeof investigation>({ ...state.input, waited });
    }
  }
}

/** Prepares every alert that waits and works through what the policy lets automation do. */
async function prepareAndRemove(state: Case): Promise<void> {
  const { prepare } = activitiesOf(state.input);
  state.joined = false;
  try {
    const plan = await prepare({ investigationId: state.input.investigationId });
    showPlan(plan);
    const jobs = plan.automatic.filter(({ id }) => !state.worked.has(id));
    const left = plan.decided.filter(({ actionId }) => !state.worked.has(actionId));
    await Promise.all([
      ...jobs.map(({ id, ...job }) =>
        work(state, { actionId: id, decisionId: null }, () => runJob({ id, ...job }, state.input)),
      ),
      ...left.map((piece) => lookAndRun(state, piece)),
    ]);
  } catch (error) {
    giveUp(state, error);
  }
}

/** Takes up each decision as it comes, also while something else is worked; ends when all is closed and answered. */
async function attendToDecisions(state: Case): Promise<void> {
  const under = new Set<Promise<void>>();
  const broken: unknown[] = [];
  for (;;) {
    await condition(
      () =>
        broken.length > 0 || state.decisions.waiting() || (state.closed && under.size === 0 && allHandlersFinished()),
    );
    if (broken.length > 0) throw broken[0];
    const taken = state.decisions.next();
    if (taken === undefined) return;
    if (state.closed) {
      state.decisions.answer(taken, 'lost');
      continue;
    }
    const work = carryOut(state, taken)
      .catch((error: unknown) => void broken.push(error))
      .finally(() => under.delete(work));
    under.add(work);
  }
}

/** Records a decision, and works through what was approved. */
async function carryOut(state: Case, taken: Taken): Promise<void> {
  const { recordDecision } = activitiesOf(state.input);
  const { actionId, decisionId, decision } = taken;
  const before = state.worked.has(actionId);
  // Before anything is awaited: a plan that is made meanwhile finds the action decided, and must not work it too.
  state.worked.add(actionId);
  state.working++;
  try {
    const { outcome } = await recordDecision({ ...taken, investigationId: state.input.investigationId });
    state.decisions.answer(taken, outcome);
    if (outcome === 'won' && decision === 'approve') await lookAndRun(state, { actionId, decisionId });
    else if (!before) {
      state.worked.delete(actionId);
      // A plan that came meanwhile left the action to this decision: it is made again.
      if (outcome !== 'won') state.joined = true;
    }
  } catch (error) {
    state.decisions.answer(taken, 'lost');
    giveUp(state, error);
  } finally {
    state.working--;
    state.changed = true;
  }
}

/** Works through an action that a person approved. */
async function lookAndRun(state: Case, piece: WorkOver): Promise<void> {
  const { lookAgain } = activitiesOf(state.input);
  await work(state, piece, async () => {
    const { job } = await lookAgain({ actionId: piece.actionId });
    if (job !== null) await runJob(job, state.input);
  });
}

/** Works on an action; when that is over, however it went, `close` is to look at it. */
async function work(state: Case, piece: WorkOver, doIt: () => Promise<unknown>): Promise<void> {
  state.worked.add(piece.actionId);
  state.working++;
  try {
    await doIt();
  } finally {
    state.working--;
    state.over.add(piece);
    state.changed = true;
  }
}

/** A count that cannot be made is left to the next one: what waits goes on waiting. */
async function patiently(count: () => Promise<unknown>): Promise<void> {
  try {
    await count();
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
  }
}

/** A step gave up after a day: the investigation ends as Failed. Anything else is no failure of a step. */
function giveUp(state: Case, error: unknown): void {
  if (isCancellation(error) || !(error instanceof ActivityFailure || error instanceof ChildWorkflowFailure)) {
    throw error;
  }
  state.failed = true;
}

function isIdle(state: Case): boolean {
  return (
    state.working === 0 && state.over.size === 0 && !state.joined && !state.decisions.waiting() && allHandlersFinished()
  );
}

/** A moment more than is left, so that the look that follows finds what is due. */
const MARGIN_MS = 500;

/** How long to wait for the next expiry, or for the next count where that comes sooner. */
function nextDue(
  { input }: Case,
  { dueAt }: CloseResult,
  { since, turns }: Waited,
): { readonly inMs: number; readonly recount: boolean } {
  const left = (time: number): number => Math.max(0, time - Date.now()) + MARGIN_MS;
  const recount = left(Date.parse(since) + recountAfter(turns, input.recountMs));
  const expiry = dueAt === null ? Infinity : left(Date.parse(dueAt));
  return { inMs: Math.min(recount, expiry), recount: recount < expiry };
}
