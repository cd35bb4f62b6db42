import { type Connection } from 'mongoose';
import { type Intent } from '../domain/imap';
import { type Collection, type CollectionDefinition, collectionOf } from './collection';

/** What is about to be done with messages of one mailbox; there only while it is. */
interface IntentDoc {
  readonly _id: string;
  readonly provider: string;
  readonly mailbox: string;
  readonly intent: Intent;
  readonly messages: readonly string[];
}

const definition: CollectionDefinition = {
  name: 'imapIntents',
  schema: { _id: String, provider: String, mailbox: String, intent: {}, messages: [String] },
  indexes: [[{ mailbox: 1 }]],
};

export interface ImapIntentStore {
  readonly collection: Collection<IntentDoc>;
}

/** One document for all messages of a move: many moves are written down and struck out again each second. */
export function createImapIntentStore(connection: Connection): ImapIntentStore {
  return { collection: collectionOf<IntentDoc>(connection, definition) };
}
