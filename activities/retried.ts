import { type ActionInput } from '../domain/contracts';
import { closingStatus } from '../domain/investigation';
import { type ActionDoc } from '../store/actions';
import { announceActions } from './announce';
import { type ActivityDeps } from './deps';
import { createEndAction } from './end-action';
import { createFreezeSelection } from './freeze-selection';
import { kinOf } from './kin';
import { createOwnerReverts } from './owner-reverts';

const WORKFLOW_ENDED = {
  code: 'workflowEnded',
  detail: 'The workflow ended before the messages were frozen, and nothing was done: ask for it again',
} as const;

/** Ends an action that has a workflow of its own, and says of its investigation how it stands with it now. */
export function createFinishAction(deps: ActivityDeps) {
  const { store } = deps;
  const { endAction, endWaiting } = createEndAction(deps);
  const { giveUp, removeLeft } = createFreezeSelection(deps);
  const { listReverts } = createOwnerReverts(deps);

  /**
   * With `workflowId`, only where that is still the workflow that works it. Says whether it is over: reverts that go on for
   * it keep it at work, and the reconciler comes again.
   */
  return async function finishAction({ actionId }: ActionInput, workflowId?: string): Promise<boolean> {
    const action = await store.actions.byId(actionId);
    if (action === null) throw new Error(`There is no action ${actionId}`);
    if (workflowId !== undefined && action.workflowId !== workflowId) return false;
    if (!(await end(action))) return false;
    await announceActions(deps, await kinOf(store, action));
    if (action.investigationId !== null) await reviseInvestigation(action.investigationId);
    return true;
  };

  /** Whatever state its workflow left it in; `false` where it cannot be ended yet. */
  async function end(action: ActionDoc): Promise<boolean> {
    switch (action.status) {
      case 'Freezing':
        await giveUp(action, 'Failed', WORKFLOW_ENDED);
        return true;
      case 'Pending':
        await endWaiting(action, 'Cancelled');
        return true;
      case 'Approved':
        if (action.halt !== null) await endAction(action, 'stopped');
        else await endWaiting(action, 'Cancelled');
        return true;
      case 'Running':
        // What they still restore would be settled as failed here.
        if (!(await listReverts({ actionId: action._id })).done) return false;
        await endAction(action, 'timedOut');
        return true;
      default:
        await removeLeft(action);
        return true;
    }
  }

  /**
   * An investigation that closed with mail left in mailboxes may be remediated now; no other ending is touched. One that
   * is closing at this moment conflicts with this, and counts the actions anew.
   */
  async function reviseInvestigation(investigationId: string): Promise<void> {
    await store.transaction(async (session) => {
      if (await store.investigations.alive(investigationId, session)) return;
      const investigation = await store.investigations.collection.findOne({ _id: investigationId }, { session });
      if (investigation?.status !== 'Partially Remediated') return;
      const actions = await store.actions.of(investigationId, session);
      const status = closingStatus({
        ...{ terminatedByUser: false, failed: false, verdict: investigation.verdict, mailboxesNotSearched: 0 },
        messageCount: actions.reduce((total, { messageCount }) => total + messageCount, 0),
        actionStatuses: actions.map((one) => one.status),
      });
      const { collection } = store.investigations;
      await collection.updateOne({ _id: investigationId, open: false }, { $set: { status } }, { session });
    });
  }
}
