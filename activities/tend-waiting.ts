import { type ActionInput, type TendResult } from '../domain/contracts';
import { dueAt } from '../domain/notices';
import { announceActions } from './announce';
import { type ActivityDeps } from './deps';
import { createEndAction } from './end-action';

/** Looks after a Take action that waits for a second person: it expires in its time, and says so beforehand. */
export function createTendWaiting(deps: ActivityDeps) {
  const { store, clock } = deps;
  const { endWaiting } = createEndAction(deps);

  return async function tendWaiting({ actionId }: ActionInput): Promise<TendResult> {
    const action = await store.actions.byId(actionId);
    if (action?.status === 'Pending' && action.expiresAt !== null && action.expiresAt <= clock()) {
      await endWaiting(action, 'Expired');
    }
    const actions = await store.actions.byIds([actionId]);
    await announceActions(deps, actions);
    const [now] = actions;
    return { waits: now?.status === 'Pending', dueAt: dueAt(actions, clock()) };
  };
}
