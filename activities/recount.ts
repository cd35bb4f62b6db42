import { type RecountInput, type RecountResult } from '../domain/contracts';
import { sightingKind } from '../domain/location';
import { type SightedMessage } from '../mail/provider';
import { type LedgerDoc } from '../store/ledger';
import { type Store } from '../store/store';
import { type ActivityDeps } from './deps';
import { createEndAction } from './end-action';

const BATCH = 1000;

/** Counts again what waits: an action of which nothing is left in a mailbox is cancelled, and counts as remediated. */
export function createRecount(deps: ActivityDeps) {
  const { store, provider } = deps;
  const { endWaiting } = createEndAction(deps);

  return async function recount({ investigationId }: RecountInput): Promise<RecountResult> {
    let cancelled = 0;
    for (const action of await store.actions.of(investigationId)) {
      if (action.status !== 'Pending') continue;
      const gone = await allGone(action._id);
      if (gone === null) continue;
      if (await endWaiting(action, 'Cancelled', undefined, gone)) cancelled++;
    }
    return { cancelled };
  };

  /** The rows of an action whose messages have all left their mailboxes, with who took each; `null` where one is left. */
  async function allGone(actionId: string): Promise<GoneRow[] | null> {
    const gone: GoneRow[] = [];
    for (let after: string | null = null; ;) {
      const rows = await store.ledger.openRows(actionId, after, BATCH);
      const seen = new Map((await provider.locate(rows)).map((message) => [message.messageId, message]));
      // What bears our own stamp is being removed by a decision that came meanwhile: it does not wait any more.
      const waits = (message: SightedMessage): boolean =>
        isInMailbox(message) || message.removedBy === actionId || message.unreachable === true;
      if ([...seen.values()].some(waits)) return null;
      gone.push(...rows.map((row) => goneRow(row, seen.get(row.messageId)?.removedBy ?? null)));
      after = rows.at(-1)?._id ?? null;
      if (after === null) return gone;
    }
  }
}

type GoneRow = Parameters<Store['ledger']['close']>[0][number];

function goneRow({ _id, fence }: LedgerDoc, ownerActionId: string | null): GoneRow {
  const reason = ownerActionId === null ? 'deletedByUser' : 'removedByAnother';
  return { _id, fence, outcome: 'alreadyGone', reason, ownerActionId };
}

function isInMailbox({ found, folder, purged }: SightedMessage): boolean {
  const kind = found ? sightingKind(folder, purged) : 'gone';
  return kind === 'takeable' || kind === 'elsewhere';
}
