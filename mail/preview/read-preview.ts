import PostalMime, { decodeWords, type Email } from 'postal-mime';
import { LIMITS } from '../parse/limits';
import { PREVIEW_CHARACTERS, safeHtml } from './safe-html';
import { visible, visibleLine } from './visible';

/** A mail as it can be shown: decoded, harmless, and with what is hidden made visible. */
export interface MailPreview {
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly text: string;
  /** Harmless HTML; `null` where the mail has none. */
  readonly html: string | null;
  /** Whether there is more of the body than is shown. */
  readonly cut: boolean;
  /** Characters of the body before it was cut. */
  readonly characters: number;
  /** Whether the mail is too broken to be read. */
  readonly unreadable: boolean;
}

/** The headers that are shown, in this order. */
const SHOWN = [
  ...['From', 'Sender', 'Reply-To', 'Return-Path', 'To', 'Cc', 'Subject', 'Date', 'Message-ID'],
  ...['Authentication-Results', 'Received'],
] as const;
const EACH = 50;
const LONGEST = 2_000;
const EMPTY: Email = { headers: [], headerLines: [], attachments: [] };

/** Reads a mail for people. Never throws: broken mail gives what can be read. */
export async function readPreview(raw: Uint8Array): Promise<MailPreview> {
  let unreadable = false;
  const email = await PostalMime.parse(raw, {
    forceRfc822Attachments: true,
    attachmentEncoding: 'arraybuffer',
    maxNestingDepth: LIMITS.mimeDepth,
    maxHeadersSize: LIMITS.headerBytes,
  }).catch(() => {
    unreadable = true;
    return EMPTY;
  });
  const { text = '', html } = email;
  const safe = html === undefined ? null : safeHtml(html);
  return {
    headers: SHOWN.flatMap((name) =>
      email.headers
        .filter(({ key }) => key === name.toLowerCase())
        .slice(0, EACH)
        .map(({ value }) => ({ name, value: visibleLine(decoded(value.slice(0, LONGEST))) })),
    ),
    text: visible(text.slice(0, PREVIEW_CHARACTERS)),
    html: safe?.html ?? null,
    cut: safe?.cut === true || text.length > PREVIEW_CHARACTERS,
    characters: Math.max(text.length, html?.length ?? 0),
    unreadable,
  };
}

function decoded(value: string): string {
  try {
    return decodeWords(value);
  } catch {
    return value;
  }
}
