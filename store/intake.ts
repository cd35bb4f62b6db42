import { type Entity, entityKey } from '../domain/entity';
import { investigationWorkflowId } from '../domain/ids';
import { type InvestigationStatus } from '../domain/investigation';
import { covers, type Verdict } from '../domain/verdict';
import { type AlertText } from './alerts';
import { newId, type Session } from './collection';
import { type Store } from './store';

/** An alert as it comes in, its entities normalised. */
export interface IncomingAlert {
  readonly entities: readonly Entity[];
  readonly verdict: Verdict;
  readonly alert: AlertText | null;
  readonly startedBy: string;
  /** True exactly when the token has no `detector` role. */
  readonly startedByPerson: boolean;
  readonly at: Date;
}

export interface Opened {
  readonly investigationId: string;
  readonly workflowId: string;
  readonly status: InvestigationStatus;
  /** True where the alert joined an investigation that was open already. */
  readonly joined: boolean;
}

/** {@link openOrJoin} of one store. */
export type OpenOrJoin = (
  incoming: IncomingAlert,
  witness: (opened: Opened, session: Session) => Promise<void>,
) => Promise<Opened>;

/**
 * Takes an alert in, in one transaction over the entity locks: it joins the one open investigation that covers all its
 * entities with the same or a higher verdict, else a new investigation takes them, locks the free ones and names the
 * cases that hold the others. One that a person has ended counts as none. `witness` writes what belongs to the same
 * transaction. Temporal is not asked: the row is `Starting` until the workflow runs.
 */
export async function openOrJoin(
  store: Store,
  incoming: IncomingAlert,
  witness: (opened: Opened, session: Session) => Promise<void> = () => Promise.resolve(),
): Promise<Opened> {
  const byKey = new Map(incoming.entities.map((entity) => [entityKey(entity), entity]));
  return store.transaction(async (session) => {
    const locks = await store.openEntities.collection.find({ _id: { $in: [...byKey.keys()] } }, { session }).toArray();
    const holders = [...new Set(locks.map(({ investigationId }) => investigationId))];
    const ending = await endingOf(store, holders, session);
    const held = locks.filter(({ investigationId }) => !ending.has(investigationId));
    const [holder] = holders;
    const joins =
      holder !== undefined &&
      holders.length === 1 &&
      held.length === byKey.size &&
      held.every(({ verdict }) => covers(verdict, incoming.verdict));
    const opened = joins
      ? await join(store, holder, byKey, incoming, session)
      : await open(store, byKey, { locked: new Set(held.map(({ _id }) => _id)), holders }, incoming, session);
    await witness(opened, session);
    return opened;
  });
}

/** Of these investigations those that a person has ended: they take no alert in any more, and give their locks away. */
async function endingOf(store: Store, ids: readonly string[], session: Session): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const found = await store.investigations.collection
    .find({ _id: { $in: [...ids] }, termination: { $ne: null } }, { projection: { _id: 1 }, session })
    .toArray();
  return new Set(found.map(({ _id }) => _id));
}

async function join(
  store: Store,
  investigationId: string,
  byKey: ReadonlyMap<string, Entity>,
  incoming: IncomingAlert,
  session: Session,
): Promise<Opened> {
  await store.openEntities.collection.updateMany(
    { _id: { $in: [...byKey.keys()] } },
    { $inc: { joins: 1 } },
    { session },
  );
  await addAlert(store, investigationId, byKey, incoming, session);
  const externalId = incoming.alert?.externalId;
  const found = await store.investigations.collection.findOneAndUpdate(
    { _id: investigationId },
    { $addToSet: { externalIds: { $each: externalId === undefined ? [] : [externalId] } } },
    { session, returnDocument: 'after' },
  );
  return {
    investigationId,
    workflowId: investigationWorkflowId(investigationId),
    status: found?.status ?? 'Running',
    joined: true,
  };
}

async function open(
  store: Store,
  byKey: ReadonlyMap<string, Entity>,
  { locked, holders }: { readonly locked: ReadonlySet<string>; readonly holders: readonly string[] },
  incoming: IncomingAlert,
  session: Session,
): Promise<Opened> {
  const { verdict, alert, at } = incoming;
  const { _id, workflowId, status } = await store.investigations.create(
    { entities: byKey, verdict, at, related: holders, externalId: alert?.externalId },
    session,
  );
  const free = [...byKey.keys()].filter((key) => !locked.has(key));
  await store.openEntities.take(free, { investigationId: _id, verdict }, session);
  await addAlert(store, _id, byKey, incoming, session);
  return { investigationId: _id, workflowId, status, joined: false };
}

async function addAlert(
  store: Store,
  investigationId: string,
  byKey: ReadonlyMap<string, Entity>,
  { verdict, alert, startedBy, startedByPerson, at }: IncomingAlert,
  session: Session,
): Promise<void> {
  await store.alerts.collection.insertOne(
    {
      _id: newId(),
      investigationId,
      entities: [...byKey.values()],
      verdict,
      alert,
      startedBy,
      startedByPerson,
      at,
      state: 'waiting',
    },
    { session },
  );
}
