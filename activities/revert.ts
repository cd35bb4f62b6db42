import { revertEndStatus } from '../domain/action';
import { type Job, type RevertInput, type RevertResult } from '../domain/contracts';
import { fillCounts, REVERT_OUTCOMES, sum } from '../domain/ledger';
import { type LedgerDoc } from '../store/ledger';
import { type RevertDoc } from '../store/reverts';
import { noticeOfRevert } from '../domain/notices';
import { announce } from './announce';
import { type ActivityDeps } from './deps';
import { layOut, type LedgerEntry } from './freeze';
import { createSettle } from './settle';
import { revertEvents } from './work-rows';

const PAGE = 5000;

/** The first and the last step of a revert: which messages it is to put back where, and how it ended. */
export function createRevert(deps: ActivityDeps) {
  const { store, clock } = deps;
  const { settle } = createSettle(deps);

  return { plan, close };

  /**
   * Freezes the ledger of a revert: what the action owns is to be restored, what another removal took is listed as
   * `notOwned` with its owner. The rows of an ended action do not change, so that a repeated plan writes the same.
   */
  async function plan({ revertId }: RevertInput): Promise<Job> {
    const revert = await known(revertId);
    if (revert.open) await announce(deps, noticeOfRevert(revert));
    if (revert.job !== null) return revert.job;
    const entries: LedgerEntry[] = [];
    for (let after: string | null = null; ;) {
      const rows = await store.ledger.rows(revert.actionId, {}, after, PAGE);
      entries.push(...(await entriesOf(revert, rows)));
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) break;
      after = last._id;
    }
    const { rows, job } = layOut('revert', revertId, entries);
    await store.ledger.insert(rows);
    const mine = await store.reverts.collection.updateOne({ _id: revertId, job: null, open: true }, { $set: { job } });
    return mine.matchedCount === 1 ? job : otherPlan(revertId);
  }

  /** The plan of an attempt that was first; where the revert was closed without one, this one came too late. */
  async function otherPlan(revertId: string): Promise<Job> {
    const { job } = await known(revertId);
    if (job !== null) return job;
    await store.ledger.removeAll(revertId);
    return layOut('revert', revertId, []).job;
  }

  async function entriesOf(revert: RevertDoc, rows: readonly LedgerDoc[]): Promise<LedgerEntry[]> {
    const asked = revert.messageIds === null ? null : new Set(revert.messageIds);
    const wanted = rows.filter(
      (row) =>
        (asked === null || asked.has(row.messageId)) &&
        (row.outcome === 'removed' || (row.outcome === 'alreadyGone' && row.ownerActionId !== null)),
    );
    // As they are known: the move back asks the mailbox, and leaves alone what is not so any more.
    const known = await store.messages.places(wanted.map(({ messageId }) => messageId));
    return wanted.map((row) => {
      const owned = row.outcome === 'removed';
      const message = known.get(row.messageId);
      return {
        messageId: row.messageId,
        mailbox: row.mailbox,
        networkMessageId: row.networkMessageId,
        receivedAt: row.receivedAt,
        from: message?.folder ?? row.to ?? '',
        to: targetOf(revert, row),
        revision: message?.revision ?? -1,
        outcome: owned ? 'open' : 'notOwned',
        ownerActionId: row.ownerActionId,
      };
    });
  }

  async function close({ revertId }: RevertInput): Promise<RevertResult> {
    const revert = await known(revertId);
    if (revert.job === null && (await closeUnplanned(revertId))) return { status: 'Failed', restored: 0, messages: 0 };
    await settle(revertId, 'timedOut', revertEvents);
    const outcomes = fillCounts(REVERT_OUTCOMES, await store.ledger.counts(revertId));
    const status = revertEndStatus(outcomes);
    await store.reverts.collection.updateOne(
      { _id: revertId, open: true },
      { $set: { status, outcomes, open: false, endedAt: clock() } },
    );
    await announce(deps, noticeOfRevert(await known(revertId)));
    return { status: revert.open ? status : revert.status, restored: outcomes.restored, messages: sum(outcomes) };
  }

  /** Where no plan was made nothing is known of what there was to restore: it failed, and can be asked for again. */
  async function closeUnplanned(revertId: string): Promise<boolean> {
    const outcomes = fillCounts(REVERT_OUTCOMES, {});
    const { matchedCount } = await store.reverts.collection.updateOne(
      { _id: revertId, open: true, job: null },
      { $set: { status: 'Failed', outcomes, open: false, endedAt: clock() } },
    );
    if (matchedCount === 0) return false;
    await store.ledger.removeAll(revertId);
    await announce(deps, noticeOfRevert(await known(revertId)));
    return true;
  }

  async function known(revertId: string): Promise<RevertDoc> {
    const revert = await store.reverts.byId(revertId);
    if (revert === null) throw new Error(`There is no revert ${revertId}`);
    return revert;
  }
}

function targetOf({ destination }: RevertDoc, row: LedgerDoc): string {
  switch (destination) {
    case 'original':
      return row.from;
    case 'inbox':
      return 'inbox';
    case 'junk':
      return 'junkemail';
  }
}
