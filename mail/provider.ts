import { type Retention } from '../domain/retention';

/** One message as a ledger saw it: the folder it was in and the revision of its place then. */
export interface MessageRef {
  readonly messageId: string;
  readonly mailbox: string;
  readonly folder: string;
  readonly revision: number;
}

/** A message that is to be put back, and where. */
export interface RestoreRef extends MessageRef {
  readonly toFolder: string;
}

/** What a mailbox shows of one message right now. `folder` is empty where the message is not found at all. */
export interface SightedMessage {
  readonly messageId: string;
  readonly found: boolean;
  readonly folder: string;
  readonly revision: number;
  /** Since which revision it has been in its place: later ones were fences for others' sake, not moves. */
  readonly placedAt: number;
  /** The action whose removal stamp the message bears, and the revert that put it back last. */
  readonly removedBy: string | null;
  readonly restoredBy: string | null;
  /** True where retention or a purge has taken the bytes. */
  readonly purged: boolean;
  /** True where the mailbox could not be asked just now: this is what was known of the message before. */
  readonly unreachable?: boolean;
}

/** What the provider says of one message of a batch. A `false` is not an error: the message was not as the ledger saw it. */
export interface MoveReport {
  readonly messageId: string;
  readonly moved: boolean;
  /** Why the mailbox refused it, as a code; with `retryable` the same may succeed later. */
  readonly error?: string;
  readonly retryable?: boolean;
  /**
   * Where the mailbox showed the message after the move, if it was asked, or where it was last seen in one that lets us
   * in no more: nobody needs to ask it once more.
   */
  readonly seen?: SightedMessage;
}

/** Who moves: the job's id is stamped on the message, `at` is the time of removal that retention counts from. */
export interface Stamp {
  readonly jobId: string;
  readonly at: Date;
}

export interface Capabilities {
  readonly softDelete: boolean;
  readonly restore: boolean;
  readonly hardDelete: boolean;
}

/** A cursor over a mailbox's changes, opaque to the caller. */
export interface ChangePage {
  readonly changed: readonly SightedMessage[];
  readonly cursor: string;
}

/**
 * Mailboxes behind one port. Every call takes many messages at once, reports each of them, is safe to repeat and leaves
 * no trace by reading. A call that cannot reach the mailboxes throws {@link MailboxError}; one message that cannot be
 * worked is a report, never a throw.
 */
export interface MailboxProvider {
  capabilities(): Capabilities;
  locate(refs: readonly Pick<MessageRef, 'messageId' | 'mailbox'>[]): Promise<SightedMessage[]>;
  /** Moves to the recoverable folder, only those that still are as their ref says; stamps each with the action. */
  softDelete(refs: readonly MessageRef[], stamp: Stamp): Promise<MoveReport[]>;
  move(refs: readonly MessageRef[], folder: string, stamp: Stamp): Promise<MoveReport[]>;
  /** Puts back what `actionId` removed and what still lies in the recoverable folder; stamps each with the revert. */
  restore(refs: readonly RestoreRef[], actionId: string, stamp: Stamp): Promise<MoveReport[]>;
  hardDelete(refs: readonly MessageRef[], stamp: Stamp): Promise<MoveReport[]>;
  /** After this, no earlier call for these refs can still take effect: a late worker's move finds nothing (law 5). */
  fence(refs: readonly Pick<MessageRef, 'messageId' | 'mailbox'>[]): Promise<void>;
  retention(mailboxes: readonly string[]): Promise<ReadonlyMap<string, Retention>>;
  /** The raw mail, byte for byte; `null` where it is gone. Throws `tooLarge` where it has more bytes than are read. */
  read(ref: Pick<MessageRef, 'messageId' | 'mailbox'>): Promise<Uint8Array | null>;
  changes(mailbox: string, cursor: string | null, limit: number): Promise<ChangePage>;
}

export type MailboxErrorCode =
  | 'unreachable'
  | 'loginRefused'
  | 'unknownMailbox'
  | 'unknownMessage'
  | 'onHold'
  | 'tooLarge'
  | 'badFolder'
  | 'notEmbedded';

/** A mailbox refused or could not be asked; `retryable` where the same call may succeed later. */
export class MailboxError extends Error {
  readonly code: MailboxErrorCode;
  readonly retryable: boolean;
  constructor(code: MailboxErrorCode, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'MailboxError';
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}
