import { type Store } from '../../store/store';
import { type MailboxAdmin } from '../admin';
import { type MailboxProvider } from '../provider';
import { createDelivery } from './deliver';
import { createMoves } from './moves';
import { createReading } from './reading';
import { createSweep } from './sweep';
import { createUserActs } from './user-acts';

export interface EmbeddedDeps {
  readonly store: Store;
  readonly clock: () => Date;
}

/** Mailboxes in MongoDB, true to Exchange: the port, and what only a mail server of our own can do. */
export function createEmbeddedProvider({ store, clock }: EmbeddedDeps): {
  readonly provider: MailboxProvider;
  readonly admin: MailboxAdmin;
} {
  return {
    provider: {
      capabilities: () => ({ softDelete: true, restore: true, hardDelete: true }),
      ...createReading(store),
      ...createMoves(store),
    },
    admin: { ...createDelivery(store, clock), ...createUserActs(store, clock), ...createSweep(store) },
  };
}
