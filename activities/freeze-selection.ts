import { chunkCounter, NO_CHUNK, planChunks } from '../domain/chunk';
import { type ActionInput, type FreezeResult, type Job } from '../domain/contracts';
import { groupBy } from '../domain/group';
import { ledgerRowId } from '../domain/ids';
import { fillCounts, REMOVAL_OUTCOMES, UNCLAIMED } from '../domain/ledger';
import { type ReasonDetail, secondPersonReasons } from '../domain/policy';
import { planRow, REMEDIATION } from '../domain/remediation';
import { needsSecondPerson, ruleFor } from '../domain/second-person';
import { type ActionDoc } from '../store/actions';
import { type LedgerDoc } from '../store/ledger';
import { type FreezeProgress, type MessageQuery, type SelectedMessage, type SelectionDoc } from '../store/selections';
import { announceActions } from './announce';
import { type ActivityDeps } from './deps';
import { FenceLostError } from './record';
import { say } from './say';
import { createWitness } from './witness';

const PAGE = 2_000;

/** Why an action cannot be frozen as it was asked for. */
interface Refusal {
  readonly code: 'selectionChanged' | 'tooManyOwners';
  readonly detail: string;
}

const CHANGED: Refusal = {
  code: 'selectionChanged',
  detail: 'The messages of the selection changed before they were frozen, and nothing was done: choose them again',
};

/**
 * Freezes the ledger of a Take action: every message that was chosen, where it is now, and nothing that came since
 * (law 1). It goes page by page, each written in one transaction that only the latest attempt can commit; an attempt
 * goes on where the last one came to. What the ledger holds in the end is compared with what was chosen by its digest.
 */
export function createFreezeSelection(deps: ActivityDeps) {
  const { store, clock } = deps;
  const witness = createWitness(deps);

  return { freezeSelection, giveUp, removeLeft };

  async function freezeSelection({ actionId }: ActionInput): Promise<FreezeResult> {
    const action = await known(actionId);
    if (action.status === 'Freezing') await freeze(action);
    const frozen = await known(actionId);
    await removeLeft(frozen);
    return standing(frozen);
  }

  async function standing(action: ActionDoc): Promise<FreezeResult> {
    const owners = (await store.ledger.openOwners(action._id)).length;
    await announceActions(deps, [action]);
    if (action.status === 'Pending') return { state: 'waiting', job: null, owners };
    if (action.status === 'Running' && action.retries === 0) return { state: 'ready', job: action.job, owners };
    if (action.status === 'Running' || action.status === 'Approved') return { state: 'look', job: null, owners };
    return { state: 'over', job: null, owners };
  }

  async function freeze(action: ActionDoc): Promise<void> {
    const selection = await store.selections.take(action._id);
    if (selection === null) throw new Error(`There is no selection of ${action._id}`);
    const query = await store.selections.query(selection, selection.cut);
    const leftOut = new Set(selection.leftOut);
    let progress = selection.progress ?? (await plan(action, query, leftOut));
    for await (const page of store.selections.inLedgerOrder(query, progress.after, PAGE)) {
      if ((await known(action._id)).halt !== null) return giveUp(action, 'Stopped', null);
      const taken = page.filter(({ mailbox }) => !leftOut.has(mailbox));
      const written = rowsOf(action, taken, progress);
      progress = { ...written.progress, after: placeOf(page) };
      await write(selection, written.rows, progress);
    }
    if ((await store.selections.digestOfLedger(action._id)) !== selection.hash) {
      return giveUp(action, 'Failed', CHANGED);
    }
    const owners = (await store.ledger.openOwners(action._id)).length;
    if (owners > REMEDIATION.owners) return giveUp(action, 'Failed', tooManyOwners(owners));
    await finish(action, selection, progress);
  }

  /** The chunks by the mailboxes' sizes as they are now; a message that moves until it is frozen only shifts their borders. */
  async function plan(
    { actionType }: ActionDoc,
    query: MessageQuery,
    leftOut: ReadonlySet<string>,
  ): Promise<FreezeProgress> {
    const groups = await store.selections.groups(query, REMEDIATION.messages + 1);
    const worked = groups.filter((group) => !leftOut.has(group.mailbox) && planRow(actionType, group).kind === 'work');
    const byMailbox = [...groupBy(worked, ({ mailbox }) => mailbox)].sort(([one], [other]) => (one < other ? -1 : 1));
    const sizes = byMailbox.map(([, of]) => of.reduce((total, { count }) => total + count, 0));
    return { ...planChunks(sizes), after: null, seq: 0, worked: 0 };
  }

  async function write(
    { _id, attempt }: SelectionDoc,
    rows: readonly LedgerDoc[],
    progress: FreezeProgress,
  ): Promise<void> {
    await store.transaction(async (session) => {
      if (!(await store.selections.hold(_id, attempt, progress, session))) throw new FenceLostError();
      if (rows.length > 0) await store.ledger.collection.insertMany([...rows], { session, ordered: false });
    });
  }

  /** Lets the action run, or wait for a second person; whichever holds with the settings as they are now. */
  async function finish(action: ActionDoc, { attempt }: SelectionDoc, progress: FreezeProgress): Promise<void> {
    const now = clock();
    const settings = await store.settings.get();
    const rule = ruleFor(action.actionType, settings.secondPerson);
    const waits = needsSecondPerson(rule, progress.seq);
    const reasons: readonly ReasonDetail[] = waits ? secondPersonReasons(action.actionType, rule) : [];
    const frozen = {
      ...{ reasons, settingsVersion: settings.version, messageCount: progress.seq, job: jobOf(action._id, progress) },
    };
    const fields: Partial<ActionDoc> = waits
      ? { ...frozen, decidedBy: null, decidedAt: null, expiresAt: new Date(now.getTime() + deps.pendingExpiryMs) }
      : { ...frozen, decidedBy: action.startedBy, decidedAt: action.createdAt, startedAt: now, begun: true };
    const done = await store.transaction(async (session) => {
      if (!(await store.selections.hold(action._id, attempt, progress, session))) throw new FenceLostError();
      const { matchedCount } = await store.actions.collection.updateOne(
        { _id: action._id, status: 'Freezing', halt: null },
        { $set: { ...fields, status: waits ? 'Pending' : 'Running' } },
        { session },
      );
      return matchedCount === 1;
    });
    if (!done && (await known(action._id)).halt !== null) return giveUp(action, 'Stopped', null);
    say('Action frozen', { actionId: action._id, messageCount: progress.seq, waits });
  }

  /** Ends an action that is not frozen: nothing was touched, and nothing is left of its ledger. */
  async function giveUp(
    { _id, startedBy }: ActionDoc,
    status: 'Stopped' | 'Failed',
    problem: Problem | null,
  ): Promise<void> {
    const outcomes = fillCounts(REMOVAL_OUTCOMES, {});
    const fields = { outcomes, problem, messageCount: 0, mailboxCount: 0, job: emptyJob(_id), endedAt: clock() };
    const ended = await store.transaction(async (session) => {
      // A later attempt of the freezing can write no row any more.
      await store.selections.collection.updateOne({ _id }, { $inc: { attempt: 1 } }, { session });
      if (!(await store.actions.endFreezing(_id, status, fields, session))) return false;
      const deed = { subject: startedBy, action: 'action.end', target: _id, once: `${_id}:freezing` };
      await witness({ ...deed, after: { status, problem } }, session);
      return true;
    });
    if (!ended) return;
    await removeLeft({ _id, status, messageCount: 0 });
    say('Action ended', { actionId: _id, status, problem: problem?.code ?? null });
  }

  /** Removes the rows of an action that ended before it was frozen; safe to repeat, since a worker may die before it has. */
  async function removeLeft({ _id, status, messageCount }: Pick<ActionDoc, '_id' | 'status' | 'messageCount'>) {
    if (messageCount === 0 && (status === 'Stopped' || status === 'Failed')) await store.ledger.removeAll(_id);
  }

  async function known(actionId: string): Promise<ActionDoc> {
    const action = await store.actions.byId(actionId);
    if (action === null) throw new Error(`There is no action ${actionId}`);
    return action;
  }
}

