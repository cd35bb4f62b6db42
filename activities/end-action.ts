import { endStatus } from '../domain/action';
import { fillCounts, REMOVAL_OUTCOMES } from '../domain/ledger';
import { type RetentionBasis, undoDeadline } from '../domain/retention';
import { type ActionDoc } from '../store/actions';
import { type ActivityDeps } from './deps';
import { createSettle } from './settle';
import { removalEvents } from './work-rows';

/** Ends an action whose work is over: settles what is open, freezes its sums, says until when it can be undone. */
export function createEndAction(deps: ActivityDeps) {
  const { store, provider, clock } = deps;
  const settle = createSettle(deps);

  return async function endAction(action: ActionDoc, reason: string): Promise<void> {
    await settle(action._id, reason, (results, at) => removalEvents(action, results, at));
    const outcomes = fillCounts(REMOVAL_OUTCOMES, await store.ledger.counts(action._id));
    const undo = outcomes.removed > 0 ? await undoOf(action) : null;
    await store.actions.advance(action._id, endStatus(outcomes), {
      outcomes,
      undoDeadline: undo?.at ?? null,
      undoBasis: undo?.basis ?? null,
      endedAt: clock(),
    });
  };

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
