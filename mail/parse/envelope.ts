import PostalMime, { type Email } from 'postal-mime';
import { isoDate, recipientsOf, sentAtOf, topmost } from './headers';
import { BrokenLimits, LIMITS } from './limits';

/** Where and when a mail came in, as its headers claim. */
export interface Envelope {
  /** What the last server wrote of whom it delivered to: the topmost `Delivered-To`, else `X-Original-To`. */
  readonly deliveredTo: readonly string[];
  /** Everyone in To, Cc and Bcc. */
  readonly recipients: readonly string[];
  /** Whether there were more recipients than the limit; those above it are left out. */
  readonly tooManyRecipients: boolean;
  /** The date of the topmost `Received`, ISO 8601. */
  readonly receivedAt: string | null;
  /** The `Date` header, ISO 8601. */
  readonly sentAt: string | null;
}

/** Reads a mail's headers alone, so that a large mail costs no more than a small one. Never throws. */
export async function readEnvelope(raw: Uint8Array): Promise<Envelope> {
  const limits = new BrokenLimits();
  const email = await read(headersOf(raw));
  const recipients = recipientsOf(email, limits);
  return {
    deliveredTo: ['delivered-to', 'x-original-to'].flatMap((key) => addressIn(topmost(email, key))),
    recipients,
    tooManyRecipients: limits.names().includes('recipients'),
    receivedAt: receivedAtOf(email),
    sentAt: sentAtOf(email),
  };
}

/** The bytes up to the first empty line, within the limit on headers. */
function headersOf(raw: Uint8Array): Uint8Array {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, Math.min(raw.length, LIMITS.headerBytes));
  const ends = ['\n\n', '\n\r\n'].map((blank) => bytes.indexOf(blank)).filter((at) => at >= 0);
  return bytes.subarray(0, Math.min(bytes.length, ...ends.map((at) => at + 1)));
}

async function read(headers: Uint8Array): Promise<Email> {
  try {
    return await PostalMime.parse(headers, { maxHeadersSize: 2 * LIMITS.headerBytes });
  } catch {
    return { headers: [], headerLines: [], attachments: [] };
  }
}

function addressIn(value: string): string[] {
  const address = value.trim().replace(/^<(.*)>$/, '$1');
  return address === '' ? [] : [address.toLowerCase()];
}

function receivedAtOf(email: Email): string | null {
  const received = topmost(email, 'received');
  return received.includes(';') ? isoDate(received.slice(received.lastIndexOf(';') + 1)) : null;
}
