import { newId } from '../../store/collection';
import { createEmbeddedProvider } from '../../mail/embedded/provider';
import { freshStore } from '../support/harness';
import { mailboxProviderContract } from './mailbox-provider';

mailboxProviderContract('the embedded provider', async () => {
  const { store } = await freshStore();
  const { provider, admin } = createEmbeddedProvider({ store, clock: () => new Date() });
  return {
    provider,
    deliver: async (delivery) => (await admin.deliver(delivery))._id,
    userMove: (messageId, folder) => admin.userMove(messageId, folder),
    async show(messageId) {
      const message = await store.messages.byId(messageId);
      if (message === null) throw new Error(`There is no message ${messageId}`);
      return { folder: message.folder, flags: message.flags, receivedAt: message.receivedAt };
    },
    setRetention: (mailbox, retentionDays) => admin.setMailbox(mailbox, { retentionDays }),
    setHold: (mailbox, on) =>
      admin.setMailbox(mailbox, { hold: on ? { reason: 'litigation', reference: 'case 1' } : null }),
    newAction: () => Promise.resolve(newId()),
    async close() {
      await store.connection.dropDatabase();
      await store.close();
    },
  };
});
