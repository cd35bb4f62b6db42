import { entityKey } from '../domain/entity';
import { covers } from '../domain/verdict';
import { type AlertDoc } from '../store/alerts';
import { type Session } from '../store/collection';
import { type ActivityDeps } from './deps';

/**
 * Alerts that joined an investigation whose workflow ended before it had prepared them go on in a new one, in the
 * transaction that closes the old one: nobody who was told that his alert was taken is left alone.
 */
export function createCarryOn({ store, clock }: Pick<ActivityDeps, 'store' | 'clock'>) {
  return async function carryOn(from: string, alerts: readonly AlertDoc[], session: Session): Promise<void> {
    if (alerts.length === 0) return;
    const entities = new Map(alerts.flatMap((alert) => alert.entities).map((entity) => [entityKey(entity), entity]));
    const verdict = alerts.map((alert) => alert.verdict).reduce((one, other) => (covers(one, other) ? one : other));
    const { _id: investigationId } = await store.investigations.create(
      { entities, verdict, at: clock(), related: [from] },
      session,
    );
    const held = await store.openEntities.collection
      .find({ _id: { $in: [...entities.keys()] }, investigationId: { $ne: from } }, { session })
      .toArray();
    const others = new Set(held.map(({ _id }) => _id));
    const free = [...entities.keys()].filter((key) => !others.has(key));
    await store.openEntities.take(free, { investigationId, verdict }, session);
    const ids = alerts.map(({ _id }) => _id);
    await store.alerts.collection.updateMany({ _id: { $in: ids } }, { $set: { investigationId } }, { session });
  };
}
