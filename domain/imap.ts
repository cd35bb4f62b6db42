import { type MessageFacts } from './message-facts';

/** Where a message is on its server: equal UIDVALIDITY and UID are identity. */
export interface Place {
  readonly path: string;
  readonly uidValidity: string;
  readonly uid: number;
}

/** What is about to be done with a message: written before the server is asked, so that a cut connection can be cleared up. */
export interface Intent {
  readonly jobId: string;
  readonly kind: 'remove' | 'restore' | 'move' | 'hardDelete';
  /** The folder that it goes to, by its canonical name. */
  readonly to: string;
  readonly at: Date;
  /** For a restore, the action whose removal it takes back. */
  readonly actionId: string | null;
}

/** An intent after which the message is in another folder. */
export type MoveIntent = Intent & { readonly kind: Exclude<Intent['kind'], 'hardDelete'> };

/** A message as the index knows it. `place` is `null` where it was lost from its place and not found again yet. */
export interface IndexedMessage {
  readonly messageId: string;
  readonly mailbox: string;
  readonly folder: string;
  readonly revision: number;
  readonly fences: readonly number[];
  readonly place: Place | null;
  /** Marks the write that changed its place last; `null` where none has since it came. */
  readonly placedBy: string | null;
  /** SHA-256 of the raw bytes as the server gives them, and how many these are. */
  readonly sha256: string;
  readonly size: number;
  readonly receivedAt: Date;
  readonly flags: readonly string[];
  readonly removedBy: string | null;
  readonly removedFrom: string | null;
  readonly removedAt: Date | null;
  readonly restoredBy: string | null;
  readonly purged: boolean;
  /** Since when it is in no known place. */
  readonly lostAt: Date | null;
  readonly intent: Intent | null;
}

/**
 * A message has come to a place, or left all of them. `seen`: without us. Written only if its revision is still the one
 * that is named, and raises it wherever the folder changes.
 */
export interface PlaceChange {
  readonly messageId: string;
  readonly revision: number;
  readonly as: 'removed' | 'restored' | 'moved' | 'seen' | 'purged';
  readonly from: string;
  readonly folder: string;
  readonly place: Place | null;
  /** Who did it; `null` for what is only seen, and for what a retention took. */
  readonly jobId: string | null;
  readonly actionId: string | null;
  readonly at: Date;
  /** The flags that it was seen with, where these are to be known for its way back. */
  readonly flags?: readonly string[];
  /** The place that it left, and the write by which that was known: the change is written only where both still hold. */
  readonly left?: { readonly place: Place; readonly placedBy: string | null };
}

/** A folder of a mailbox with the cursor of its index. */
export interface FolderRow {
  readonly mailbox: string;
  readonly path: string;
  readonly canonical: string;
  readonly uidValidity: string;
  /** Every UID below it has been looked at. */
  readonly uidNext: number;
  /** `null` where the server does not count changes. */
  readonly modseq: string | null;
  readonly messages: number;
  /** False where the server does not list it any more. */
  readonly listed: boolean;
  /** UIDs below `uidNext` of mail that the server could not give: it is asked for again. */
  readonly skipped?: readonly number[];
}

/** A mail that was found in a folder and is in no index yet. */
export interface Arrival {
  readonly mailbox: string;
  readonly folder: string;
  readonly place: Place;
  readonly flags: readonly string[];
  readonly receivedAt: Date;
  readonly facts: MessageFacts;
}

/** What somebody who had a mailbox was about to do with messages of it. */
export interface Begun {
  readonly intent: Intent;
  readonly messages: readonly string[];
}

/** The index of messages, and where each is; kept by the store. `begun` is what the lease of the mailbox says. */
export interface ImapIndex {
  byIds(mailbox: string, messageIds: readonly string[], begun: readonly Begun[]): Promise<IndexedMessage[]>;
  /** The Message-IDs of messages, of those that have one. */
  internetIds(messageIds: readonly string[]): Promise<string[]>;
  /** Answers for which messages the change was written. */
  place(changes: readonly PlaceChange[]): Promise<ReadonlySet<string>>;
  /** The UIDs of a folder that the index has a message for: all, those from one on, or those among some. */
  knownUids(mailbox: string, path: string, uidValidity: string, which?: number | readonly number[]): Promise<number[]>;
  /** Messages of a folder are not where they were: these UIDs, or all of them. */
  lose(mailbox: string, path: string, gone: readonly number[] | 'all', at: Date): Promise<void>;
  /** Messages of a mailbox that are in no known place, or about to be moved. */
  astray(mailbox: string, begun: readonly Begun[]): Promise<IndexedMessage[]>;
  /**
   * Stores arrivals and changes of place, and moves the cursor, in one transaction. False, and nothing is stored, where a
   * message has another revision by now: the cursor would go past the mail that it was found to be.
   */
  arrive(batch: {
    readonly arrivals: readonly Arrival[];
    readonly changes: readonly PlaceChange[];
    readonly cursor: FolderRow;
  }): Promise<boolean>;
  flagged(
    mailbox: string,
    path: string,
    uidValidity: string,
    flags: readonly { readonly uid: number; readonly flags: readonly string[] }[],
  ): Promise<void>;
  /** Raises the revision of messages, so that whoever saw an earlier one cannot work them any more. */
  fence(messageIds: readonly string[]): Promise<void>;
  /**
   * What actions removed before a time and still lies in the recoverable folder, for a provider's mailboxes: by id, from
   * the one after `after` on.
   */
  removedBefore(
    mailbox: string,
    which: { readonly before: Date; readonly after: string | null; readonly limit: number },
    begun: readonly Begun[],
  ): Promise<IndexedMessage[]>;
  changes(mailbox: string, cursor: string | null, limit: number): Promise<IndexedMessage[]>;
}

