import { type QueryClient } from '@tanstack/react-query';
import { type Action, type Page, type Revert } from '../api/types';

/** What the server's events tell of. */
export const CHANGES = ['action', 'investigation', 'revert'] as const;
type ChangeKind = (typeof CHANGES)[number];

/** A change of one thing: ids, its status, and counts where they could be had. */
export interface Change {
  readonly kind: ChangeKind;
  readonly id: string;
  readonly status: string;
  readonly investigationId?: string | null;
  readonly actionId?: string;
  readonly messageCount?: number;
  readonly mailboxCount?: number;
  readonly outcomes?: Readonly<Record<string, number>> | null;
  readonly remainingInMailboxes?: number | null;
}

/** What an event says, or `null` where it is of no kind that this page knows. */
export function changeOf(kind: string, data: string): Change | null {
  const known = CHANGES.find((one) => one === kind);
  const value: unknown = JSON.parse(data);
  if (known === undefined || typeof value !== 'object' || value === null || !('id' in value)) return null;
  return { ...(value as Omit<Change, 'kind'>), kind: known };
}

/**
 * Brings what this page knows up to date. Progress is written straight into what is shown; anything else is read again, once
 * for all changes that came together, and only where it is on the page: what is not shown is read when it is.
 */
export function applyChanges(client: QueryClient, changes: readonly Change[]): void {
  const old = new Set<string>();
  for (const change of changes) {
    // An investigation shows sums of its actions, which no event has.
    const keys = isProgress(client, change) ? investigationKeys(change) : keysOf(change);
    for (const key of keys) old.add(JSON.stringify(key));
  }
  for (const key of old) void client.invalidateQueries({ queryKey: JSON.parse(key) as unknown[] });
}

type Seen = { readonly data: Action; readonly etag: string };

/** Writes the counts of what still runs into what is shown; false where more than counts has changed. */
function isProgress(client: QueryClient, { kind, id, status, outcomes, remainingInMailboxes }: Change): boolean {
  if (kind === 'investigation' || status !== 'Running' || outcomes === null || outcomes === undefined) return false;
  if (kind === 'revert') {
    const key = ['reverts', 'one', id];
    const known = client.getQueryData<Revert>(key);
    if (known?.status !== status) return false;
    client.setQueryData(key, { ...known, outcomes });
    return true;
  }
  const counts = { outcomes, ...(typeof remainingInMailboxes === 'number' ? { remainingInMailboxes } : {}) };
  const found = { same: false, other: false, listed: false };
  const renewed = (action: Action): Action => {
    if (action.status !== status) {
      found.other = true;
      return action;
    }
    found.same = true;
    return { ...action, ...(counts as Partial<Action>) };
  };
  client.setQueryData<Seen>(['actions', 'one', id], (seen) => seen && { ...seen, data: renewed(seen.data) });
  client.setQueriesData<Page<Action>>({ queryKey: ['actions', 'list'] }, (page) => {
    if (page?.items.some((action) => action.id === id) !== true) return page;
    found.listed = true;
    return { ...page, items: page.items.map((action) => (action.id === id ? renewed(action) : action)) };
  });
  // An action that no list holds may have come to the top of one.
  const isShown = client.getQueriesData({ queryKey: ['actions', 'list'], type: 'active' }).length > 0;
  return found.same && !found.other && (found.listed || !isShown);
}

function investigationKeys({ investigationId }: Change): unknown[][] {
  return investigationId === undefined || investigationId === null ? [] : [['investigations', 'one', investigationId]];
}

function keysOf(change: Change): unknown[][] {
  const { kind, id, actionId } = change;
  const investigation = investigationKeys(change);
  switch (kind) {
    case 'action':
      return [['actions', 'one', id], ['actions', 'list'], ...investigation, ['overview'], ['messages']];
    case 'investigation':
      return [['investigations', 'one', id], ['investigations', 'list'], ['overview']];
    case 'revert':
      return [
        ['reverts', 'one', id],
        ...(actionId === undefined ? [] : [['actions', 'one', actionId]]),
        ...investigation,
        ...[['actions', 'list'], ['overview'], ['messages']],
      ];
  }
}
