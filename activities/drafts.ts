import { AUTOMATION } from '../domain/action';
import { investigationWorkflowId } from '../domain/ids';
import { FIRST_FENCE, UNCLAIMED } from '../domain/ledger';
import { type ReasonDetail } from '../domain/policy';
import { type ActionDoc } from '../store/actions';
import { type ClusterDoc } from '../store/clusters';
import { type Session } from '../store/collection';
import { type ActionPart, type BuiltCluster } from './build-cluster';
import { type ActivityDeps } from './deps';
import { layOut, type LedgerEntry } from './freeze';

/** A draft was cleaned up before its attempt came to make it real. Temporal's retry makes a new one. */
class DraftGoneError extends Error {
  readonly code = 'draftGone';
  readonly retryable = true;
  constructor() {
    super('The draft is gone');
    this.name = 'DraftGoneError';
  }
}

/** A cluster with its actions, written under ids of their own and invisible while `Freezing`. */
export interface Draft {
  readonly cluster: ClusterDoc;
  readonly actions: readonly ActionDoc[];
}

/** What a new action is beside its ledger. */
export interface NewAction {
  readonly cluster: Pick<ActionDoc, 'clusterId' | 'investigationId' | 'key'>;
  readonly automatic: boolean;
  readonly reasons: readonly ReasonDetail[];
  readonly startedBy: string;
  readonly requestedBy: string | null;
  readonly settingsVersion: number;
}

/**
 * Freezes clusters and ledgers. An attempt writes its drafts beforehand, and one transaction of the caller makes them
 * real; what no transaction has made real is thrown away, by the attempt or by the reconciler.
 */
export function createDrafts(deps: ActivityDeps) {
  const { store, clock } = deps;

  return { freeze, freezeAction, makeReal, reveal, discard };

  async function freeze(
    built: BuiltCluster,
    { settingsVersion, requestedBy = null }: { settingsVersion: number; requestedBy?: string | null },
  ): Promise<Draft> {
    const cluster = { _id: deps.newId(), ...built.cluster };
    const { startedBy } = built;
    const about = { clusterId: cluster._id, investigationId: cluster.investigationId, key: cluster.key };
    const actions: ActionDoc[] = [];
    for (const part of built.parts) {
      const { reasons } = part;
      const automatic = part.status === 'Running';
      actions.push(
        await freezeAction(
          { cluster: about, automatic, reasons, startedBy, requestedBy, settingsVersion },
          entriesOf(part),
        ),
      );
    }
    return { cluster: { ...cluster, actionIds: actions.map(({ _id }) => _id) }, actions };
  }

  /** Writes one action, `Freezing`, and its ledger; gives it as it is to become. */
  async function freezeAction(about: NewAction, entries: readonly LedgerEntry[]): Promise<ActionDoc> {
    const { automatic, cluster, reasons, startedBy, requestedBy, settingsVersion } = about;
    const { rows, job } = layOut('action', deps.newId(), entries, automatic ? FIRST_FENCE : UNCLAIMED);
    const now = clock();
    const action: ActionDoc = {
      _id: job.id,
      ...cluster,
      actionType: 'softDelete',
      actionSource: automatic ? 'Automated email action' : 'Manual email action',
      status: automatic ? 'Running' : 'Pending',
      decidedBy: automatic ? AUTOMATION : null,
      comment: null,
      reasons,
      startedBy,
      requestedBy,
      decisionId: null,
      halt: null,
      workflowId: investigationWorkflowId(cluster.investigationId ?? ''),
      retries: 0,
      revertCount: 0,
      followedBy: null,
      settingsVersion,
      messageCount: job.messageCount,
      mailboxCount: new Set(entries.map(({ mailbox }) => mailbox)).size,
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
    await store.actions.collection.insertOne({ ...action, status: 'Freezing' });
    await store.ledger.insert(rows);
    return action;
  }

  /** Makes drafts visible, within a transaction of the caller. */
  async function makeReal(drafts: readonly Draft[], session: Session): Promise<void> {
    if (drafts.length === 0) return;
    await store.clusters.collection.insertMany(
      drafts.map(({ cluster }) => cluster),
      { session },
    );
    for (const action of drafts.flatMap(({ actions }) => actions)) {
      await reveal(action, session);
    }
  }

  /** Makes one draft visible. Throws where it is gone: the attempt slept for so long that its drafts were cleaned up. */
  async function reveal({ _id, status }: Pick<ActionDoc, '_id' | 'status'>, session: Session): Promise<void> {
    if (!(await store.actions.advance(_id, status, {}, session))) throw new DraftGoneError();
  }

  async function discard(actionIds: readonly string[]): Promise<void> {
    for (const _id of actionIds) {
      const { deletedCount } = await store.actions.collection.deleteOne({ _id, status: 'Freezing' });
      if (deletedCount === 1) await store.ledger.removeAll(_id);
    }
  }
}

function entriesOf({ rows }: ActionPart): LedgerEntry[] {
  return rows.map((row) => ({
    messageId: row._id,
    mailbox: row.mailbox,
    networkMessageId: row.networkMessageId,
    receivedAt: row.receivedAt,
    from: row.folder,
    to: null,
    revision: row.revision,
    outcome: 'open',
    ownerActionId: null,
  }));
}
