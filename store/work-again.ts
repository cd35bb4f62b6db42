import { isOrdered } from '../domain/action';
import { retryWorkflowId } from '../domain/ids';
import { type ActionDoc } from './actions';
import { type Session } from './collection';
import { type Store } from './store';

/** What an action may be asked to work on again: those with an event that says that it went wrong. */
const UNDONE = ['failed', 'unverified', 'onHold'] as const;

/**
 * Opens the failed, unverified and held rows of an ended action again, in one transaction: the action runs, with a workflow of
 * its own; `witness` writes its row of the audit. `refused` says why not; `full`, that it may be asked for when others have ended. The events of those rows go: what happens now is their event (law 7).
 */
export async function workAgain(
  store: Store,
  { _id }: ActionDoc,
  witness: (session: Session) => Promise<void>,
): Promise<
  { readonly refused: null; readonly workflowId: string } | { readonly refused: string; readonly full?: true }
> {
  const { remediation } = await store.settings.get();
  return store.transaction(async (session) => {
    const action = await store.actions.collection.findOne({ _id }, { session });
    const status = action?.status ?? 'Freezing';
    if (action === null || (status !== 'Partially Completed' && status !== 'Failed')) {
      return { refused: `The action is ${status}: only one that is Partially Completed or Failed can be worked again` };
    }
    if ((await store.reverts.collection.findOne({ actionId: _id, open: true }, { session })) !== null) {
      return { refused: 'A revert of this action is running' };
    }
    const full = isOrdered(action) ? await store.remediations.inTheWay(action, remediation, session) : null;
    if (full !== null) return { refused: full, full: true };
    const reopened = await store.ledger.reopen(_id, UNDONE, session);
    if (reopened === 0) return { refused: 'No message of this action failed or could not be verified' };
    const retries = action.retries + 1;
    const workflowId = retryWorkflowId(_id, retries);
    const fresh = { outcomes: null, begun: false, halt: null, endedAt: null, retries, workflowId };
    await store.actions.advance(_id, 'Running', fresh, session);
    await witness(session);
    return { refused: null, workflowId };
  });
}
