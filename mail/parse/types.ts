import { type StoredAttachment } from '../../domain/message-facts';
import { type LimitName } from './limits';

export interface ParsedUrl {
  /** Normalised: WHATWG, without fragment. */
  readonly url: string;
  readonly host: string;
  /** The registrable domain; the host where there is none. */
  readonly domain: string;
  readonly location: 'Subject' | 'Body' | 'Attachment';
  /** True where it stands in a message inside the mail. */
  readonly nested: boolean;
  readonly unwrapped: boolean;
}

/** What was read from a mail. Everything in it is the sender's claim but the sizes and digests. */
export interface ParsedMail {
  readonly internetMessageId: string;
  /** The Message-IDs that In-Reply-To and References name, `<…>` included, oldest first. */
  readonly answers: readonly string[];
  readonly networkMessageId: string;
  readonly subject: string;
  readonly senderAddress: string;
  readonly senderName: string;
  readonly senderDomain: string;
  readonly senderIp: string;
  readonly recipients: readonly string[];
  /** The `Date` header, ISO 8601; `null` where it is none. */
  readonly sentAt: string | null;
  /** The text as a reader sees it, of the mail itself: of its HTML where it has some. */
  readonly text: string;
  readonly size: number;
  /** SHA-256 of the raw bytes, hex. */
  readonly sha256: string;
  readonly attachments: readonly StoredAttachment[];
  readonly urls: readonly ParsedUrl[];
  readonly brokenLimits: readonly LimitName[];
  readonly defects: readonly string[];
}
