import { setTimeout } from 'node:timers/promises';
import { type ActionInput, type FollowResult, type OpenRevertsResult } from '../domain/contracts';
import { NO_CHUNK } from '../domain/chunk';
import { type RemovalOutcome } from '../domain/ledger';
import { revertDestination, TARGET_FOLDER } from '../domain/remediation';
import { type ActionDoc } from '../store/actions';
import { type LedgerDoc } from '../store/ledger';
import { type OpenedFor } from '../store/remediations';
import { type RevertDoc } from '../store/reverts';
import { type ActivityDeps } from './deps';
import { STOPPED } from './revert';
import { createWitness } from './witness';
import { eventOfAction, type RowResult } from './work-rows';

const PAGE = 2_000;

/** For how long one activity waits for reverts, and how often it looks. */
interface Following {
  readonly forMs: number;
  readonly everyMs: number;
}

/** A round costs the history eleven events: a day of waiting stays under 1,600. */
export const FOLLOWING: Following = { forMs: 10 * 60 * 1000, everyMs: 1_000 };

/**
 * Moving a message to Inbox or Junk that another action has removed is a revert of that message (law 6): the Take action
 * opens one revert for each owner, of those of its messages that the owner holds, and lists in its own ledger what came
 * of them.
 */
export function createOwnerReverts(deps: ActivityDeps, following: Following = FOLLOWING) {
  const { store, clock } = deps;
  const witness = createWitness(deps);

  return { openReverts, followReverts, listReverts };

  /**
   * Opens a revert for each owner, or finds the one that an attempt before opened; gives those that are open. An owner that
   * is at work keeps its mail. Where the action was stopped, or another attempt has ended it, nothing more is done.
   */
  async function openReverts({ actionId }: ActionInput): Promise<OpenRevertsResult> {
    const action = await store.actions.byId(actionId);
    if (action?.status !== 'Running' || action.halt !== null) return { revertIds: [] };
    const revertIds: string[] = [];
    const busy = new Set<string>();
    for (const owner of await store.ledger.openOwners(actionId)) {
      const opened = await open(action, owner);
      if (opened === 'over') return { revertIds };
      if (opened === 'busy') busy.add(owner);
      else if (opened !== 'done') revertIds.push(opened.revertId);
    }
    if (busy.size > 0) {
      await eachOpen(actionId, (rows) =>
        leave(
          action,
          rows.filter(({ ownerActionId }) => busy.has(ownerActionId ?? '')),
        ),
      );
    }
    return { revertIds };
  }

  /** Messages of an owner that cannot be reverted now stay; a retry asks for them again. */
  async function leave(action: ActionDoc, rows: readonly LedgerDoc[]): Promise<void> {
    const results = rows.map((row): RowResult => ({
      ...{ row, outcome: 'failed', reason: 'ownerAtWork', ownerActionId: row.ownerActionId, to: null },
    }));
    await list(action, results);
  }

  /**
   * Writes what came of rows, with their events, in one transaction (law 7): of those that are still open, and only while
   * the action works in the life that was read, no more stopped than it was then (law 5).
   */
  async function list({ _id, retries, halt }: ActionDoc, results: readonly RowResult[]): Promise<void> {
    const at = clock();
    await store.transaction(async (session) => {
      const action = await store.actions.collection.findOne({ _id, status: 'Running', retries }, { session });
      if (action === null || (action.halt === null) !== (halt === null)) return;
      const eventOf = eventOfAction(action);
      await store.ledger.close(
        results.map((result) => {
          const { row, ...found } = result;
          return { _id: row._id, fence: row.fence, ...found, event: eventOf(result) };
        }),
        at,
        session,
      );
    });
  }

  async function open(action: ActionDoc, ownerId: string): Promise<OpenedFor> {
    const owner = await store.actions.byId(ownerId);
    const destination = revertDestination(action.actionType);
    if (owner === null || destination === null) return 'busy';
    const by = action.decidedBy ?? action.startedBy;
    const revert: RevertDoc = {
      ...{ _id: deps.newId(), actionId: ownerId, destination, messageIds: null },
      ...{ forAction: action._id, forRetries: action.retries },
      ...{ status: 'Running', open: true, requestedBy: by, comment: action.comment, job: null, outcomes: null },
      ...{ startedAt: clock(), endedAt: null },
    };
    const deed = { subject: by, action: 'action.revert', target: ownerId, once: revert._id };
    const after = { revertId: revert._id, destination, forAction: action._id };
    return store.remediations.openRevertFor(action, owner, revert, (session) => witness({ ...deed, after }, session));
  }

  /** As {@link listReverts}, once they have all ended; where that takes too long, or the worker shuts down, it is not done. */
  async function followReverts(input: ActionInput, shutdown?: AbortSignal): Promise<FollowResult> {
    for (const until = Date.now() + following.forMs; ;) {
      const result = await listReverts(input);
      if (result.done || Date.now() >= until || shutdown?.aborted === true) return result;
      await pause(following.everyMs, shutdown);
    }
  }

  /** Lists what came of the reverts; `done` is false while one of them is at work. */
  async function listReverts({ actionId }: ActionInput): Promise<FollowResult> {
    const action = await store.actions.byId(actionId);
    const reverts = await store.reverts.forAction(actionId);
    if (action === null || reverts.length === 0) return { done: true };
    if (reverts.some((revert) => revert.open)) return { done: false };
    const ofThisLife = reverts.filter(({ forRetries = 0 }) => forRetries === action.retries);
    await eachOpen(actionId, (rows) => follow(action, ofThisLife, rows));
    return { done: true };
  }

  async function follow(action: ActionDoc, reverts: readonly RevertDoc[], rows: readonly LedgerDoc[]): Promise<void> {
    const found = await store.ledger.rowsOf(
      reverts.map(({ _id }) => _id),
      rows.map(({ messageId }) => messageId),
    );
    // A life has one revert of each owner, and a message one owner.
    const byMessage = new Map(found.map((row) => [row.messageId, row]));
    const over = rows.filter(({ messageId }) => !isLeft(action, byMessage.get(messageId)));
    const results = over.map((row): RowResult => ({ row, ...listed(action, byMessage.get(row.messageId), row) }));
    await list(action, results);
  }

  async function eachOpen(actionId: string, work: (rows: readonly LedgerDoc[]) => Promise<void>): Promise<void> {
    for (let after: string | null = null; ;) {
      const rows: LedgerDoc[] = await store.ledger.openRows(actionId, after, PAGE);
      const mine = rows.filter(({ chunk, ownerActionId }) => chunk === NO_CHUNK && ownerActionId !== null);
      if (mine.length > 0) await work(mine);
      after = rows.at(-1)?._id ?? null;
      if (after === null) return;
    }
  }
}

