import { deliveryWorkflowId, investigationWorkflowId, revertWorkflowId } from '../domain/ids';
import { stateOf } from '../domain/gateway';
import { EXPLORER_ACTION, isOrdered } from '../domain/action';
import { inTurns } from '../domain/in-turns';
import { type ReconcileResult, type SweepResult } from '../domain/contracts';
import { type ActionDoc } from '../store/actions';
import { type DecisionDoc } from '../store/decisions';
import { type InvestigationDoc } from '../store/investigations';
import { createClose } from './close';
import { type ActivityDeps } from './deps';
import { createFinishAction } from './retried';
import { createRevert } from './revert';
import { warn } from './say';

/** At most this many deliveries and drafts are looked at in one round; the next round goes on. */
const ROUND = 500;
/** A draft whose attempt has been silent for this long is nobody's. */
const STALE_DRAFT_MS = 60 * 60 * 1000;
/** For how long after it was asked for the reconciler looks whether an action that was not frozen has left rows. */
const UNFROZEN_MS = 24 * 60 * 60 * 1000;
/** A decision is sent again when who asked for it has given up waiting. */
const ANSWER_MS = 10_000;
/** Shorter than the activity has: the next hour goes on, and nothing is deleted by one that nobody waits for. */
const SWEEP_MS = 9 * 60 * 1000;

type Round = { -readonly [key in keyof ReconcileResult]: ReconcileResult[key] };

