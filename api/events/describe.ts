import { fillCounts, REMOVAL_OUTCOMES, remainingInMailboxes, REVERT_OUTCOMES } from '../../domain/ledger';
import { type Change } from '../../store/changes';
import { type Store } from '../../store/store';

/** A count may take a fifth of the time at most. */
const REST = 5;

/**
 * What clients are told of a change, as JSON: ids, statuses and counts, `null` where they could not be had. While it runs,
 * the ledger is counted, one after another over all that run, and only where `wanted` says that somebody listens.
 */
export function createDescriber(store: Pick<Store, 'ledger' | 'actions'>, wanted: () => boolean) {
  let counting: Promise<unknown> = Promise.resolve();
  const counted = (id: string): Promise<Record<string, number> | null> => {
    const mine = counting.then(() => (wanted() ? store.ledger.counts(id) : null)).catch(() => null);
    counting = mine;
    return mine;
  };

  const investigationOf = (actionId: string): Promise<string | null> =>
    store.actions.investigationOf(actionId).catch(() => null);

  return async (change: Change): Promise<{ readonly data: string; readonly restMs: number }> => {
    const began = performance.now();
    const data = JSON.stringify(await bodyOf(change, { counted, investigationOf }));
    return { data, restMs: REST * (performance.now() - began) };
  };
}

interface Asking {
  readonly counted: (id: string) => Promise<Record<string, number> | null>;
  readonly investigationOf: (actionId: string) => Promise<string | null>;
}

async function bodyOf({ kind, doc }: Change, { counted, investigationOf }: Asking) {
  const { _id: id, status } = doc;
  const found = status === 'Running' && kind !== 'investigation' ? await counted(id) : null;
  switch (kind) {
    case 'investigation':
      return { id, status };
    case 'action': {
      const outcomes = doc.outcomes ?? (found && fillCounts(REMOVAL_OUTCOMES, found));
      const { investigationId, messageCount, mailboxCount } = doc;
      const remaining = outcomes && remainingInMailboxes(outcomes);
      return { id, investigationId, status, messageCount, mailboxCount, outcomes, remainingInMailboxes: remaining };
    }
    case 'revert':
      return {
        ...{ id, actionId: doc.actionId, investigationId: await investigationOf(doc.actionId), status },
        outcomes: doc.outcomes ?? (found && fillCounts(REVERT_OUTCOMES, found)),
      };
  }
}