/** Waits, less long where it is told to. */
async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await setTimeout(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}

/** Whether a message was left alone since a person stopped the Take action: its row stays open, as every row of a stopped one. */
function isLeft({ halt }: ActionDoc, row: LedgerDoc | undefined): boolean {
  return halt !== null && (row === undefined || row.reason === STOPPED);
}

/** What the row of a revert means to the Take action that stands behind it. */
function listed(
  { actionType }: ActionDoc,
  row: LedgerDoc | undefined,
  { ownerActionId }: LedgerDoc,
): Omit<RowResult, 'row'> & { readonly outcome: RemovalOutcome } {
  switch (row?.outcome) {
    case 'restored':
      return { outcome: 'restored', reason: 'reverted', ownerActionId, to: row.to };
    case 'alreadyThere':
      return row.to === TARGET_FOLDER[actionType]
        ? { outcome: 'alreadyThere', reason: row.reason, ownerActionId: null, to: row.to }
        : { outcome: 'movedByUser', reason: row.reason, ownerActionId: null, to: row.to };
    case 'expired':
      return { outcome: 'alreadyGone', reason: row.reason, ownerActionId, to: null };
    case 'notOwned':
      return { outcome: 'alreadyGone', reason: row.reason, ownerActionId: row.ownerActionId, to: null };
    default:
      return { outcome: 'failed', reason: row?.reason ?? 'notReverted', ownerActionId, to: null };
  }
}
