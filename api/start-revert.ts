import { type Request } from 'express';
import { AT_WORK } from '../domain/action';
import { doneOutcome, isMove } from '../domain/remediation';
import { type ActionDoc } from '../store/actions';
import { newId } from '../store/collection';
import { type LedgerDoc } from '../store/ledger';
import { type RevertDestination, type RevertDoc } from '../store/reverts';
import { audit } from './audit';
import { callerOf } from './auth';
import { type ApiDeps } from './deps';
import { inTurns } from '../domain/in-turns';
import { Problem } from './problem';

/** What is asked of a revert; without `messageIds`, all that the action owns. */
export interface RevertOrder {
  readonly destination: RevertDestination;
  readonly messageIds?: readonly string[] | undefined;
  readonly comment?: string | undefined;
}

const IS_REVERTED = 'A revert of this action is running';
const LOOK_BATCH = 1000;
const STARTS_AT_ONCE = 8;

/**
 * Opens the revert of an action and records who asked; gives its id, for {@link handOver}. Throws a `conflict` where the
 * action still works, nothing that it removed is left, or a revert of it is open.
 */
export async function openRevert(
  deps: ApiDeps,
  request: Request,
  action: ActionDoc,
  order: RevertOrder,
): Promise<string> {
  const { clock } = deps;
  await mustBeFree(deps, action);
  const { done } = await owned(deps, action, order.messageIds).next();
  if (done === true) throw nothingLeft();
  const revertId = newId();
  const created = await createRevert(deps, request, action, {
    _id: revertId,
    actionId: action._id,
    destination: order.destination,
    messageIds: order.messageIds ?? null,
    status: 'Running',
    open: true,
    requestedBy: callerOf(request).name,
    comment: order.comment ?? null,
    job: null,
    outcomes: null,
    startedAt: clock(),
    endedAt: null,
  });
  if (!created) throw new Problem('conflict', IS_REVERTED);
  return revertId;
}

/** Stores a revert with its row of the audit, unless the action was set to work again, or got another revert, meanwhile. */
async function createRevert(
  { store, clock }: ApiDeps,
  request: Request,
  action: ActionDoc,
  revert: RevertDoc,
): Promise<boolean> {
  const { destination, messageIds, comment } = revert;
  const entry = {
    ...{ action: 'action.revert', target: action._id },
    after: { revertId: revert._id, destination, messageIds, comment },
  };
  return store.remediations.openRevert(action, revert, (session) => audit(store, clock, request, entry, session));
}

/** Hands opened reverts to Temporal, in their order; from the first that it does not take, the reconciler does it. */
export async function handOver({ gateway, logger }: ApiDeps, revertIds: readonly string[]): Promise<void> {
  try {
    await inTurns(revertIds, STARTS_AT_ONCE, (revertId) => gateway.startRevert(revertId));
  } catch (error) {
    logger.warn({ err: error, reverts: revertIds.length }, 'Temporal did not take it: the reconciler will');
  }
}

/** What a revert of the action would put back now. Throws as {@link openRevert} does. */
export async function restorable(
  deps: ApiDeps,
  action: ActionDoc,
): Promise<{ readonly messageCount: number; readonly mailboxes: ReadonlySet<string> }> {
  await mustBeFree(deps, action);
  const mailboxes = new Set<string>();
  let messageCount = 0;
  for await (const rows of owned(deps, action)) {
    messageCount += rows.length;
    for (const { mailbox } of rows) mailboxes.add(mailbox);
  }
  if (messageCount === 0) throw nothingLeft();
  return { messageCount, mailboxes };
}

async function mustBeFree({ store }: ApiDeps, { _id, status, actionType }: ActionDoc): Promise<void> {
  if (AT_WORK.includes(status)) {
    throw new Problem('conflict', `The action is ${status}: only an action that has ended can be reverted`);
  }
  if (actionType === 'hardDelete') throw new Problem('conflict', 'What was deleted for good cannot be put back');
  if ((await store.reverts.of([_id])).some(({ open }) => open)) throw new Problem('conflict', IS_REVERTED);
}

function nothingLeft(): Problem {
  return new Problem('conflict', 'Nothing that this action removed is left to restore');
}

/** The rows whose message still is where the action left it, and bears its stamp, batch by batch; no batch is empty. */
async function* owned(
  { store, provider }: ApiDeps,
  { _id: actionId, actionType }: ActionDoc,
  messageIds?: readonly string[],
): AsyncGenerator<LedgerDoc[], undefined> {
  const asked = messageIds === undefined ? null : new Set(messageIds);
  for (let after: string | null = null; ;) {
    const rows = await store.ledger.rows(actionId, { outcome: doneOutcome(actionType) }, after, LOOK_BATCH);
    const wanted = rows.filter(({ messageId }) => asked?.has(messageId) ?? true);
    const seen = new Map((await provider.locate(wanted)).map((message) => [message.messageId, message]));
    const ours = wanted.filter(({ messageId, to }) => {
      const message = seen.get(messageId);
      if (message === undefined || message.purged) return false;
      return isMove(actionType)
        ? message.restoredBy === actionId && message.removedBy === null && message.folder === to
        : message.removedBy === actionId;
    });
    if (ours.length > 0) yield ours;
    const last = rows.at(-1);
    if (last === undefined || rows.length < LOOK_BATCH) return;
    after = last._id;
  }
}
