import { allPages } from './all-pages';
import { clientFromEnvironment } from './client';
import { printable } from './printable';

interface MailboxView {
  readonly address: string;
  readonly messageCount: number;
  readonly retentionDays: number | null;
  readonly hold: { readonly reason: string; readonly reference: string } | null;
}

/** Lists the mailboxes: how much they hold, how long they keep what was soft-deleted, and their holds. */
export async function mailboxes({ json }: { readonly json?: boolean }): Promise<number> {
  const items = await allPages<MailboxView>(clientFromEnvironment(), '/mailboxes');
  if (json === true) process.stdout.write(`${JSON.stringify({ items })}\n`);
  else for (const mailbox of items) process.stdout.write(`${printable(lineOf(mailbox))}\n`);
  return 0;
}

function lineOf({ address, messageCount, retentionDays, hold }: MailboxView): string {
  const retention = retentionDays === null ? 'unknown' : `${retentionDays} days`;
  const held = hold === null ? 'no hold' : `hold: ${hold.reason} (${hold.reference})`;
  return `${address}  ${messageCount} messages  retention ${retention}  ${held}`;
}
