import { type InvestigationDoc } from './investigations';
import { type Store } from './store';

/**
 * Marks an open investigation as ended by a person, then stops what works for it. In this order: an action that is not
 * there yet to be stopped finds the mark before its first move.
 */
export async function terminate(
  store: Store,
  investigationId: string,
  termination: NonNullable<InvestigationDoc['termination']>,
): Promise<void> {
  await store.investigations.collection.updateOne(
    { _id: investigationId, open: true, termination: null },
    { $set: { termination } },
  );
  for (const { _id } of await store.actions.of(investigationId)) {
    await store.actions.halt(_id, { reason: 'stopped', ...termination });
  }
}
