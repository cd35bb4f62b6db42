import { type Session } from './collection';
import { type InvestigationDoc } from './investigations';
import { type Store } from './store';

/**
 * Marks an open investigation as ended by a person, then stops what works for it; `false` where it has ended already. In
 * this order: an action that is not there yet to be stopped finds the mark before its first move. Who ended it first
 * stays; where the caller dies in between, the reconciler stops what works. `witness` writes the row of the audit.
 */
export async function terminate(
  store: Store,
  investigationId: string,
  termination: NonNullable<InvestigationDoc['termination']>,
  witness: (session: Session) => Promise<void> = () => Promise.resolve(),
): Promise<boolean> {
  const stands = await store.transaction(async (session) => {
    const found = await store.investigations.collection.findOne({ _id: investigationId, open: true }, { session });
    if (found === null || found.termination !== null) return found?.termination ?? null;
    await store.investigations.collection.updateOne({ _id: investigationId }, { $set: { termination } }, { session });
    await witness(session);
    return termination;
  });
  if (stands === null) return false;
  await store.actions.haltAll(investigationId, { reason: 'stopped', ...stands });
  return true;
}
