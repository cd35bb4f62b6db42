import { type ChunkInput, type ChunkResult } from '../domain/contracts';
import { groupBy } from '../domain/group';
import { type ActionType, doneOutcome, isMove, TARGET_FOLDER } from '../domain/remediation';
import { type MessageRef, type MoveReport, type RestoreRef, type SightedMessage, type Stamp } from '../mail/provider';
import { type WorkRow } from '../store/ledger';
import { haltBehind } from './behind';
import { type ActivityDeps } from './deps';
import { createGoOn } from './go-on';
import { createKeepEvidence, type Objections } from './keep-evidence';
import { FenceLostError, record } from './record';
import { actionResults, eventOfAction, eventOfRevert, revertResults, type RowResult } from './work-rows';

/** What came of moving rows: ids, and what the mailboxes show. */
interface Worked {
  readonly moved: ReadonlySet<string>;
  /** Why a mailbox would not move a message, as a code. */
  readonly errors: ReadonlyMap<string, string>;
  /** Messages in mailboxes that could not be reached. */
  readonly away: ReadonlySet<string>;
  readonly seen: readonly SightedMessage[];
}

/** Some mailboxes of the chunk are away: what could be done is recorded, Temporal's retry does the rest. */
class MailboxesAwayError extends Error {
  readonly code = 'unreachable';
  readonly retryable = true;
  constructor(messages: number) {
    super(`${messages} messages are in mailboxes that cannot be reached`);
    this.name = 'MailboxesAwayError';
  }
}

/** A message that is fenced for others again and again is left to the next attempt. */
const MOVE_ROUNDS = 3;

class StillFencedError extends Error {
  readonly code = 'stillFenced';
  readonly retryable = true;
  constructor() {
    super('Messages are being fenced for other actions');
    this.name = 'StillFencedError';
  }
}

/**
 * Works through one chunk of a ledger: takes its open rows under a new fence, moves the messages in the provider's own
 * batch, looks where they are, and records what it saw. Safe to repeat at any point: rows with an outcome are left
 * alone, and a message that bears our stamp already counts as removed.
 */
