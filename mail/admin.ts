import { type MessageDocLike } from './message-view';

/** How a mail comes into an embedded mailbox. */
export interface Delivery {
  readonly mailbox: string;
  readonly folder: string;
  readonly flags: readonly string[];
  readonly receivedAt: Date;
  readonly raw: Uint8Array;
}

export interface MailboxHold {
  readonly reason: string;
  readonly reference: string;
}

/**
 * What the embedded provider alone can do: it is the mail server too. Throws {@link MailboxError} `unknownMailbox`,
 * `unknownMessage`, `badFolder`, `tooLarge` or `onHold`.
 */
export interface MailboxAdmin {
  /** Stores the mail byte for byte and indexes it; makes the mailbox where there is none. Over 50 MB: `tooLarge`, nothing stored. */
  deliver(delivery: Delivery): Promise<MessageDocLike>;
  /** Many at once, for imports: facts are parsed once for equal bytes. With `skipExisting`, a mailbox that has the same bytes already gets none. */
  deliverMany(
    deliveries: readonly Delivery[],
    options: { readonly skipExisting: boolean },
  ): Promise<{ readonly stored: number; readonly skipped: number }>;
  setMailbox(
    address: string,
    change: { readonly retentionDays?: number; readonly hold?: MailboxHold | null },
  ): Promise<void>;
  /** What the mailbox's own user does: a move to another folder. */
  userMove(messageId: string, folder: string): Promise<void>;
  /** What the mailbox's own user does: delete goes to Deleted Items, from there to Recoverable Items, from there to Purges. */
  userDelete(messageId: string): Promise<void>;
  userSetFlags(messageId: string, flags: readonly string[]): Promise<void>;
  /** Purges what retention has outlived; holds stop it. */
  sweep(now: Date): Promise<{ readonly purged: number; readonly rawDeleted: number }>;
}
