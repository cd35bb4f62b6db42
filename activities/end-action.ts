import { type ActionStatus, endStatus, isAutomatic, SYSTEM } from '../domain/action';
import { fillCounts, REMOVAL_OUTCOMES, type RemovalCounts } from '../domain/ledger';
import { doneOutcome, isMove } from '../domain/remediation';
import { firstUndoDeadline, LEDGER_DAYS, type RetentionBasis } from '../domain/retention';
import { type ActionDoc } from '../store/actions';
import { type ActivityDeps } from './deps';
import { createHandOver } from './hand-over';
import { say } from './say';
import { createSettle, type Settling } from './settle';
import { createWitness } from './witness';
import { eventOfAction } from './work-rows';

/** Stopped in its last batch, with nothing left to do, it has ended as any other; before its first, it was stopped. */
function endOf({ halt, status }: ActionDoc, outcomes: RemovalCounts): ActionStatus {
  const early = status === 'Approved' || outcomes.open > 0;
  return halt?.reason === 'stopped' && early ? 'Stopped' : endStatus(outcomes);
}

const DAY_MS = 24 * 60 * 60 * 1000;
const ENDINGS = { Expired: 'action.expire', Cancelled: 'action.cancel' } as const;

/** Ends what waits or works: freezes its sums, says until when it can be undone, hands over what a pause left open. */
export function createEndAction(deps: ActivityDeps) {
  const { store, provider, clock } = deps;
  const { settle, fenceOff } = createSettle(deps);
  const handOver = createHandOver(deps);
  const witness = createWitness(deps);

  return { endAction, endWaiting };

  /**
   * Ends an action whose work is over, or is to be over. What a person stopped keeps its open rows; what a pause held up
   * becomes a pending action of its own; any other open row is `failed`, with the reason.
   */
  async function endAction(read: ActionDoc, reason: string): Promise<void> {
    const action = await store.actions.byId(read._id);
    // What was read may be of an earlier life of it, which another attempt has ended.
    if (action?.status !== read.status || action.decisionId !== read.decisionId || action.retries !== read.retries)
      return;
    const settling: Settling = {
      eventOf: eventOfAction(action),
      done: doneOutcome(action.actionType),
    };
    if (action.halt === null) await settle(action._id, reason, settling);
    else await fenceOff(action._id, settling);
    if (action.halt?.reason === 'automationPaused' && !(await handOver(action))) return;
    const outcomes = fillCounts(REMOVAL_OUTCOMES, await store.ledger.counts(action._id));
    const undo = outcomes[doneOutcome(action.actionType)] > 0 ? await undoOf(action) : null;
    const fields = { outcomes, undoDeadline: undo?.at ?? null, undoBasis: undo?.basis ?? null, endedAt: clock() };
    await finish(action, endOf(action, outcomes), fields);
  }

  /** Writes the end with its row of the audit and what it gives back of the budget: all or nothing. */
  async function finish(
    action: ActionDoc,
    status: ActionStatus,
    fields: { readonly outcomes: RemovalCounts } & Partial<ActionDoc>,
  ): Promise<void> {
    const { outcomes } = fields;
    const ended = await store.transaction(async (session) => {
      if (!(await store.actions.advance(action._id, status, fields, session, action))) return false;
      const used = { actionId: action._id, removed: outcomes.removed, at: clock() };
      if (isAutomatic(action)) await store.budget.settle(used, session);
      const deed = { subject: action.decidedBy ?? SYSTEM, action: 'action.end', target: action._id };
      await witness({ ...deed, after: { status, outcomes }, once: `${action._id}:${action.retries}` }, session);
      return true;
    });
    if (ended) say('Action ended', { actionId: action._id, status, outcomes });
  }

  /**
   * Ends an action that no person has decided, or whose decision nobody has begun to carry out, in somebody's name; `gone` are rows
   * whose messages have all left their mailboxes. Says whether it did: a decision may have come first.
   */
  async function endWaiting(
    action: ActionDoc,
    status: 'Expired' | 'Cancelled',
    by: { readonly by: string; readonly comment: string | null } = { by: SYSTEM, comment: null },
    gone: Parameters<typeof store.ledger.close>[0] = [],
  ): Promise<boolean> {
    const at = clock();
    const counts = fillCounts(REMOVAL_OUTCOMES, await store.ledger.counts(action._id));
    const outcomes: RemovalCounts = {
      ...counts,
      open: counts.open - gone.length,
      alreadyGone: counts.alreadyGone + gone.length,
    };
    const fields = {
      ...{ outcomes, endedAt: at },
      ...(action.decidedBy === null ? { decidedBy: by.by, comment: by.comment, decidedAt: at } : {}),
    };
    const deed = { subject: by.by, action: ENDINGS[status], target: action._id, once: action._id };
    // A decision may come first: then it has not ended so, and no row says that it has.
    const ended = await store.transaction(async (session) => {
      if (!(await store.actions.advance(action._id, status, fields, session, action))) return false;
      await store.ledger.close(gone, at, session);
      await witness({ ...deed, after: { status } }, session);
      return true;
    });
    if (ended) say('Action ended', { actionId: action._id, status });
    return ended;
  }

  /** The first moment at which one of the messages can no longer be put back; `null` where nothing can. */
  async function undoOf(action: ActionDoc): Promise<{ readonly at: Date; readonly basis: RetentionBasis } | null> {
    if (action.actionType === 'hardDelete') return null;
    const movedAt = action.startedAt ?? action.createdAt;
    // Of a move nothing expires but what we know of it.
    if (isMove(action.actionType))
      return { at: new Date(movedAt.getTime() + LEDGER_DAYS * DAY_MS), basis: 'configured' };
    const mailboxes = await store.ledger.mailboxes(action._id, 'removed');
    return firstUndoDeadline(movedAt, mailboxes, await provider.retention(mailboxes));
  }
}
