import { type Connection } from 'mongoose';
import { type FolderRow, type FolderRows } from '../domain/imap';
import { type Collection, type CollectionDefinition, collectionOf, type Session } from './collection';

type FolderDoc = FolderRow & { readonly _id: string };

const definition: CollectionDefinition = {
  name: 'imapFolders',
  schema: {
    _id: String,
    mailbox: String,
    path: String,
    canonical: String,
    uidValidity: String,
    uidNext: Number,
    modseq: String,
    messages: Number,
    listed: Boolean,
    skipped: [Number],
  },
  indexes: [[{ mailbox: 1, path: 1 }, { unique: true }]],
};

export interface ImapFolderStore extends FolderRows {
  readonly collection: Collection<FolderDoc>;
  /** The same within a transaction. */
  write(row: FolderRow, session: Session): Promise<void>;
}

/** The folders of IMAP mailboxes, each with the cursor up to which it is indexed. */
export function createImapFolderStore(connection: Connection): ImapFolderStore {
  const collection = collectionOf<FolderDoc>(connection, definition);
  // A path may be as long as the server likes, a key may not: the mailbox and the path are fields, and unique together.
  const put = async (row: FolderRow, session?: Session): Promise<void> => {
    const { mailbox, path } = row;
    await collection.updateOne(
      { mailbox, path },
      { $set: row, $setOnInsert: { _id: `${mailbox}/${path}` } },
      { upsert: true, ...(session === undefined ? {} : { session }) },
    );
  };
  return {
    collection,
    of: (mailbox) => collection.find({ mailbox }, { projection: { _id: 0 } }).toArray(),
    save: (row) => put(row),
    write: put,
  };
}
