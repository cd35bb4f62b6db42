import { SYSTEM } from '../domain/action';
import { handToTemporal } from '../domain/gateway';
import { automationMayTakeFrom } from '../domain/location';
import { type AlertDoc } from '../store/alerts';
import { type ClusterDoc } from '../store/clusters';
import { type ActivityDeps } from './deps';
import { say } from './say';
import { createWitness } from './witness';

/** Earlier clusters are as old as what undo and hunting remember. */
const DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;

interface Back {
  readonly mailbox: string;
  /** Since when it was away. */
  readonly since: Date;
}

/**
 * Mailboxes that were away are searched again when they are back: where one of them has a message that a malicious
 * cluster was about and no ledger of its investigation holds, the cluster's alert is raised once more, in the name of who
 * raised it. What follows is decided as for any alert.
 */
export function createSearchAgain(deps: ActivityDeps) {
  const { store, openOrJoin, gateway, clock } = deps;
  const witness = createWitness(deps);

  return async function searchAgain(back: readonly Back[]): Promise<void> {
    const earliest = Math.min(...back.map(({ since }) => since.getTime()));
    const from = new Date(Math.max(earliest, clock().getTime() - DAYS * DAY_MS));
    const raised = new Set<string>();
    for (const cluster of await store.clusters.since(from)) {
      const { alertId, verdict, coverage } = cluster;
      if (verdict !== 'malicious' || coverage.mailboxesUnreachable === 0 || raised.has(alertId)) continue;
      if (!(await isMissed(cluster, back))) continue;
      raised.add(alertId);
      const alert = (await store.alerts.of(cluster.investigationId)).find(({ _id }) => _id === alertId);
      if (alert !== undefined) await raise(alert);
    }
  };

  /** Whether a mailbox that was away when the cluster was built has a message of it that nobody has in a ledger. */
  async function isMissed({ key, queryTime, investigationId }: ClusterDoc, back: readonly Back[]): Promise<boolean> {
    const away = back.filter(({ since }) => since <= queryTime).map(({ mailbox }) => mailbox);
    if (away.length === 0) return false;
    const found = await store.messages.carryingIn(key, away);
    const takeable = found.filter(({ folder }) => automationMayTakeFrom(folder)).map(({ _id }) => _id);
    if (takeable.length === 0) return false;
    const actions = await store.actions.of(investigationId);
    const held = await store.ledger.messagesIn(
      actions.map(({ _id }) => _id),
      takeable,
    );
    return takeable.some((id) => !held.has(id));
  }

  async function raise({ _id, entities, verdict, alert, startedBy, startedByPerson }: AlertDoc): Promise<void> {
    const incoming = { entities, verdict, alert, startedBy, startedByPerson, at: clock() };
    const opened = await openOrJoin(incoming, ({ investigationId: target }, session) =>
      witness(
        {
          ...{ subject: SYSTEM, action: 'investigation.searchAgain', target },
          ...{ after: { alertId: _id }, once: `${_id}:${target}` },
        },
        session,
      ),
    );
    const { investigationId, joined } = opened;
    say('Mailboxes are back: searched again', { investigationId, joined });
    // What Temporal does not take now, the reconciler repeats.
    await handToTemporal(gateway, opened).catch(() => undefined);
  }
}
