import { type MessageRef } from '../../mail/provider';
import { type Store } from '../../store/store';
import { appendCampaign } from './imap-mailboxes';
import { ANN, RECOVERABLE, refsOf, type Setting, stamp } from './imap-setting';

/** Retention deletes what was removed 14 days ago. */
export const EXPUNGING = { recoverable: { folder: [RECOVERABLE], retentionDays: 14, expunge: true } } as const;

/** By then it has outlived what is removed now. */
export const LATER = new Date(Date.now() + 15 * 24 * 60 * 60 * 1000);

/** Nothing keeps the sweep from going on. */
export const yes = (): Promise<boolean> => Promise.resolve(true);

/** Mails of one campaign that an action has removed. */
export async function removed(at: Setting, mails: number): Promise<readonly string[]> {
  const { ids } = await appendCampaign(
    at,
    at.server.port,
    Array.from({ length: mails }, () => [ANN, 'INBOX'] as const),
  );
  await at.provider.softDelete(await refsOf(at, ids), stamp());
  return ids;
}

/** All that is known of a mailbox. */
export async function refsIn({ messages }: Store, mailbox: string): Promise<MessageRef[]> {
  const found = await messages.collection.find({ mailbox }).toArray();
  return found.map(({ _id, folder, revision }) => ({ messageId: _id, mailbox, folder, revision }));
}
