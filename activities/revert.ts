import { revertEndStatus } from '../domain/action';
import { type Job, type RevertInput, type RevertResult } from '../domain/contracts';
import { fillCounts, FIRST_FENCE, type Outcome, REVERT_OUTCOMES, sum } from '../domain/ledger';
import { type LedgerDoc } from '../store/ledger';
import { type RevertDoc } from '../store/reverts';
import { noticeOfRevert } from '../domain/notices';
import { announce } from './announce';
import { haltBehind } from './behind';
import { type ActivityDeps } from './deps';
import { createLayout, type LedgerEntry } from './freeze';
import { createSettle } from './settle';
import { eventOfRevert } from './work-rows';

const PAGE = 5000;
/** Why a revert left a message where it was, where a person has stopped the Take action behind it. */
export const STOPPED = 'stopped';
/** What an action did itself, and so owns. */
const DONE: readonly Outcome[] = ['removed', 'moved'];

/** What decides whether a row is of interest, and where it belongs. */
const CHOICE = ['messageId', 'mailbox', 'outcome', 'ownerActionId'] as const;
/** What the row that puts it back is made of. */
const WHOLE = [...CHOICE, 'jobId', 'networkMessageId', 'receivedAt', 'from', 'to'] as const;
type Row<F extends keyof LedgerDoc> = Pick<LedgerDoc, F | '_id'>;
type Choice = Row<(typeof CHOICE)[number]>;
type Whole = Row<(typeof WHOLE)[number]>;

/** Whether a row is of interest to a revert: what the action did, and what it found or put back for another. */
function isOf({ outcome, ownerActionId }: Choice): boolean {
  return DONE.includes(outcome) || ((outcome === 'alreadyGone' || outcome === 'restored') && ownerActionId !== null);
}

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
    const job = await layOutPages(revert);
    const mine = await store.reverts.collection.updateOne({ _id: revertId, job: null, open: true }, { $set: { job } });
    return mine.matchedCount === 1 ? job : otherPlan(revertId);
  }

  /** The plan of an attempt that was first; where the revert was closed without one, this one came too late. */
  async function otherPlan(revertId: string): Promise<Job> {
    const { job } = await known(revertId);
    if (job !== null) return job;
    await store.ledger.removeAll(revertId);
    return { kind: 'revert', id: revertId, messageCount: 0, chunkCount: 0, lanes: [] };
  }

  /** Writes the ledger page by page, in two walks: the first counts what each mailbox has, so that chunks can be laid out. */
  async function layOutPages(revert: RevertDoc): Promise<Job> {
    const sizes = new Map<string, number>();
    for await (const rows of wantedRows(revert, CHOICE)) {
      for (const { mailbox } of rows) sizes.set(mailbox, (sizes.get(mailbox) ?? 0) + 1);
    }
    const layout = createLayout('revert', revert._id, [...sizes.values()], FIRST_FENCE);
    for await (const rows of wantedRows(revert, WHOLE))
      await store.ledger.insert(layout.rowsOf(await entriesOf(revert, rows)));
    return layout.job;
  }

  /** The rows that the revert is about, in ledger order, each with these fields. */
  async function* wantedRows<F extends keyof LedgerDoc>(
    { actionId, messageIds, forAction }: RevertDoc,
    fields: readonly (F | keyof Choice)[],
  ): AsyncGenerator<Row<F | keyof Choice>[]> {
    const asked = messageIds === null ? null : new Set(messageIds);
    for (let after: string | null = null; ;) {
      const rows: Row<F | keyof Choice>[] = await store.ledger.walk(actionId, fields, after, PAGE);
      const ids = rows.map(({ messageId }) => messageId);
      const among = forAction === undefined ? asked : await store.ledger.ownedIn(forAction, actionId, ids);
      const wanted = rows.filter((row) => (among?.has(row.messageId) ?? true) && isOf(row));
      if (wanted.length > 0) yield wanted;
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      after = last._id;
    }
  }

  async function entriesOf(revert: RevertDoc, rows: readonly Whole[]): Promise<LedgerEntry[]> {
    // As they are known: the move back asks the mailbox, and leaves alone what is not so any more.
    const known = await store.messages.places(rows.map(({ messageId }) => messageId));
    return rows.map((row) => {
      const message = known.get(row.messageId);
      // What was moved, and has been moved again since, is not moved back.
      const stays = row.outcome !== 'moved' || (message?.restoredBy === row.jobId && message.folder === row.to);
      const to = targetOf(revert, row);
      const isThere = row.outcome === 'moved' && stays && message?.folder === to;
      return {
        messageId: row.messageId,
        mailbox: row.mailbox,
        networkMessageId: row.networkMessageId,
        receivedAt: row.receivedAt,
        from: message?.folder ?? row.to ?? '',
        to,
        revision: stays ? (message?.revision ?? -1) : -1,
        outcome: isThere ? 'alreadyThere' : DONE.includes(row.outcome) ? 'open' : 'notOwned',
        ownerActionId: row.ownerActionId,
      };
    });
  }

  async function close({ revertId }: RevertInput): Promise<RevertResult> {
    const revert = await known(revertId);
    if (revert.job === null && (await closeUnplanned(revertId))) return { status: 'Failed', restored: 0, messages: 0 };
    const reason = (await haltBehind(store, revert)) === null ? 'timedOut' : STOPPED;
    await settle(revertId, reason, { eventOf: eventOfRevert, done: 'restored' });
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

function targetOf({ destination }: RevertDoc, row: Whole): string {
  switch (destination) {
    case 'original':
      return row.from;
    case 'inbox':
      return 'inbox';
    case 'junk':
      return 'junkemail';
  }
}
