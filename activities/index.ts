import { Context, log } from '@temporalio/activity';
import {
  type ActionInput,
  type ChunkInput,
  type ChunkResult,
  type CloseInput,
  type CloseResult,
  type DecisionResult,
  type DeliveryRef,
  type DeliveryResult,
  type FollowResult,
  type FreezeResult,
  type IndexBatchInput,
  type IndexInput,
  type IndexPlan,
  type IndexResult,
  type Job,
  type LookAgainResult,
  type OpenRevertsResult,
  type PrepareInput,
  type PrepareResult,
  type RecordDecisionInput,
  type RecountInput,
  type RecountResult,
  type ReconcileResult,
  type RevertInput,
  type RevertResult,
  type SweepResult,
  type TendResult,
} from '../domain/contracts';
import { createApplyChunk } from './apply-chunk';
import { createClose } from './close';
import { createDecide } from './decide';
import { createDeliverWebhook } from './deliver-webhook';
import { type ActivityDeps } from './deps';
import { detailsOf, toActivityFailure } from './failure-mapping';
import { withHeartbeat } from './heartbeat';
import { createFreezeSelection } from './freeze-selection';
import { createIndexMailboxes } from './index-mailboxes';
import { createLookAgain } from './look-again';
import { createOwnerReverts } from './owner-reverts';
import { createPrepare } from './prepare';
import { createRecount } from './recount';
import { createFinishAction } from './retried';
import { createRevert } from './revert';
import { createTendWaiting } from './tend-waiting';
import { tellingOfUnhealthy } from './unhealthy';
import { createUpkeep } from './upkeep';
import { createWatchMailboxes } from './watch-mailboxes';

export type { ActivityDeps } from './deps';

/** Everything that the workflows ask of the world. Each call heartbeats, can be repeated, and answers ids and counts. */
export interface Activities {
  readonly prepare: (input: PrepareInput) => Promise<PrepareResult>;
  readonly applyChunk: (input: ChunkInput) => Promise<ChunkResult>;
  readonly close: (input: CloseInput) => Promise<CloseResult>;
  readonly recordDecision: (input: RecordDecisionInput) => Promise<DecisionResult>;
  readonly lookAgain: (input: ActionInput) => Promise<LookAgainResult>;
  readonly recount: (input: RecountInput) => Promise<RecountResult>;
  readonly finishAction: (input: ActionInput) => Promise<void>;
  readonly freezeSelection: (input: ActionInput) => Promise<FreezeResult>;
  readonly tendWaiting: (input: ActionInput) => Promise<TendResult>;
  readonly openReverts: (input: ActionInput) => Promise<OpenRevertsResult>;
  readonly followReverts: (input: ActionInput) => Promise<FollowResult>;
  readonly planRevert: (input: RevertInput) => Promise<Job>;
  readonly closeRevert: (input: RevertInput) => Promise<RevertResult>;
  readonly deliverOnce: (input: DeliveryRef) => Promise<DeliveryResult>;
  readonly giveUpDelivery: (input: DeliveryRef) => Promise<DeliveryResult>;
  readonly reconcileOnce: () => Promise<ReconcileResult>;
  readonly sweepRetention: () => Promise<SweepResult>;
  readonly planIndex: (input: IndexInput) => Promise<IndexPlan>;
  readonly indexBatch: (input: IndexBatchInput) => Promise<IndexResult>;
  readonly watchMailboxes: (input: IndexInput) => Promise<IndexResult>;
}

export function createActivities(deps: ActivityDeps): Activities {
  const revert = createRevert(deps);
  const upkeep = createUpkeep(deps);
  const prepare = createPrepare(deps);
  const finishAction = createFinishAction(deps);
  const delivery = createDeliverWebhook(deps);
  const ownerReverts = createOwnerReverts(deps);
  const indexing = createIndexMailboxes(deps);
  const watching = createWatchMailboxes(deps);
  return {
    prepare: edge((input: PrepareInput) => prepare(input, Context.current().info.workflowExecution?.runId)),
    applyChunk: edge(tellingOfUnhealthy(deps, createApplyChunk(deps))),
    close: edge(createClose(deps).closeInvestigation),
    recordDecision: edge(createDecide(deps)),
    lookAgain: edge(createLookAgain(deps)),
    recount: edge(createRecount(deps)),
    finishAction: edge(async (input: ActionInput) => {
      await finishAction(input);
    }),
    freezeSelection: edge(createFreezeSelection(deps).freezeSelection),
    tendWaiting: edge(createTendWaiting(deps)),
    openReverts: edge(ownerReverts.openReverts),
    followReverts: edge((input: ActionInput) =>
      ownerReverts.followReverts(input, Context.current().cancellationSignal),
    ),
    planRevert: edge(revert.plan),
    closeRevert: edge(revert.close),
    deliverOnce: edge(delivery.deliverOnce),
    giveUpDelivery: edge(delivery.giveUp),
    reconcileOnce: edge(upkeep.reconcileOnce),
    sweepRetention: edge(() => {
      const { info, cancellationSignal } = Context.current();
      return upkeep.sweep(info.scheduledTimestampMs, cancellationSignal);
    }),
    planIndex: edge(indexing.plan),
    indexBatch: edge(indexing.indexBatch),
    watchMailboxes: edge((input: IndexInput) => watching(input, Context.current().cancellationSignal), WATCH_ENDS_MS),
  };
}

/** A watch that is cancelled ends what it is in the middle of: it gives back the mailbox that it holds. */
const WATCH_ENDS_MS = 5_000;

/**
 * An activity at Temporal's edge: heartbeats while it works, and its errors become failures without content. `endsMs` is
 * how long one that ends by itself when it is cancelled is waited for.
 */
function edge<A extends unknown[], R>(work: (...args: A) => Promise<R>, endsMs = 0): (...args: A) => Promise<R> {
  return async (...args) => {
    try {
      return await withHeartbeat(() => work(...args), endsMs);
    } catch (error) {
      log.warn('Activity failed: what the history does not tell', detailsOf(error));
      throw toActivityFailure(error);
    }
  };
}
