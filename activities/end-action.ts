import { endStatus, SYSTEM, isAutomatic } from '../domain/action';
import { fillCounts, REMOVAL_OUTCOMES, type RemovalCounts } from '../domain/ledger';
import { type RetentionBasis, undoDeadline } from '../domain/retention';
import { type ActionDoc } from '../store/actions';
import { type ActivityDeps } from './deps';
import { createHandOver } from './hand-over';
import { say } from './say';
import { createSettle } from './settle';
import { createWitness } from './witness';
import { removalEvents } from './work-rows';

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
  async function endAction(action: ActionDoc, reason: string): Promise<void> {
    const eventsOf: Parameters<typeof settle>[2] = (results, at) => removalEvents(action, results, at);
    if (action.halt === null) await settle(action._id, reason, eventsOf);
    else await fenceOff(action._id, eventsOf);
    if (action.halt?.reason === 'automationPaused' && !(await handOver(action))) return;
    const outcomes = fillCounts(REMOVAL_OUTCOMES, await store.ledger.counts(action._id));
    const undo = outcomes.removed > 0 ? await undoOf(action) : null;
    // Stopped in its last batch, with nothing left to do, it has ended as any other.
    const status = action.halt?.reason === 'stopped' && outcomes.open > 0 ? 'Stopped' : endStatus(outcomes);
    await store.actions.advance(action._id, status, {
      outcomes,
      undoDeadline: undo?.at ?? null,
      undoBasis: undo?.basis ?? null,
      endedAt: clock(),
    });
    await witness({
      ...{ subject: action.decidedBy ?? SYSTEM, action: 'action.end', target: action._id },
      ...{ after: { status, outcomes }, once: `${action._id}:${action.retries}` },
    });
    say('Action ended', { actionId: action._id, status, outcomes });
    if (isAutomatic(action)) await store.budget.settle(action._id, outcomes.removed);
  }

  /** Ends an action that no person has decided, or whose decision nobody has begun to carry out, in somebody's name. */
  async function endWaiting(
    action: ActionDoc,
    status: 'Expired' | 'Cancelled',
    by: { readonly by: string; readonly comment: string | null } = { by: SYSTEM, comment: null },
  ): Promise<void> {
    const at = clock();
    const outcomes: RemovalCounts = fillCounts(REMOVAL_OUTCOMES, await store.ledger.counts(action._id));
    const fields = {
      ...{ outcomes, endedAt: at },
      ...(action.decidedBy === null ? { decidedBy: by.by, comment: by.comment, decidedAt: at } : {}),
    };
    const deed = { subject: by.by, action: ENDINGS[status], target: action._id, once: action._id };
    // A decision may come first: then it has not ended so, and no row says that it has.
    const ended = await store.transaction(async (session) => {
      if (!(await store.actions.advance(action._id, status, fields, session))) return false;
      await witness({ ...deed, after: { status } }, session);
      return true;
    });
    if (ended) say('Action ended', { actionId: action._id, status });
  }

  /** The first moment at which one of the removed messages can no longer be put back. */
  async function undoOf(action: ActionDoc): Promise<{ readonly at: Date; readonly basis: RetentionBasis }> {
    const mailboxes = await store.ledger.mailboxes(action._id, 'removed');
    const retentions = await provider.retention(mailboxes);
    const removedAt = action.startedAt ?? action.createdAt;
    const deadlines = mailboxes.map((mailbox) =>
      undoDeadline(removedAt, retentions.get(mailbox) ?? { days: null, hold: false, basis: 'unknown' }),
    );
    return deadlines.reduce((first, next) => (next.at < first.at ? next : first));
  }
}
