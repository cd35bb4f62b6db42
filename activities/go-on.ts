import { AUTOMATION, isAutomatic } from '../domain/action';
import { clusterReasons, pausedReason, type ReasonDetail, standingReasons, tightenedReasons } from '../domain/policy';
import { type AutomationSettings } from '../domain/settings';
import { type ActionDoc } from '../store/actions';
import { type Session } from '../store/collection';
import { type AutomationState } from '../store/control';
import { announceActions } from './announce';
import { type ActivityDeps } from './deps';
import { kinOf } from './kin';
import { pauseOf, pendingFields } from './pending';

/** The action, and the mailboxes that its next move must leave alone; `null` where there is to be no move. */
export type GoOn = { readonly action: ActionDoc; readonly excluded: ReadonlySet<string> } | null;

const NOBODY: ReadonlySet<string> = new Set();

/**
 * The last look before every move. A stopped action does not go on. What automation does is looked at with the settings
 * as they are now: at its first move it becomes pending where they, a pause or the budget forbid it; once it has begun,
 * only a pause holds it up, and a mailbox that was excluded meanwhile keeps its mail. What a person decided goes on.
 */
export function createGoOn(deps: ActivityDeps) {
  const { store, clock } = deps;

  return goOn;

  async function goOn(actionId: string): Promise<GoOn> {
    const action = await store.actions.byId(actionId);
    if (action?.status !== 'Running' || action.halt !== null) return null;
    if (!isAutomatic(action)) return { action, excluded: NOBODY };
    const [settings, state] = await Promise.all([store.settings.get(), store.control.get()]);
    if (!action.begun) return begin(action, settings, state);
    if (state.paused) {
      await store.actions.halt(actionId, { reason: 'automationPaused', by: state.by, comment: null, at: clock() });
      return null;
    }
    return { action, excluded: nowExcluded(action, settings) };
  }

  /** Takes the action's part of the budget and lets it begin, or makes it pending with every reason that holds now. */
  async function begin(action: ActionDoc, settings: AutomationSettings, state: AutomationState): Promise<GoOn> {
    const pause = pauseOf(state);
    const [cluster, investigation] = await Promise.all([
      store.clusters.byId(action.clusterId ?? ''),
      store.investigations.byId(action.investigationId ?? ''),
    ]);
    // Ended by a person before the action was there to be stopped.
    if (investigation?.termination !== null && investigation !== null) {
      await store.actions.halt(action._id, { reason: 'stopped', ...investigation.termination });
      return null;
    }
    const ofCluster =
      cluster === null || settings.version === action.settingsVersion
        ? []
        : [
            ...clusterReasons({ ...cluster.facts, startedByPerson: false }, settings),
            ...tightenedReasons(cluster.facts, settings),
          ];
    const known = [...ofCluster, ...(pause === null ? [] : [pausedReason(pause)])];
    const reasons = await decideBeginning(action, settings, known);
    // Another chunk was first, or a person stopped it: what holds now is looked at as it is now.
    if (reasons === null) return goOn(action._id);
    if (reasons.length === 0) return { action, excluded: nowExcluded(action, settings) };
    await announceActions(deps, await kinOf(store, action));
    return null;
  }

  /**
   * In one transaction: takes the action's part of the budget and lets it begin, or makes it pending. Gives the reasons
   * that it waits for; `null` where it was not as it was read, and nothing was written.
   */
  async function decideBeginning(
    action: ActionDoc,
    settings: AutomationSettings,
    known: readonly ReasonDetail[],
  ): Promise<readonly ReasonDetail[] | null> {
    const expiresAt = new Date(clock().getTime() + deps.pendingExpiryMs);
    return store.transaction(async (session) => {
      const reasons = known.length > 0 ? known : await reserve(action, settings, session);
      const { matchedCount } = await store.actions.collection.updateOne(
        { _id: action._id, status: 'Running', begun: false, halt: null },
        reasons.length === 0
          ? { $set: { begun: true, startedAt: clock() } }
          : { $set: pendingFields(action.messageCount, settings, reasons, expiresAt) },
        { session },
      );
      if (matchedCount === 1) return reasons;
      await session.abortTransaction();
      return null;
    });
  }

  async function reserve(action: ActionDoc, settings: AutomationSettings, session: Session): Promise<ReasonDetail[]> {
    const { _id: actionId, messageCount: messages } = action;
    let over: ReasonDetail[] = [];
    await store.budget.reserve(
      { actionId, messages, now: clock() },
      (used) => {
        over = standingReasons(messages, settings, { pause: null, used });
        return over.length === 0;
      },
      session,
    );
    return over;
  }
}

/** Mailboxes that somebody excluded from automation after the ledger was frozen. */
function nowExcluded({ decidedBy, settingsVersion }: ActionDoc, settings: AutomationSettings): ReadonlySet<string> {
  const same = decidedBy !== AUTOMATION || settings.version === settingsVersion;
  return same ? NOBODY : new Set(settings.excludedMailboxes);
}
