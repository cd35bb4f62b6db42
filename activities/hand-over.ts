import { SYSTEM } from '../domain/action';
import { pausedReason, type ReasonDetail, withSecondPerson } from '../domain/policy';
import { type AutomationSettings } from '../domain/settings';
import { type ActionDoc } from '../store/actions';
import { type LedgerDoc } from '../store/ledger';
import { type ActivityDeps } from './deps';
import { createDrafts } from './drafts';
import { type LedgerEntry } from './freeze';
import { pendingFields } from './pending';

const PAGE = 5000;

/**
 * What a pause left open becomes a pending action (law 10): the rows leave the ledger of the action that was held up and
 * make the ledger of a new one, in one transaction, so that each message stands in one ledger at every moment.
 */
export function createHandOver(deps: ActivityDeps) {
  const { store, clock } = deps;
  const drafting = createDrafts(deps);

  /** Says whether anything is left to the action itself; where nothing had been done yet, it waits as a whole instead. */
  return async function handOver(action: ActionDoc): Promise<boolean> {
    const open = await openEntries(action._id);
    if (open.length === 0) return true;
    const settings = await store.settings.get();
    if (open.length === action.messageCount) {
      await wait(action, settings);
      return false;
    }
    const heir = await freezeHeir(action, settings, open);
    const left = {
      messageCount: action.messageCount - open.length,
      mailboxCount: (await store.ledger.workedMailboxes(action._id)).length,
    };
    const moved = await store.transaction(async (session) => {
      const { modifiedCount } = await store.actions.collection.updateOne(
        { _id: action._id, status: 'Running', decisionId: action.decisionId, followedBy: null },
        { $set: { followedBy: heir._id, ...left } },
        { session },
      );
      if (modifiedCount === 0) return false;
      await store.ledger.collection.deleteMany({ jobId: action._id, outcome: 'open' }, { session });
      await drafting.reveal(heir, session);
      await store.clusters.collection.updateOne(
        { _id: action.clusterId ?? '' },
        { $push: { actionIds: heir._id } },
        { session },
      );
      return true;
    });
    if (!moved) await drafting.discard([heir._id]);
    return true;
  };

  async function wait(action: ActionDoc, settings: AutomationSettings): Promise<void> {
    const expiresAt = new Date(clock().getTime() + deps.pendingExpiryMs);
    const fields = {
      ...pendingFields(action.messageCount, settings, [heldUp(action, action.messageCount)], expiresAt),
      ...{ begun: false, halt: null },
    };
    await store.transaction(async (session) => {
      if (await store.actions.advance(action._id, 'Pending', fields, session, action)) {
        await store.budget.settle({ actionId: action._id, removed: 0, at: clock() }, session);
      }
    });
  }

  function freezeHeir(
    action: ActionDoc,
    settings: AutomationSettings,
    open: readonly LedgerEntry[],
  ): Promise<ActionDoc> {
    const { startedBy, requestedBy, clusterId, investigationId, key } = action;
    const cluster = { clusterId, investigationId, key };
    const reasons = withSecondPerson([heldUp(action, open.length)], open.length, settings);
    const about = { cluster, automatic: false, reasons, startedBy, requestedBy, settingsVersion: settings.version };
    return drafting.freezeAction(about, open);
  }

  async function openEntries(jobId: string): Promise<LedgerEntry[]> {
    const entries: LedgerEntry[] = [];
    for (let after: string | null = null; ;) {
      const rows = await store.ledger.openRows(jobId, after, PAGE);
      entries.push(...rows.map(entryOf));
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return entries;
      after = last._id;
    }
  }
}

/** The pause that held the action up, and how much it left. */
function heldUp({ halt, messageCount }: ActionDoc, left: number): ReasonDetail {
  const { code, detail } = pausedReason({ by: halt?.by ?? SYSTEM, since: halt?.at.toISOString() ?? null });
  return { code, detail: `${detail}: ${left} of ${messageCount} messages were left` };
}

function entryOf({ messageId, mailbox, networkMessageId, receivedAt, from, revision }: LedgerDoc): LedgerEntry {
  const place = { from, to: null, revision };
  return { messageId, mailbox, networkMessageId, receivedAt, ...place, outcome: 'open', ownerActionId: null };
}
