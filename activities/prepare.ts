import { AUTOMATION, isWorkedBy } from '../domain/action';
import { type PrepareInput, type PrepareResult } from '../domain/contracts';
import { isDoubtful } from '../domain/policy';
import { type AlertDoc } from '../store/alerts';
import { announceActions } from './announce';
import { type BuiltCluster } from './build-cluster';
import { createClusters } from './clusters';
import { type ActivityDeps } from './deps';
import { createDrafts, type Draft } from './drafts';
import { say } from './say';
import { createWitness } from './witness';

/**
 * Prepares every alert of an investigation that nobody has prepared yet: clusters, coverage, decision, ledgers, all
 * frozen. Each attempt writes actions and rows under ids of its own, invisible while `Freezing`; one transaction makes
 * those of the first attempt that gets there real, and what any other attempt wrote is thrown away.
 */
export function createPrepare(deps: ActivityDeps) {
  const { store, clock } = deps;
  const clusters = createClusters(deps);
  const drafting = createDrafts(deps);
  const witness = createWitness(deps);

  return async function prepareInvestigation(
    { investigationId }: PrepareInput,
    runId?: string,
  ): Promise<PrepareResult> {
    const investigation = await store.investigations.byId(investigationId);
    await store.investigations.setOpenStatus(investigationId, 'Running', runId);
    for (const alert of await store.alerts.of(investigationId)) {
      // What a person has ended already needs no cluster any more.
      if (alert.state === 'waiting' && investigation?.termination === null) await prepareAlert(alert);
    }
    const [found, actions] = await Promise.all([store.clusters.of(investigationId), store.actions.of(investigationId)]);
    await announceActions(deps, actions);
    const mine = actions.filter((action) => isWorkedBy(action, investigationId));
    return {
      clusters: found.length,
      messages: found.reduce((total, { messageCount }) => total + messageCount, 0),
      automatic: mine
        .filter(({ status, decisionId }) => status === 'Running' && decisionId === null)
        .map(({ job }) => job),
      decided: mine.flatMap(({ _id, decisionId, status }) =>
        decisionId === null || (status !== 'Approved' && status !== 'Running') ? [] : [{ actionId: _id, decisionId }],
      ),
      pending: actions.filter(({ status }) => status === 'Pending').length,
    };
  };

  async function prepareAlert(alert: AlertDoc): Promise<void> {
    const grounds = await clusters.grounds();
    const earlier = (await store.clusters.of(alert.investigationId)).length > 0;
    const drafts: Draft[] = [];
    const freeze = async (built: BuiltCluster): Promise<void> => {
      drafts.push(await drafting.freeze(built, { settingsVersion: grounds.settings.version }));
    };
    const taken = new Set<string>();
    const telling = new Set<string>();
    for (const entity of alert.entities) {
      // A further alert adds a cluster of what came since.
      const { built, found } = await clusters.cluster(alert, entity, { ...grounds, onlyNew: earlier });
      for (const id of found) taken.add(id);
      if (!isDoubtful(built.cluster.facts, grounds.settings)) telling.add(built.cluster.key);
      if (earlier && built.parts.length === 0) continue;
      await freeze(built);
    }
    // Mail that is similar to what carries the entities, and carries none of them.
    const { settings } = grounds;
    for (const { attributes, figures } of await clusters.similarTo(alert, [...taken], { settings, telling })) {
      const scope = { onlyNew: earlier, taken, figures };
      const { built, found } = await clusters.cluster(alert, attributes, { ...grounds, ...scope });
      if (built.cluster.messageCount === 0 || (earlier && built.parts.length === 0)) continue;
      for (const id of found) taken.add(id);
      await freeze(built);
    }
    if (!(await commit(alert, drafts))) {
      await drafting.discard(drafts.flatMap(({ actions }) => actions.map(({ _id }) => _id)));
    }
  }

  /** Makes the drafts real, unless another attempt has prepared this alert already; says which. */
  async function commit(alert: AlertDoc, drafts: readonly Draft[]): Promise<boolean> {
    const won = await store.transaction(async (session) => {
      const { modifiedCount } = await store.alerts.collection.updateOne(
        { _id: alert._id, state: 'waiting' },
        { $set: { state: 'prepared' } },
        { session },
      );
      // Slower than its workflow, which was ended meanwhile: nothing would ever look at what it made.
      if (modifiedCount === 0 || !(await store.investigations.alive(alert.investigationId, session))) {
        await session.abortTransaction();
        return false;
      }
      await drafting.makeReal(drafts, session);
      for (const { _id, status, messageCount, settingsVersion } of drafts.flatMap(({ actions }) => actions)) {
        if (status !== 'Running') continue;
        const deed = { subject: AUTOMATION, action: 'action.automatic', target: _id, once: _id };
        await witness({ ...deed, after: { messageCount, settingsVersion } }, session);
      }
      return true;
    });
    if (won) {
      const actions = drafts.flatMap((draft) => draft.actions);
      say('Alert prepared', {
        ...{ investigationId: alert.investigationId, clusters: drafts.length },
        actions: actions.map(({ _id, status, messageCount, reasons }) => ({
          ...{ actionId: _id, status, messageCount },
          reasons: reasons.map(({ code }) => code),
        })),
      });
      await store.investigations.stage(alert.investigationId, 'cluster', drafts[0]?.cluster.queryTime ?? clock());
      await store.investigations.stage(alert.investigationId, 'decision', clock());
    }
    return won;
  }
}
