import { MailboxError } from '../provider';

/** The name of the embedded provider in every mailbox and message that is its own. */
export const EMBEDDED = 'embedded';

/** Mail goes into, and is moved by its user in, a mailbox at a server of its own: not through Clawback. */
export function notEmbedded(mailbox: string): MailboxError {
  return new MailboxError('notEmbedded', `The mailbox ${mailbox} is at a mail server of its own: do this there`);
}