export interface FolderRows {
  of(mailbox: string): Promise<FolderRow[]>;
  save(row: FolderRow): Promise<void>;
}

/** A mailbox that nobody else works on for as long as this lives. */
export interface Lease {
  /** Throws where the lease has run out: nothing may be asked of the server any more, and what it showed may be over. */
  check(): void;
  /** What was begun with messages of the mailbox and is not known to have ended, by earlier holders and by this one. */
  readonly begun: readonly Begun[];
  /** Writes down what is about to be done, before the server is asked. Throws where somebody else has the mailbox. */
  intend(messageIds: readonly string[], intent: Intent): Promise<void>;
  /** Nothing is about to be done with these messages any more: it was done, or came to nothing. Written when released. */
  forget(messageIds: readonly string[]): void;
  release(): Promise<void>;
}

export interface Leases {
  /** Waits until nobody else works on the mailbox. Throws a retryable error, `mailboxBusy`, where that takes too long. */
  acquire(mailbox: string, waitMs?: number): Promise<Lease>;
}

/** Whether a mailbox can be worked with, and since when it is so. */
export const HEALTHS = ['new', 'ok', 'unreachable', 'loginRefused', 'notConfigured'] as const;
export type Health = (typeof HEALTHS)[number];

/** The code of the finding that concerns copies in Junk alone. */
export const JUNK_UNCONFIRMED = 'junkMovesUnconfirmed';

/** Something that the probe found; `unsafe` where automation must not touch the mailbox for it. */
export interface Finding {
  readonly code: string;
  readonly detail: string;
  readonly unsafe: boolean;
}

export interface ProbeReport {
  readonly at: Date;
  /** The extensions that matter here and that the server has. */
  readonly extensions: readonly string[];
  readonly findings: readonly Finding[];
  /** Whether the user's own programs show the recoverable folder; `null` where there is none. */
  readonly recoverableVisible: boolean | null;
}

/** A probe that has begun: its message and its folder, by names that nobody else can know. */
export interface OpenProbe {
  /** The Message-ID of its test message. */
  readonly id: string;
  /** The folder that the message is moved to and back. */
  readonly scratch: string;
  readonly at: Date;
}

/** A probe takes seconds; one that has not ended by then was cut off. */
export const PROBE_MS = 2 * 60 * 1000;

/** A mailbox that is unsafe is probed again after this long: rights, a full mailbox or a shut folder may be mended by then. */
export const UNSAFE_MS = 60 * 60 * 1000;

/** A mailbox that refuses to sign us in: how often in a row, and before when the index does not ask again. */
export interface Refusals {
  readonly times: number;
  readonly askAgainAt: Date;
}

/** What is known of the mailboxes themselves. */
export interface MailboxRecords {
  /**
   * Whether the mailbox is to be probed: it was not since the last start or as it is configured now, it was unsafe an hour
   * ago, or a probe that was cut off left something in it. Never under a configuration that is not that of the last start.
   */
  probeDue(mailbox: string, fingerprint: string, now: Date): Promise<boolean>;
  /** Says that a probe begins; answers those that began before and have not ended. */
  probeBegins(mailbox: string, probe: OpenProbe): Promise<readonly OpenProbe[]>;
  /** Says that nothing of a probe is in the mailbox any more. */
  probeEnds(mailbox: string, id: string): Promise<void>;
  /** Writes down what was found, where the mailbox is still configured so. */
  probed(mailbox: string, fingerprint: string, report: ProbeReport): Promise<void>;
  /** The mailbox could not be reached. */
  unreachable(mailbox: string, at: Date): Promise<void>;
  /** `null` where the mailbox has let us in since, or was never asked. */
  refusals(mailbox: string): Promise<Refusals | null>;
  /** The mailbox has refused to sign us in. */
  refused(mailbox: string, refusals: Refusals, at: Date): Promise<void>;
  /** The mailbox lets us in: nothing keeps the index from asking. */
  letsIn(mailbox: string): Promise<void>;
  /** The mailbox could be worked with; answers since when it could not, until what was missed was searched for. */
  well(mailbox: string, at: Date): Promise<Date | null>;
  /** What was missed while the mailbox was away since then was searched for. */
  searched(mailbox: string, since: Date): Promise<void>;
  indexed(mailbox: string, at: Date): Promise<void>;
  /** So many mails of the mailbox are in no index, since the server cannot give them. */
  unreadable(mailbox: string, mails: number): Promise<void>;
  /** Those of the mailboxes that are under a legal hold. */
  onHold(mailboxes: readonly string[]): Promise<ReadonlySet<string>>;
}
