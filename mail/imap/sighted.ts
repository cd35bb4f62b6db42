import { type IndexedMessage } from '../../domain/imap';
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
