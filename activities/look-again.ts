import { type ActionInput, type LookAgainResult } from '../domain/contracts';
import { NO_CHUNK } from '../domain/chunk';
import { sightingKind } from '../domain/location';
import { type ActionType, isMove } from '../domain/remediation';
import { type ReasonDetail, withSecondPerson } from '../domain/policy';
import { type SightedMessage } from '../mail/provider';
import { type ActionDoc } from '../store/actions';
import { type LedgerDoc } from '../store/ledger';
import { type BuiltCluster } from './build-cluster';
import { announceActions } from './announce';
import { createClusters } from './clusters';
import { type ActivityDeps } from './deps';
import { createDrafts } from './drafts';
import { kinOf } from './kin';

const BATCH = 1000;

/**
 * The look that a person's decision asks for (law 1): where the messages of the ledger are now. Rows that a removal of
 * the last hour owns are `alreadyGone` without asking the mailbox, the others are brought up to date, and what arrived
 * since is offered as a further action, never added. Then the action runs.
 */
export function createLookAgain(deps: ActivityDeps) {
  const { store, provider, clock, dedupWindowMs } = deps;
  const clusters = createClusters(deps);
  const drafting = createDrafts(deps);

  return async function lookAgain({ actionId }: ActionInput): Promise<LookAgainResult> {
    const action = await store.actions.byId(actionId);
    if (action === null || action.halt !== null) return { job: null };
    if (action.status === 'Running' && action.begun) return { job: action.job };
    for (let after: string | null = null; ;) {
      const rows = await store.ledger.openRows(actionId, after, BATCH);
      await update(
        action.actionType,
        rows.filter(({ chunk }) => chunk !== NO_CHUNK),
      );
      after = rows.at(-1)?._id ?? null;
      if (after === null) break;
    }
    if (action.status === 'Approved') await offerArrivals(action);
    await announceActions(deps, await kinOf(store, action));
    return { job: (await run(action)) ? action.job : null };
  };

  async function update(type: ActionType, rows: readonly LedgerDoc[]): Promise<void> {
    if (rows.length === 0) return;
    const at = clock();
    const since = new Date(at.getTime() - dedupWindowMs);
    const ids = rows.map(({ messageId }) => messageId);
    // What somebody removed meanwhile is done for a soft delete alone: a move may still put it where it is to be.
    const owners = type === 'softDelete' ? await store.ledger.removedSince(ids, since) : new Map<string, string>();
    const others = rows.filter(({ messageId }) => !owners.has(messageId));
    const seen = new Map((await provider.locate(others)).map((message) => [message.messageId, message]));
    await store.ledger.close(
      rows.flatMap(({ _id, fence, messageId }) => {
        const ownerActionId = owners.get(messageId);
        return ownerActionId === undefined
          ? []
          : [{ _id, fence, outcome: 'alreadyGone' as const, reason: 'removedByAnother', ownerActionId }];
      }),
      at,
    );
    await store.ledger.relocate(others.flatMap((row) => relocated(type, row, seen.get(row.messageId))));
  }

  /** Messages that carry the entity and stand in no ledger of the investigation, as a pending action of their own. */
  async function offerArrivals(action: ActionDoc): Promise<void> {
    if (action.clusterId === null || action.investigationId === null) return;
    const { investigationId } = action;
    const cluster = await store.clusters.byId(action.clusterId);
    const alert = (await store.alerts.of(investigationId)).find(({ _id }) => _id === cluster?.alertId);
    if (cluster === null || alert === undefined) return;
    const grounds = await clusters.grounds();
    const { built } = await clusters.cluster(alert, cluster.entity, { ...grounds, onlyNew: true });
    const offer = asOffer(built, grounds.settings);
    if (offer.parts.length === 0) return;
    const { version: settingsVersion } = grounds.settings;
    const draft = await drafting.freeze(offer, { settingsVersion, requestedBy: action.decidedBy });
    const real = await store.transaction(async (session) => {
      // The offer of an attempt that came this far before stands.
      const marked = { _id: action._id, status: 'Approved', followedBy: null } as const;
      const [next] = draft.actions;
      const { modifiedCount } = await store.actions.collection.updateOne(
        marked,
        { $set: { followedBy: next?._id ?? null } },
        { session },
      );
      if (modifiedCount === 0 || !(await store.investigations.alive(investigationId, session))) {
        await session.abortTransaction();
        return false;
      }
      await drafting.makeReal([draft], session);
      return true;
    });
    if (!real) await drafting.discard(draft.actions.map(({ _id }) => _id));
  }

  /** Lets the action run, unless it was stopped meanwhile. */
  async function run({ _id, investigationId, retries }: ActionDoc): Promise<boolean> {
    const investigation = investigationId === null ? null : await store.investigations.byId(investigationId);
    if (retries === 0 && investigation !== null && investigation.termination !== null) return false;
    const { matchedCount } = await store.actions.collection.updateOne(
      { _id, status: { $in: ['Approved', 'Running'] }, halt: null, retries },
      { $set: { status: 'Running', begun: true, ...(retries === 0 ? { startedAt: clock() } : {}) } },
    );
    return matchedCount === 1;
  }
}

const ARRIVED: ReasonDetail['code'] = 'arrivedSince';

/** A cluster of arrivals waits as a whole, for whatever else it would have waited for too. */
function asOffer(built: BuiltCluster, settings: Parameters<typeof withSecondPerson>[2]): BuiltCluster {
  const rows = built.parts.flatMap((part) => part.rows);
  if (rows.length === 0) return { ...built, parts: [] };
  const others = built.parts.flatMap((part) => part.reasons).filter(({ code }) => code !== 'secondPersonNeeded');
  const arrived = { code: ARRIVED, detail: `${rows.length} messages arrived since the action was frozen` };
  const reasons = withSecondPerson([arrived, ...others], rows.length, settings);
  const ordered = [...rows].sort((one, other) => order(one.mailbox, other.mailbox) || order(one._id, other._id));
  return {
    ...built,
    cluster: { ...built.cluster, decision: { kind: 'pending', reasons } },
    parts: [{ status: 'Pending', reasons, rows: ordered }],
  };
}

function order(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

/** A row whose message is still in a mailbox, at its place of now; what is not stays, and the move will say so. */
function relocated(
  type: ActionType,
  { _id, fence }: LedgerDoc,
  message: SightedMessage | undefined,
): Pick<LedgerDoc, '_id' | 'fence' | 'from' | 'revision'>[] {
  if (message?.found !== true || message.unreachable === true) return [];
  const kind = sightingKind(message.folder, message.purged);
  if (kind === 'gone' || (kind === 'recoverable' && type === 'softDelete')) return [];
  // What another action removed meanwhile is that action's: a move leaves it, and says whose it is (law 6).
  if (isMove(type) && message.removedBy !== null) return [];
  return [{ _id, fence, from: message.folder, revision: message.revision }];
}
