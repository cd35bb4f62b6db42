import { canonicalFolder, folderKind, placed, PURGES_FOLDER, RECOVERABLE_FOLDER } from '../../domain/location';
import { type MessageDoc } from '../../store/messages';
import { type Store } from '../../store/store';
import { type MailboxAdmin } from '../admin';
import { MailboxError } from '../provider';
import { EMBEDDED, notEmbedded } from './own';

/** What the mailbox's own user and its administrator do, without Clawback. */
export function createUserActs(
  store: Store,
  clock: () => Date,
): Pick<MailboxAdmin, 'setMailbox' | 'userMove' | 'userDelete' | 'userSetFlags'> {
  const messages = store.messages.collection;

  async function find(messageId: string): Promise<MessageDoc> {
    const found = await store.messages.byId(messageId);
    if (found === null || found.purgedAt !== null) {
      throw new MailboxError('unknownMessage', `There is no message ${messageId}`);
    }
    if (found.provider !== EMBEDDED) throw notEmbedded(found.mailbox);
    return found;
  }

  /** A user's move ends a removal's hold on the message: the stamp goes, since the user has it now. */
  async function place(message: MessageDoc, folder: string, removedAt: Date | null): Promise<void> {
    await messages.updateOne(
      { _id: message._id },
      { $set: { ...placed(folder), removedBy: null, removedFrom: null, removedAt }, $inc: { revision: 1 } },
    );
  }

  return {
    async setMailbox(address, { retentionDays, hold }) {
      const { matchedCount } = await store.mailboxes.collection.updateOne(
        { _id: address.toLowerCase() },
        {
          $set: { ...(retentionDays === undefined ? {} : { retentionDays }), ...(hold === undefined ? {} : { hold }) },
        },
      );
      if (matchedCount === 0) throw new MailboxError('unknownMailbox', `There is no mailbox ${address}`);
    },
    async userMove(messageId, folder) {
      const target = canonicalFolder(folder);
      const kind = folderKind(target);
      if (target === '' || kind === 'recoverable' || kind === 'purged') {
        throw new MailboxError('badFolder', 'A user moves messages to folders of the mailbox only');
      }
      const message = await find(messageId);
      if (folderKind(message.folder) === 'purged') {
        throw new MailboxError('badFolder', 'A purged message cannot be moved by its user');
      }
      if (message.folder !== target) await place(message, target, null);
    },
    async userDelete(messageId) {
      const message = await find(messageId);
      switch (folderKind(message.folder)) {
        case 'purged':
          throw new MailboxError('unknownMessage', `There is no message ${messageId}`);
        case 'recoverable':
          return place(message, PURGES_FOLDER, clock());
        case 'deleted':
          return place(message, RECOVERABLE_FOLDER, clock());
        case 'personal':
        case 'junk':
        case 'protected':
          return place(message, 'deleteditems', null);
      }
    },
    async userSetFlags(messageId, flags) {
      const message = await find(messageId);
      await messages.updateOne({ _id: message._id }, { $set: { flags: [...new Set(flags)] } });
    },
  };
}
