import { type IndexedMessage, type PlaceChange } from '../../domain/imap';
import { placedAt } from '../placed-at';
import { type SightedMessage } from '../provider';

/** What the core is told of a message; with `unreachable`, of one that could not be asked for. */
export function sighted(messageId: string, message: IndexedMessage | undefined, unreachable = false): SightedMessage {
  return {
    messageId,
    found: message !== undefined,
    folder: message?.folder ?? '',
    revision: message?.revision ?? -1,
    placedAt: message === undefined ? -1 : placedAt(message),
    removedBy: message?.removedBy ?? null,
    restoredBy: message?.restoredBy ?? null,
    purged: message?.purged ?? false,
    ...(unreachable ? { unreachable } : {}),
  };
}

/** A message after a move of ours was written, without reading it again. */
export function afterChange(message: IndexedMessage, { as, folder, place, jobId, at }: PlaceChange): IndexedMessage {
  const moved = { ...message, folder, place, revision: message.revision + 1, intent: null };
  if (as === 'removed')
    return { ...moved, removedBy: jobId, removedFrom: message.folder, removedAt: at, restoredBy: null };
  if (as === 'restored') return { ...moved, removedBy: null, removedFrom: null, removedAt: null, restoredBy: jobId };
  return { ...moved, restoredBy: jobId };
}
