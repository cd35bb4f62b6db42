import { type WorkflowGateway } from '../domain/gateway';
import { type MailboxAdmin } from '../mail/admin';
import { type ImapUpkeep } from '../mail/imap/round';
import { type MailboxProvider } from '../mail/provider';
import { type OpenOrJoin } from '../store/intake';
import { type Store } from '../store/store';
import { type WebhookSender } from '../webhooks/sender';

/** What the activities work with; composed by the worker, replaced at will by tests. */
export interface ActivityDeps {
  readonly store: Store;
  readonly provider: MailboxProvider;
  /** The embedded mail server; `null` where no provider of ours keeps the mail itself. */
  readonly admin: Pick<MailboxAdmin, 'sweep'> | null;
  /** The IMAP providers, for what upkeep does with their mailboxes. */
  readonly imap: readonly ImapUpkeep[];
  /** Takes an alert in as if it came by the API (store/intake.ts). */
  readonly openOrJoin: OpenOrJoin;
  readonly gateway: WorkflowGateway;
  readonly sender: WebhookSender;
  readonly clock: () => Date;
  readonly newId: () => string;
  /** How long a pending action waits for a person, in milliseconds. */
  readonly pendingExpiryMs: number;
  /** For how long after a removal its messages are taken as gone without asking the mailbox, in milliseconds. */
  readonly dedupWindowMs: number;
  /** How long one watch of mailboxes lasts, in milliseconds; ten minutes by default. */
  readonly watchMs?: number;
  /** Whether operators may decide by signal at the Temporal UI. */
  readonly signalDecisions: boolean;
}
