import { type Request } from 'express';
import { doneOutcome } from '../domain/remediation';
import { MailboxError } from '../mail/provider';
import { type ActedFilter, type ActionDoc } from '../store/actions';
import { type ApiDeps } from './deps';
import { inTurns } from '../domain/in-turns';
import { Problem, problemBody, toProblem } from './problem';
import { openRevert, restorable, type RevertOrder } from './start-revert';

/** The bounds of one call: so many actions can be looked through while the caller waits. */
export const MANY = { actionIds: 500, actions: 1_000, messages: 200_000 } as const;

const AT_ONCE = 8;

/** The actions of one call: those named, or all that a filter finds; `null` for an id that names none. */
export type Selected = readonly (readonly [actionId: string, action: ActionDoc | null])[];

/** Finds the actions of a call. Throws a `conflict` where they are more than one call takes, which says what to do. */
export async function selectActions(
  { store }: ApiDeps,
  {
    actionIds,
    filter,
  }: { readonly actionIds?: readonly string[] | undefined; readonly filter?: ActedFilter | undefined },
): Promise<Selected> {
  const found =
    filter === undefined
      ? await store.actions.byIds(actionIds ?? [])
      : await store.actions.acted(filter, MANY.actions + 1);
  if (found.length > MANY.actions) throw tooMany(`More than ${MANY.actions} actions in one call`);
  const messages = found.reduce(
    (total, { outcomes, messageCount, actionType }) => total + (outcomes?.[doneOutcome(actionType)] ?? messageCount),
    0,
  );
  if (messages > MANY.messages) throw tooMany(`${messages} messages, where one call takes ${MANY.messages}`);
  if (actionIds === undefined) return found.map((action) => [action._id, action]);
  const byId = new Map(found.map((action) => [action._id, action]));
  return [...new Set(actionIds)].map((id) => [id, byId.get(id) ?? null]);
}

function tooMany(what: string): Problem {
  return new Problem(
    'conflict',
    `${what}: narrow the filter by from and to, or name fewer actionIds, and call again for the rest; one action alone goes by POST /actions/{id}/revert`,
  );
}

/** What {@link revertMany} would do now: nothing is changed. */
export async function previewMany(deps: ApiDeps, selected: Selected) {
  const mailboxes = new Set<string>();
  const looked = await forEach(selected, async (action) => {
    const found = await restorable(deps, action);
    for (const mailbox of found.mailboxes) mailboxes.add(mailbox);
    const { investigationId, decidedBy, startedAt, undoDeadline } = action;
    return {
      ...{ investigationId, decidedBy, startedAt, undoDeadline },
      ...{ messageCount: found.messageCount, mailboxCount: found.mailboxes.size },
    };
  });
  const items = looked.flatMap(({ actionId, done }) => (done === null ? [] : [{ actionId, ...done }]));
  return {
    actions: items.length,
    messages: items.reduce((total, { messageCount }) => total + messageCount, 0),
    mailboxes: mailboxes.size,
    skipped: looked.flatMap(({ actionId, problem }) =>
      problem === null ? [] : [{ actionId, reason: problem.message }],
    ),
    items,
  };
}

/** Opens a revert for each action that allows it; the others are listed with the reason. */
export async function revertMany(deps: ApiDeps, request: Request, selected: Selected, order: RevertOrder) {
  const opened = await forEach(selected, (action) => openRevert(deps, request, action, order));
  const items = opened.map(({ actionId, done, problem }) => ({
    actionId,
    id: done,
    status: done === null ? null : ('Running' as const),
    ...(problem === null ? {} : { problem: problemBody(problem, `/api/v1/actions/${actionId}/revert`) }),
  }));
  return { actions: items.filter(({ id }) => id !== null).length, items };
}

interface Result<R> {
  readonly actionId: string;
  readonly done: R | null;
  readonly problem: Problem | null;
}

/** Does something for each action; what one action or its mailboxes refuse stops none of the others. */
async function forEach<R>(selected: Selected, work: (action: ActionDoc) => Promise<R>): Promise<Result<R>[]> {
  return inTurns(selected, AT_ONCE, async ([actionId, action]) => {
    try {
      if (action === null) throw new Problem('not-found', `There is no action ${actionId}`);
      return { actionId, done: await work(action), problem: null };
    } catch (error) {
      if (!(error instanceof Problem || error instanceof MailboxError)) throw error;
      return { actionId, done: null, problem: toProblem(error) };
    }
  });
}