type Problem = NonNullable<ActionDoc['problem']>;

function tooManyOwners(owners: number): Refusal {
  return {
    code: 'tooManyOwners',
    detail: `The messages were removed by ${owners} actions, more than the ${REMEDIATION.owners} that one Take action puts back: use POST /reverts, or narrow the filter`,
  };
}

/** The rows of a page, each with what is to be done with it, and how far the ledger is with them. */
function rowsOf(
  { _id: jobId, actionType }: ActionDoc,
  page: readonly SelectedMessage[],
  { seq, worked, ...plan }: FreezeProgress,
): { readonly rows: LedgerDoc[]; readonly progress: FreezeProgress } {
  const chunkAt = chunkCounter(plan.sizes, worked);
  const rows = page.map((message, at): LedgerDoc => {
    const { mailbox, folder, revision, networkMessageId, receivedAt, removedBy, purgedAt } = message;
    const planned = planRow(actionType, { folder, removedBy, purged: purgedAt !== null });
    return {
      ...{ _id: ledgerRowId(jobId, seq + at), jobId, kind: 'action', fence: UNCLAIMED },
      ...{
        messageId: message._id,
        mailbox,
        networkMessageId,
        receivedAt,
        from: folder,
        to: null,
        revision,
        at: null,
        event: null,
      },
      chunk: planned.kind === 'work' ? chunkAt() : NO_CHUNK,
      outcome: planned.kind === 'done' ? planned.outcome : 'open',
      reason: planned.kind === 'done' ? planned.reason : null,
      ownerActionId: planned.kind === 'work' ? null : planned.ownerActionId,
    };
  });
  const more = rows.filter(({ chunk }) => chunk !== NO_CHUNK).length;
  return { rows, progress: { ...plan, seq: seq + rows.length, worked: worked + more } };
}

function placeOf(page: readonly SelectedMessage[]): FreezeProgress['after'] {
  const last = page.at(-1);
  return last === undefined ? null : { mailbox: last.mailbox, id: last._id };
}

function jobOf(id: string, { sizes, lanes, worked }: FreezeProgress): Job {
  return { kind: 'action', id, messageCount: worked, chunkCount: sizes.length, lanes };
}

function emptyJob(id: string): Job {
  return { kind: 'action', id, messageCount: 0, chunkCount: 0, lanes: [] };
}
