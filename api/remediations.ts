import { type Request } from 'express';
import { type ExplorerFilter } from '../domain/explorer';
import { actionWorkflowId } from '../domain/ids';
import { type ActionType, REMEDIATION } from '../domain/remediation';
import { type Retention } from '../domain/retention';
import { needsSecondPerson, ruleFor } from '../domain/second-person';
import { type AutomationSettings } from '../domain/settings';
import { EXPLORER_ACTION } from '../domain/action';
import { type ActionDoc } from '../store/actions';
import { newId } from '../store/collection';
import { type MessageQuery, type SelectedGroup, type SelectionDoc } from '../store/selections';
import { audit } from './audit';
import { callerOf } from './auth';
import { type ApiDeps } from './deps';
import { Problem } from './problem';

/** What a person orders: an action on messages that were picked, or that a filter finds. */
export interface Order {
  readonly name: string;
  readonly description?: string | undefined;
  readonly action: ActionType;
  readonly messageIds?: readonly string[] | undefined;
  readonly filter?: ExplorerFilter | undefined;
  readonly selectionHash?: string | undefined;
}

/** What was chosen, looked at as of one moment. */
export interface Chosen {
  readonly at: Date;
  readonly cut: string;
  readonly hash: string;
  readonly messageCount: number;
  readonly groups: readonly SelectedGroup[];
  readonly leftOut: readonly SelectedGroup[];
  /** As MongoDB finds it, and the mailboxes whose messages are left out of it. */
  readonly query: MessageQuery;
  readonly leftOutMailboxes: ReadonlySet<string>;
  readonly retentions: ReadonlyMap<string, Retention>;
}

const NAMED = 5;

/**
 * Looks at what an order chooses; nothing is changed. Throws `bad-request` where it names messages that there are not, and
 * `conflict` where nothing, too much, or what may not be touched is chosen.
 */
export async function choose(deps: ApiDeps, order: Order, settings: AutomationSettings): Promise<Chosen> {
  const { store, clock } = deps;
  const at = clock();
  const selection = { messageIds: order.messageIds ?? null, filter: order.filter ?? null, at };
  // Mail arrives meanwhile: every look below is at what was there at this moment.
  const query = await store.selections.query(selection, await store.selections.newest());
  const found = await store.selections.groups(query, REMEDIATION.messages + 1);
  if (order.messageIds !== undefined) await mustExist(deps, order.messageIds, countOf(found));
  if (countOf(found) > REMEDIATION.messages) {
    throw new Problem(
      'conflict',
      `More than ${REMEDIATION.messages} messages, as many as one action takes: narrow the filter, by from and to for instance`,
    );
  }
  const mailboxes = [...new Set(found.map(({ mailbox }) => mailbox))];
  const known = await deps.provider.retention(mailboxes);
  const unknown = mailboxes.filter((mailbox) => !known.has(mailbox));
  if (order.messageIds !== undefined && unknown.length > 0) {
    throw new Problem('conflict', `No provider that is configured has ${named(unknown)}: leave their messages out`);
  }
  const excluded = new Set([...unknown, ...settings.excludedMailboxes]);
  const [groups, leftOut] = [
    found.filter(({ mailbox }) => !excluded.has(mailbox)),
    found.filter(({ mailbox }) => excluded.has(mailbox)),
  ];
  if (countOf(groups) === 0) throw nothingChosen(countOf(leftOut));
  if (order.action === 'hardDelete') mustBeFree(groups, known);
  const { hash, count, last } = await store.selections.digest(query, excluded);
  return {
    at,
    cut: last,
    hash,
    messageCount: count,
    groups,
    leftOut,
    query,
    leftOutMailboxes: excluded,
    retentions: known,
  };
}

async function mustExist({ store }: ApiDeps, ids: readonly string[], found: number): Promise<void> {
  if (found === ids.length) return;
  const there = new Set((await store.messages.places(ids)).keys());
  const errors = ids.flatMap((id, at) =>
    there.has(id) ? [] : [{ path: `messageIds.${at}`, message: `there is no message ${id}` }],
  );
  throw new Problem(
    'bad-request',
    `${errors.length} of the messages are not there: ${errors[0]?.message ?? ''}`,
    errors,
  );
}

function nothingChosen(leftOut: number): Problem {
  return new Problem(
    'conflict',
    leftOut === 0
      ? 'No message is chosen: the filter finds none'
      : `All ${leftOut} messages are in mailboxes that are excluded or that no provider has`,
  );
}