export function createApplyChunk(deps: ActivityDeps) {
  const { store, provider, clock } = deps;
  const goOn = createGoOn(deps);
  const keepEvidence = createKeepEvidence(deps);

  return async function workThroughChunk(input: ChunkInput): Promise<ChunkResult> {
    return input.kind === 'action' ? actOnChunk(input) : restoreChunk(input);
  };

  async function actOnChunk({ jobId, chunk }: ChunkInput): Promise<ChunkResult> {
    const { fence, rows } = await claim(jobId, chunk);
    if (rows.length === 0) return { done: 0, halted: false };
    const allowed = await goOn(jobId);
    if (allowed === null) return { done: 0, halted: true };
    const { action, excluded } = allowed;
    const { barred, unread } = action.actionType === 'hardDelete' ? await keepEvidence(action, rows) : NOTHING_AGAINST;
    const read = rows.filter(({ messageId }) => !unread.has(messageId));
    const takeable = read.filter(({ mailbox, messageId }) => !excluded.has(mailbox) && !barred.has(messageId));
    const { moved, errors, seen, away } = await moveAndLook(read, fence, takeable, (refs) =>
      move(action.actionType, refs, { jobId, at: clock() }),
    );
    const here = read.filter(({ messageId }) => !away.has(messageId));
    const attempted = { moved, errors: new Map([...errors, ...barred]), excluded };
    const results = [...actionResults(action, here, seen, attempted), ...refusedResults(rows, unread)];
    const at = clock();
    await record(store, results, eventOfAction(action), { fence, at });
    await store.actions.progressed(jobId, at);
    if (action.investigationId !== null && results.some(({ outcome }) => outcome === doneOutcome(action.actionType))) {
      await store.investigations.removedAt(action.investigationId, at);
    }
    await endWithout(awayOf(rows, results), fence);
    return { done: rows.length, halted: false };
  }

  /** Ends the attempt where rows are left whose mailboxes are away; the ledger says so for as long as they wait. */
  async function endWithout(left: readonly WorkRow[], fence: number): Promise<void> {
    if (left.length === 0) return;
    const error = new MailboxesAwayError(left.length);
    await store.ledger.waits(
      left.map(({ _id }) => _id),
      fence,
      error.code,
    );
    throw error;
  }

  function move(type: ActionType, refs: readonly MessageRef[], stamp: Stamp): Promise<MoveReport[]> {
    if (type === 'softDelete') return provider.softDelete(refs, stamp);
    return type === 'hardDelete' ? provider.hardDelete(refs, stamp) : provider.move(refs, TARGET_FOLDER[type], stamp);
  }

  async function restoreChunk({ jobId, chunk }: ChunkInput): Promise<ChunkResult> {
    const revert = await store.reverts.byId(jobId);
    if (revert?.open !== true) return { done: 0, halted: false };
    const action = await store.actions.byId(revert.actionId);
    const wasMove = action !== null && isMove(action.actionType);
    const { fence, rows } = await claim(jobId, chunk);
    // A person who stops the Take action behind it stops what it has put back for it (law 10).
    if ((await haltBehind(store, revert)) !== null) return { done: 0, halted: true };
    const toFolder = new Map(rows.map(({ messageId, to }) => [messageId, to ?? 'inbox']));
    const { errors, seen, away } = await moveAndLook(rows, fence, rows, (refs) => {
      const back = refs.map((ref): RestoreRef => ({ ...ref, toFolder: toFolder.get(ref.messageId) ?? 'inbox' }));
      const stamp = { jobId, at: clock() };
      return wasMove ? moveBack(back, stamp) : provider.restore(back, revert.actionId, stamp);
    });
    const results = revertResults(
      { ...revert, wasMove },
      rows.filter(({ messageId }) => !away.has(messageId)),
      seen,
      errors,
    );
    const at = clock();
    await record(store, results, eventOfRevert, { fence, at });
    await store.reverts.progressed(jobId, at);
    await endWithout(awayOf(rows, results), fence);
    return { done: rows.length, halted: false };
  }

  /** What was moved, not removed, bears no removal stamp: it is moved back from where the plan saw it. */
  async function moveBack(refs: readonly RestoreRef[], stamp: Stamp): Promise<MoveReport[]> {
    const reports: MoveReport[] = [];
    for (const [folder, group] of groupBy(refs, ({ toFolder }) => toFolder)) {
      reports.push(...(await provider.move(group, folder, stamp)));
    }
    return reports;
  }

  /**
   * Moves rows, then looks where all are, but for those whose mailbox has shown it with the move. Rows of a mailbox that
   * is away are worked by the next attempt: the others are done. A message that is where the ledger saw it, and whose revision was only raised
   * by a fence of another job, is moved again, if this attempt still owns its row.
   */
  async function moveAndLook(
    rows: readonly WorkRow[],
    fence: number,
    takeable: readonly WorkRow[],
    move: (refs: readonly MessageRef[]) => Promise<readonly MoveReport[]>,
  ): Promise<Worked> {
    const moved = new Set<string>();
    const errors = new Map<string, string>();
    const away = new Set<string>();
    const shown = new Map<string, SightedMessage>();
    let toMove = takeable;
    for (let round = 1; ; round++) {
      for (const { messageId, seen, ...report } of await move(toMove.map(refOf))) {
        if (report.moved) moved.add(messageId);
        if (report.error !== undefined) errors.set(messageId, report.error);
        if (report.retryable === true) away.add(messageId);
        else if (seen !== undefined) shown.set(messageId, seen);
      }
      const unasked = rows.filter(({ messageId }) => !away.has(messageId) && !shown.has(messageId));
      const located = unasked.length === 0 ? [] : await provider.locate(unasked.map(refOf));
      for (const message of located) if (message.unreachable === true) away.add(message.messageId);
      const byId = new Map([...shown, ...located.map((message) => [message.messageId, message] as const)]);
      toMove = toMove.flatMap((row) => (away.has(row.messageId) ? [] : fencedByOthers(row, byId.get(row.messageId))));
      for (const { messageId } of toMove) shown.delete(messageId);
      if (toMove.length === 0) return { moved, errors, away, seen: [...byId.values()] };
      if (round === MOVE_ROUNDS) throw new StillFencedError();
      if ((await store.ledger.follow(toMove, fence)) !== toMove.length) throw new FenceLostError();
    }
  }

  async function claim(jobId: string, chunk: number): Promise<{ fence: number; rows: WorkRow[] }> {
    const fence = await store.fences.next(jobId, chunk);
    return { fence, rows: await store.ledger.claim(jobId, chunk, fence) };
  }
}

const NOTHING_AGAINST: Objections = { barred: new Map(), unread: new Map() };

/** Rows without a result: their mailboxes are away. */
function awayOf(rows: readonly WorkRow[], results: readonly RowResult[]): WorkRow[] {
  const worked = new Set(results.map(({ row }) => row._id));
  return rows.filter(({ _id }) => !worked.has(_id));
}

/** Rows whose mailbox lets us in no more: it is not asked once more where the messages are, or accounts are locked. */
function refusedResults(rows: readonly WorkRow[], unread: Objections['unread']): RowResult[] {
  return rows.flatMap((row): RowResult[] => {
    const why = unread.get(row.messageId);
    if (why === undefined || why.retryable) return [];
    return [{ row, outcome: 'failed', reason: why.code, ownerActionId: null, to: null }];
  });
}

/** The row with the revision of now, where nothing but fences has raised it. */
function fencedByOthers(row: WorkRow, message: SightedMessage | undefined): WorkRow[] {
  const inPlace =
    message?.found === true &&
    !message.purged &&
    message.folder === row.from &&
    message.revision > row.revision &&
    message.placedAt <= row.revision;
  return inPlace ? [{ ...row, revision: message.revision }] : [];
}

function refOf({ messageId, mailbox, from, revision }: WorkRow): MessageRef {
  return { messageId, mailbox, folder: from, revision };
}
