import { type ActionInput } from '../domain/contracts';
import { closingStatus } from '../domain/investigation';
import { announceActions } from './announce';
import { type ActivityDeps } from './deps';
import { createEndAction } from './end-action';

/** Ends an action that a person had worked again, and says of its investigation how it stands with it now. */
export function createFinishAction(deps: ActivityDeps) {
  const { store } = deps;
  const { endAction } = createEndAction(deps);

  /** With `workflowId`, only where that is still the workflow that works it. */
  return async function finishAction({ actionId }: ActionInput, workflowId?: string): Promise<void> {
    const action = await store.actions.byId(actionId);
    if (action === null) throw new Error(`There is no action ${actionId}`);
    if (workflowId !== undefined && action.workflowId !== workflowId) return;
    if (action.status === 'Running') await endAction(action, 'timedOut');
    await announceActions(deps, await store.actions.of(action.investigationId));
    await reviseInvestigation(action.investigationId);
  };

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
