import { AUTOMATION } from '../domain/action';
import { type Job, type PrepareInput, type PrepareResult } from '../domain/contracts';
import { entityKey } from '../domain/entity';
import { type ActionDoc } from '../store/actions';
import { type AlertDoc } from '../store/alerts';
import { type ClusterDoc } from '../store/clusters';
import { type ClusterRow } from '../store/messages';
import { type ActionPart, buildCluster, type BuiltCluster } from './build-cluster';
import { type ActivityDeps } from './deps';
import { layOut } from './freeze';

interface Draft {
  readonly cluster: ClusterDoc;
  readonly actions: readonly ActionDoc[];
}

/**
 * Prepares every alert of an investigation that nobody has prepared yet: clusters, coverage, decision, ledgers, all
 * frozen. Each attempt writes actions and rows under ids of its own, invisible while `Freezing`; one transaction makes
 * those of the first attempt that gets there real, and what any other attempt wrote is thrown away.
 */
export function createPrepare(deps: ActivityDeps) {
  const { store, clock } = deps;

  return async function prepareInvestigation({ investigationId }: PrepareInput): Promise<PrepareResult> {
    for (const alert of await store.alerts.of(investigationId)) {
      if (alert.state === 'waiting') await prepareAlert(alert);
    }
    const [clusters, actions] = await Promise.all([
      store.clusters.of(investigationId),
      store.actions.of(investigationId),
    ]);
    return {
      clusters: clusters.length,
      messages: clusters.reduce((total, { messageCount }) => total + messageCount, 0),
      automatic: actions.filter(({ status }) => status === 'Running').map(({ job }) => job),
      pending: actions.filter(({ status }) => status === 'Pending').length,
    };
  };

  async function prepareAlert(alert: AlertDoc): Promise<void> {
    const settings = await store.settings.get();
    const mailboxes = await store.mailboxes.count();
    const earlier = (await store.clusters.of(alert.investigationId)).length > 0;
    const drafts: Draft[] = [];
    for (const entity of alert.entities) {
      const queryTime = clock();
      const found = await store.messages.carrying(entityKey(entity));
      const carrying = earlier ? await inNoLedgerYet(alert.investigationId, found) : found;
      const built = buildCluster({ alert, entity, settings, carrying, mailboxes, queryTime });
      if (earlier && built.parts.length === 0) continue;
      drafts.push(await freeze(built, settings.version));
    }
    if (!(await commit(alert, drafts))) await discard(drafts);
  }

  /** A further alert adds a cluster of what came since: messages that no ledger of the investigation holds. */
  async function inNoLedgerYet(investigationId: string, rows: readonly ClusterRow[]): Promise<ClusterRow[]> {
    const actions = await store.actions.of(investigationId);
    const held = await store.ledger.messagesIn(
      actions.map(({ _id }) => _id),
      rows.map(({ _id }) => _id),
    );
    return rows.filter(({ _id }) => !held.has(_id));
  }

  async function freeze(built: BuiltCluster, settingsVersion: number): Promise<Draft> {
    const clusterId = deps.newId();
    const actions: ActionDoc[] = [];
    for (const part of built.parts) {
      const actionId = deps.newId();
      const { rows, job } = layOut(
        'action',
        actionId,
        part.rows.map((row) => ({
          messageId: row._id,
          mailbox: row.mailbox,
          networkMessageId: row.networkMessageId,
          from: row.folder,
          to: null,
          revision: row.revision,
          outcome: 'open',
          ownerActionId: null,
        })),
      );
      const action = actionOf(built, part, { clusterId, settingsVersion, job });
      await store.actions.collection.insertOne({ ...action, status: 'Freezing' });
      await store.ledger.insert(rows);
      actions.push(action);
    }
    return { cluster: { _id: clusterId, ...built.cluster, actionIds: actions.map(({ _id }) => _id) }, actions };
  }

  function actionOf(
    { cluster }: BuiltCluster,
    part: ActionPart,
    { clusterId, settingsVersion, job }: { clusterId: string; settingsVersion: number; job: Job },
  ): ActionDoc {
    const now = clock();
    const automatic = part.status === 'Running';
    return {
      _id: job.id,
      investigationId: cluster.investigationId,
      clusterId,
      key: cluster.key,
      actionType: 'softDelete',
      actionSource: automatic ? 'Automated email action' : 'Manual email action',
      status: part.status,
      decidedBy: automatic ? AUTOMATION : null,
      comment: null,
      reasons: part.reasons,
      settingsVersion,
      messageCount: job.messageCount,
      mailboxCount: new Set(part.rows.map(({ mailbox }) => mailbox)).size,
      job,
      begun: false,
      outcomes: null,
      undoDeadline: null,
      undoBasis: null,
      expiresAt: automatic ? null : new Date(now.getTime() + deps.pendingExpiryMs),
      createdAt: now,
      decidedAt: automatic ? now : null,
      startedAt: automatic ? now : null,
      endedAt: null,
    };
  }

  /** Makes the drafts real, unless another attempt has prepared this alert already; says which. */
  async function commit(alert: AlertDoc, drafts: readonly Draft[]): Promise<boolean> {
    const won = await store.transaction(async (session) => {
      const { modifiedCount } = await store.alerts.collection.updateOne(
        { _id: alert._id, state: 'waiting' },
        { $set: { state: 'prepared' } },
        { session },
      );
      if (modifiedCount === 0) return false;
      if (drafts.length > 0) {
        await store.clusters.collection.insertMany(
          drafts.map(({ cluster }) => cluster),
          { session },
        );
      }
      for (const action of drafts.flatMap(({ actions }) => actions)) {
        await store.actions.advance(action._id, action.status, {}, session);
      }
      return true;
    });
    if (won) {
      await store.investigations.setOpenStatus(alert.investigationId, 'Running');
      await store.investigations.stage(alert.investigationId, 'cluster', drafts[0]?.cluster.queryTime ?? clock());
      await store.investigations.stage(alert.investigationId, 'decision', clock());
    }
    return won;
  }

  async function discard(drafts: readonly Draft[]): Promise<void> {
    for (const { _id } of drafts.flatMap(({ actions }) => actions)) {
      await store.actions.collection.deleteOne({ _id, status: 'Freezing' });
      await store.ledger.removeAll(_id);
    }
  }
}
