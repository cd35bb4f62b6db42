import { deliveryWorkflowId, investigationWorkflowId, revertWorkflowId } from '../domain/ids';
import { type ReconcileResult, type SweepResult } from '../domain/contracts';
import { type ActionDoc } from '../store/actions';
import { type DecisionDoc } from '../store/decisions';
import { type InvestigationDoc } from '../store/investigations';
import { createClose } from './close';
import { type ActivityDeps } from './deps';
import { createFinishAction } from './retried';
import { createRevert } from './revert';

/** At most this many open rows of each kind are compared in one round; the next round goes on. */
const ROUND = 500;
/** A draft whose attempt has been silent for this long is nobody's. */
const STALE_DRAFT_MS = 60 * 60 * 1000;
/** A decision is sent again when who asked for it has given up waiting. */
const ANSWER_MS = 10_000;

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
    const round: Round = { started: 0, closed: 0, signalled: 0, decided: 0, cleaned: 0 };
    for (const investigation of await store.investigations.open(ROUND))
      await reconcileInvestigation(investigation, round);
    for (const { _id } of await store.reverts.open(ROUND)) await reconcileRevert(_id, round);
    for (const action of await store.actions.retried(ROUND)) await reconcileRetry(action, round);
    for (const decision of await store.decisions.asked(new Date(clock().getTime() - ANSWER_MS), ROUND))
      await sendAgain(decision, round);
    for (const { _id } of await store.deliveries.look(ROUND, clock())) await reconcileDelivery(_id, round);
    round.cleaned = await cleanDrafts();
    return round;
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

  async function reconcileRetry({ _id: actionId, workflowId }: ActionDoc, round: Round): Promise<void> {
    switch (await gateway.standing(workflowId)) {
      case 'missing':
        await gateway.startAction(actionId, workflowId);
        round.started++;
        return;
      case 'running':
        return;
      case 'terminated':
      case 'failed':
      case 'completed':
        await finishAction({ actionId });
        round.closed++;
        return;
    }
  }

  /** A decision that no workflow has answered is sent again under its own id: taken once, however often it comes. */
  async function sendAgain({ _id: decisionId, ...asked }: DecisionDoc, round: Round): Promise<void> {
    const { investigationId, actionId, decision, via } = asked;
    // What a signal brought is with its workflow already.
    if (via === 'signal') return;
    const answer = await gateway.decide(investigationId, { actionId, decision, decisionId });
    if (answer === 'noAnswer') return;
    round.decided++;
    if (answer === 'second' || answer === 'ended') await store.decisions.answer(decisionId, 'lost');
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
      .find({ status: 'Freezing', createdAt: { $lt: before } }, { projection: { _id: 1 } })
      .limit(ROUND)
      .toArray();
    for (const { _id } of drafts) {
      await store.ledger.removeAll(_id);
      await store.actions.collection.deleteOne({ _id, status: 'Freezing' });
    }
    return drafts.length;
  }

  async function sweep(): Promise<SweepResult> {
    return deps.admin === null ? { purged: 0, rawDeleted: 0 } : deps.admin.sweep(clock());
  }
}