/** Upkeep: makes what MongoDB holds and what Temporal runs agree again, and lets retention take its due. */
export function createUpkeep(deps: ActivityDeps) {
  const { store, gateway, clock } = deps;
  const { forceClose } = createClose(deps);
  const revert = createRevert(deps);
  const finishAction = createFinishAction(deps);

  return { reconcileOnce, sweep };

  /** Safe to repeat: starting is idempotent by workflow id, and closing by the row's own state. */
  async function reconcileOnce(): Promise<ReconcileResult> {
    const round: Round = { started: 0, closed: 0, signalled: 0, decided: 0, cleaned: 0, failed: 0 };
    const each = eachOf(round);
    await each(store.investigations.open(), (investigation) => reconcileInvestigation(investigation, round));
    await each(store.reverts.open(), ({ _id }) => reconcileRevert(_id, round));
    await each(store.actions.withOwnWorkflow(), (action) => reconcileOwn(action, round));
    const asked = store.decisions.asked(new Date(clock().getTime() - ANSWER_MS));
    await each(asked, (decision) => sendAgain(decision, round));
    await each(await store.deliveries.look(ROUND, clock()), ({ _id }) => reconcileDelivery(_id, round));
    round.cleaned = await cleanDrafts();
    await cleanUnfrozen();
    return round;
  }

  /** Looks at every one; what one of them refuses is logged, and is no reason to leave the others. */
  function eachOf(round: Round) {
    return async <T>(items: AsyncIterable<T> | Iterable<T>, reconcile: (item: T) => Promise<void>): Promise<void> => {
      for await (const item of items) {
        try {
          await reconcile(item);
        } catch (error) {
          round.failed++;
          warn('Could not be reconciled: the next round tries again', error);
        }
      }
    };
  }

  async function reconcileInvestigation(investigation: InvestigationDoc, round: Round): Promise<void> {
    const { _id } = investigation;
    switch (await gateway.standing(investigationWorkflowId(_id))) {
      case 'missing':
        // Never started, or Temporal lost it: the workflow goes on from what MongoDB holds.
        await gateway.startInvestigation(_id);
        round.started++;
        return;
      case 'running':
        if (investigation.termination !== null) {
          // Who ended it may have died before all that works was stopped.
          await store.actions.haltAll(_id, { reason: 'stopped', ...investigation.termination });
          await gateway.terminate(_id);
          round.signalled++;
        } else if ((await store.alerts.of(_id)).some(({ state }) => state === 'waiting')) {
          await gateway.alertJoined(_id);
          round.signalled++;
        }
        return;
      case 'terminated':
        await forceClose(investigation, {
          failed: false,
          terminatedByUser: true,
          termination: investigation.termination,
        });
        round.closed++;
        return;
      case 'failed':
      case 'completed':
        await forceClose(investigation, {
          ...{ failed: true, terminatedByUser: investigation.termination !== null },
          termination: investigation.termination,
        });
        round.closed++;
        return;
    }
  }

  async function reconcileRevert(revertId: string, round: Round): Promise<void> {
    switch (await gateway.standing(revertWorkflowId(revertId))) {
      case 'missing':
        await gateway.startRevert(revertId);
        round.started++;
        return;
      case 'running':
        return;
      case 'terminated':
      case 'failed':
      case 'completed':
        await revert.close({ revertId });
        round.closed++;
        return;
    }
  }

  /** An action with a workflow of its own. */
  async function reconcileOwn(action: ActionDoc, round: Round): Promise<void> {
    const { _id: actionId, workflowId } = action;
    switch (await gateway.standing(workflowId)) {
      case 'missing':
        await gateway.startAction(actionId, workflowId, isOrdered(action));
        round.started++;
        return;
      case 'running':
        return;
      case 'terminated':
      case 'failed':
      case 'completed':
        if (await finishAction({ actionId }, workflowId)) round.closed++;
        return;
    }
  }

  /** A decision that no workflow has answered is sent again under its own id: taken once, however often it comes. */
  async function sendAgain({ _id: decisionId, ...asked }: DecisionDoc, round: Round): Promise<void> {
    const { investigationId, actionId, decision, via } = asked;
    if (via === 'signal') {
      // It is with its workflow; where that has ended without an answer, nobody will give one.
      if (!(await isAttended(asked))) {
        await store.decisions.answer(decisionId, 'lost');
      }
      return;
    }
    const answer = await gateway.decide({ investigationId, actionId, decision, decisionId });
    if (answer === 'noAnswer') return;
    round.decided++;
    // Also what the workflow said by itself: the activity has written what it was asked, and nothing is written twice.
    await store.decisions.answer(decisionId, stateOf(answer));
  }

  /** Whether a workflow still listens to a decision about this action. */
  async function isAttended({ investigationId, actionId }: Pick<DecisionDoc, 'investigationId' | 'actionId'>) {
    if (investigationId !== null) return (await store.investigations.byId(investigationId))?.open === true;
    return (await store.actions.byId(actionId))?.status === 'Pending';
  }

  async function reconcileDelivery(deliveryId: string, round: Round): Promise<void> {
    switch (await gateway.standing(deliveryWorkflowId(deliveryId))) {
      case 'missing':
        await gateway.startDelivery(deliveryId);
        round.started++;
        return;
      case 'running':
        return;
      case 'terminated':
      case 'failed':
      case 'completed':
        // It ends by its own activities; where its workflow ended before, an admin can have it replayed.
        await store.deliveries.end(deliveryId, { status: 'failed', code: 'workflowEnded', at: clock() });
        round.closed++;
        return;
    }
  }

  /** Actions whose freezing never ended: their attempt died, and a later one has made its own. */
  async function cleanDrafts(): Promise<number> {
    const before = new Date(clock().getTime() - STALE_DRAFT_MS);
    const drafts = await store.actions.collection
      .find(
        // What a person asked for has a workflow, which ends it.
        { status: 'Freezing', createdAt: { $lt: before }, actionSource: { $ne: EXPLORER_ACTION } },
        { projection: { _id: 1 } },
      )
      .limit(ROUND)
      .toArray();
    for (const { _id } of drafts) {
      const { deletedCount } = await store.actions.collection.deleteOne({ _id, status: 'Freezing' });
      if (deletedCount === 1) await store.ledger.removeAll(_id);
    }
    return drafts.length;
  }

  /** What a person asked for and ended before it was frozen has no rows, also where a reconciler died before it had removed them. */
  async function cleanUnfrozen(): Promise<void> {
    const since = new Date(clock().getTime() - UNFROZEN_MS);
    const ended = store.actions.collection.find(
      {
        ...{ status: { $in: ['Stopped', 'Failed'] }, createdAt: { $gte: since } },
        ...{ actionSource: EXPLORER_ACTION, messageCount: 0 },
      },
      { projection: { _id: 1 } },
    );
    for await (const { _id } of ended) await store.ledger.removeAll(_id);
  }

  /** Ends before the activity that it is does, where it began at `scheduledAt`, and where that is cancelled. */
  async function sweep(scheduledAt: number, cancelled: AbortSignal): Promise<SweepResult> {
    const now = clock();
    const own = deps.admin === null ? { purged: 0, rawDeleted: 0 } : await deps.admin.sweep(now);
    const mayGoOn = async (): Promise<boolean> =>
      !cancelled.aborted && clock().getTime() < scheduledAt + SWEEP_MS && !(await store.control.get()).paused;
    // Side by side: a server that is slow keeps no other waiting.
    const swept = await inTurns(deps.imap, deps.imap.length, (provider) => provider.sweep(now, mayGoOn));
    return { ...own, purged: swept.reduce((total, { purged }) => total + purged, own.purged) };
  }
}
