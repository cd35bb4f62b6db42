import { latestLocation } from '../domain/location';
import { type ActionType, planRow, type RowPlan } from '../domain/remediation';
import { firstUndoDeadline } from '../domain/retention';
import { needsSecondPerson, ruleFor } from '../domain/second-person';
import { type AutomationSettings } from '../domain/settings';
import { type ListedMessage, type SelectedGroup } from '../store/selections';
import { type Columns } from './csv';
import { type ApiDeps } from './deps';
import { type Chosen, countOf, type Order } from './remediations';

const SAMPLE = 10;

/** What the order would do, for the person who is to confirm it. */
export async function previewOf(deps: ApiDeps, { action }: Order, chosen: Chosen, settings: AutomationSettings) {
  const { groups, leftOut, messageCount } = chosen;
  const plans = groups.map((group) => ({ group, plan: planRow(action, group) }));
  const sample = await sampleOf(deps, chosen);
  const counted = (kind: 'work' | 'revert' | 'alreadyGone' | 'alreadyThere'): number =>
    countOf(
      plans.flatMap(({ group, plan }) => ((plan.kind === 'done' ? plan.outcome : plan.kind) === kind ? [group] : [])),
    );
  return {
    action,
    messageCount,
    mailboxCount: new Set(groups.map(({ mailbox }) => mailbox)).size,
    leftOut: { messages: countOf(leftOut), mailboxes: new Set(leftOut.map(({ mailbox }) => mailbox)).size },
    locationCounts: sumBy(groups, ({ folder, purged }) => latestLocation(folder, purged)),
    expected: {
      toDo: counted('work'),
      toRevert: counted('revert'),
      alreadyThere: counted('alreadyThere'),
      alreadyGone: counted('alreadyGone'),
    },
    secondPersonNeeded: needsSecondPerson(ruleFor(action, settings.secondPerson), messageCount),
    undo: action === 'softDelete' ? undoOf(chosen, plans) : null,
    sample: sample.map(({ _id, mailbox, folder, subject, senderAddress, receivedAt, purgedAt }) => ({
      ...{ id: _id, mailbox, subject, senderAddress, receivedAt },
      latestDeliveryLocation: latestLocation(folder, purgedAt !== null),
    })),
    selectionHash: chosen.hash,
  };
}

async function sampleOf({ store }: ApiDeps, { query, leftOutMailboxes }: Chosen): Promise<ListedMessage[]> {
  for await (const page of store.selections.listed(query, leftOutMailboxes, SAMPLE)) return page;
  return [];
}

/** When the way back begins to close for what would be taken now: at the first mailbox that lets go of it. */
function undoOf(
  { at, retentions }: Chosen,
  plans: readonly { readonly group: SelectedGroup; readonly plan: RowPlan }[],
): ReturnType<typeof firstUndoDeadline> {
  const taken = plans.filter(({ plan }) => plan.kind === 'work').map(({ group: { mailbox } }) => mailbox);
  return firstUndoDeadline(at, taken, retentions);
}

/** A message of a selection, and what the order would do with it. */
export interface ImpactedRow {
  readonly message: ListedMessage;
  readonly action: ActionType;
  readonly plan: RowPlan;
}

export const IMPACTED_COLUMNS: Columns<ImpactedRow> = [
  ['id', ({ message }) => message._id],
  ['mailbox', ({ message }) => message.mailbox],
  ['action', ({ action }) => action],
  ['expected', ({ plan }) => (plan.kind === 'done' ? plan.outcome : EXPECTED[plan.kind])],
  ['subject', ({ message }) => message.subject],
  ['senderAddress', ({ message }) => message.senderAddress],
  ['receivedAt', ({ message }) => message.receivedAt],
  ['latestDeliveryLocation', ({ message }) => latestLocation(message.folder, message.purgedAt !== null)],
  ['networkMessageId', ({ message }) => message.networkMessageId],
];
const EXPECTED = { work: 'toDo', revert: 'toRevert' } as const;
const IMPACTED_PAGE = 1_000;

/** Every message that the order would work on, page by page. */
export async function* impactedPages(
  { store }: ApiDeps,
  { action }: Order,
  { query, leftOutMailboxes }: Chosen,
): AsyncGenerator<ImpactedRow[]> {
  for await (const page of store.selections.listed(query, leftOutMailboxes, IMPACTED_PAGE)) {
    yield page.map((message) => {
      const { folder, removedBy, purgedAt } = message;
      return { message, action, plan: planRow(action, { folder, removedBy, purged: purgedAt !== null }) };
    });
  }
}

function sumBy(groups: readonly SelectedGroup[], keyOf: (group: SelectedGroup) => string): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const group of groups) sums[keyOf(group)] = (sums[keyOf(group)] ?? 0) + group.count;
  return sums;
}
