/** A file that a mail carries: attached, inline, or inside a nested message. */
export interface StoredAttachment {
  readonly fileName: string;
  /** SHA-256 of the decoded bytes, hex. */
  readonly sha256: string;
  /** Decoded bytes. */
  readonly size: number;
  readonly contentType: string;
  readonly inline: boolean;
  readonly nested: boolean;
}

export interface StoredUrl {
  readonly url: string;
  readonly host: string;
  readonly domain: string;
  readonly location: string;
  /** Mail that was stored before this was read does not say it. */
  readonly nested?: boolean;
  readonly unwrapped: boolean;
}

/** The facts that were read from a mail when it came in; they never change. */
export interface MessageFacts {
  readonly networkMessageId: string;
  readonly internetMessageId: string;
  /** The Message-IDs that the mail says it answers; mail that was stored before this was read has none. */
  readonly answers?: readonly string[];
  readonly subject: string;
  readonly senderAddress: string;
  readonly senderName: string;
  readonly senderDomain: string;
  readonly senderIp: string;
  readonly recipients: readonly string[];
  readonly sentAt: Date | null;
  /** The simhash of the text as a reader sees it (domain/fingerprint.ts); `null` where there is too little of it. */
  readonly bodyFingerprint: string | null;
  readonly size: number;
  /** SHA-256 of the raw bytes. */
  readonly sha256: string;
  readonly attachments: readonly StoredAttachment[];
  readonly urls: readonly StoredUrl[];
  /** Keys of every file and URL that the message carries. */
  readonly keys: readonly string[];
  readonly brokenLimits: readonly string[];
  readonly defects: readonly string[];
}