/** A hold, or nobody knowing of one, refuses the whole order: nothing is half done. */
function mustBeFree(groups: readonly SelectedGroup[], known: Chosen['retentions']): void {
  const mailboxes = [...new Set(groups.map(({ mailbox }) => mailbox))];
  const held = mailboxes.filter((mailbox) => known.get(mailbox)?.hold === true);
  if (held.length > 0) throw new Problem('conflict', `A hold is on ${named(held)}: nothing there is deleted for good`);
  const unsure = mailboxes.filter((mailbox) => (known.get(mailbox)?.basis ?? 'unknown') === 'unknown');
  if (unsure.length > 0) throw new Problem('conflict', `Nobody knows whether a hold is on ${named(unsure)}`);
}

function named(mailboxes: readonly string[]): string {
  const more = mailboxes.length > NAMED ? ` and ${mailboxes.length - NAMED} more` : '';
  return `the mailboxes ${mailboxes.slice(0, NAMED).join(', ')}${more}`;
}

/** Makes sure that what is chosen is what the caller has seen. */
export function mustBeConfirmed({ selectionHash }: Order, { hash, messageCount }: Chosen): void {
  if (selectionHash === undefined && messageCount > REMEDIATION.unconfirmed) {
    const message = `is needed for ${messageCount} messages, more than ${REMEDIATION.unconfirmed}: send the one of a dry run`;
    throw new Problem('bad-request', `selectionHash: ${message}`, [{ path: 'selectionHash', message }]);
  }
  if (selectionHash !== undefined && selectionHash !== hash) {
    throw new Problem(
      'conflict',
      `The selection has changed since the dry run: it has ${messageCount} messages now. Look at it again with dryRun, and send its selectionHash`,
    );
  }
}

/** Throws a `conflict` where it is a hard delete while that is off: when it is ordered, approved or worked again. */
export function mustBeOn(type: ActionType, { remediation }: AutomationSettings): void {
  if (type !== 'hardDelete' || remediation.hardDelete) return;
  throw new Problem(
    'conflict',
    'Hard delete is off: an admin turns it on by remediation.hardDelete in PUT /settings/automation',
  );
}

/** Stores the action, `Freezing`, with what it is to work on and its row of the audit; its workflow does the rest. */
export async function placeOrder(
  { store, clock }: ApiDeps,
  request: Request,
  order: Order,
  chosen: Chosen,
  settings: AutomationSettings,
): Promise<ActionDoc> {
  const { name: by } = callerOf(request);
  const action = actionOf(newId(), by, order, chosen, settings);
  const selection: SelectionDoc = {
    ...{ _id: action._id, messageIds: order.messageIds ?? null, filter: order.filter ?? null },
    ...{ at: chosen.at, cut: chosen.cut, messageCount: chosen.messageCount, hash: chosen.hash },
    leftOut: [...chosen.leftOutMailboxes],
    ...{ attempt: 0, progress: null },
  };
  const { action: type, name, description, filter } = order;
  const after = { action: type, name, description, filter, messages: chosen.messageCount, selectionHash: chosen.hash };
  const refused = await store.transaction(async (session) => {
    const inTheWay = await store.remediations.open(action, selection, settings.remediation, session);
    if (inTheWay !== null) {
      await session.abortTransaction();
      return inTheWay;
    }
    const entry = { action: 'remediation.start', target: action._id, after };
    await audit(store, clock, request, entry, session);
    return null;
  });
  if (refused !== null) throw tooMany(refused);
  return action;
}

/** There is as much at work as may be. */
export function tooMany(inTheWay: string): Problem {
  return new Problem('too-many-requests', `${inTheWay}: wait for one to end, or stop one (POST /actions/{id}/stop)`);
}

function actionOf(
  _id: string,
  by: string,
  { name, description, action: actionType }: Order,
  { at, messageCount, groups, leftOut }: Chosen,
  settings: AutomationSettings,
): ActionDoc {
  const waits = needsSecondPerson(ruleFor(actionType, settings.secondPerson), messageCount);
  return {
    ...{ _id, investigationId: null, clusterId: null, key: null, actionType, actionSource: EXPLORER_ACTION },
    ...{ name, description: description ?? null, leftOutCount: countOf(leftOut), problem: null, comment: null },
    ...{ status: 'Freezing', decidedBy: waits ? null : by, decidedAt: waits ? null : at, reasons: [] },
    ...{ startedBy: by, requestedBy: null, decisionId: null, halt: null, workflowId: actionWorkflowId(_id) },
    ...{ retries: 0, revertCount: 0, followedBy: null, settingsVersion: settings.version, messageCount },
    mailboxCount: new Set(groups.map(({ mailbox }) => mailbox)).size,
    job: { kind: 'action', id: _id, messageCount: 0, chunkCount: 0, lanes: [] },
    ...{ begun: false, outcomes: null, undoDeadline: null, undoBasis: null, expiresAt: null },
    ...{ createdAt: at, startedAt: null, endedAt: null },
  };
}

/** How many messages are in these groups. */
export function countOf(groups: readonly Pick<SelectedGroup, 'count'>[]): number {
  return groups.reduce((total, { count }) => total + count, 0);
}
