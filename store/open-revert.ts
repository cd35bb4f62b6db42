import { type ActionStatus } from '../domain/action';
import { type ActionDoc } from './actions';
import { type Session } from './collection';
import { type RevertDoc } from './reverts';
import { type Store } from './store';

/** While it is in one of these, an action cannot be reverted: it is stopped first. */
export const AT_WORK: readonly ActionStatus[] = ['Freezing', 'Pending', 'Approved', 'Running'];

/**
 * Stores a revert, and by `witness` its row of the audit, unless its action is at work, was set to work again meanwhile, or
 * has an open revert. Says whether it did.
 */
export async function openRevert(
  store: Store,
  { _id, status, retries, actionType }: ActionDoc,
  revert: RevertDoc,
  witness: (session: Session) => Promise<void>,
): Promise<boolean> {
  if (AT_WORK.includes(status) || actionType === 'hardDelete') return false;
  return store.transaction(async (session) => {
    const same = { _id, status, retries };
    const touched = await store.actions.collection.updateOne(same, { $inc: { revertCount: 1 } }, { session });
    if (touched.matchedCount === 0) return false;
    if ((await store.reverts.collection.findOne({ actionId: _id, open: true }, { session })) !== null) return false;
    await store.reverts.create(revert, session);
    await witness(session);
    return true;
  });
}
