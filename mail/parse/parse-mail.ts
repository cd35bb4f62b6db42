import PostalMime, { type Attachment, type Email } from 'postal-mime';
import { answersOf, recipientsOf, senderIpOf, senderOf, sentAtOf } from './headers';
import { readHtml, urlsInHtml } from './html-urls';
import { networkMessageId, sha256Hex } from './identity';
import { BrokenLimits, LIMITS } from './limits';
import { urlsInText } from './text-urls';
import { type StoredAttachment } from '../../domain/message-facts';
import { type ParsedMail, type ParsedUrl } from './types';
import { normaliseUrl } from './url';

/** What is gathered while a mail and the messages inside it are read. */
interface Gathering {
  readonly limits: BrokenLimits;
  readonly defects: Set<string>;
  readonly attachments: StoredAttachment[];
  readonly urls: Map<string, ParsedUrl>;
}

type UrlPlace = Pick<ParsedUrl, 'location' | 'nested'>;

const EMPTY: Email = { headers: [], headerLines: [], attachments: [] };

/**
 * Reads the facts of a mail from its raw bytes. Never throws and never follows anything: broken mail gives what can be
 * read, with its defects; a mail over a limit gives what is within, with the limit's name.
 */
export async function parseMail(raw: Uint8Array): Promise<ParsedMail> {
  const into: Gathering = { limits: new BrokenLimits(), defects: new Set(), attachments: [], urls: new Map() };
  const email = await read(raw, into);
  for (const url of urlsInText(email.subject ?? '')) addUrl(url, { location: 'Subject', nested: false }, into);
  await gather(email, 0, into);
  const html = email.html === undefined ? '' : readHtml(into.limits.cut('bodyCharacters', email.html)).text;
  const { limits, defects } = into;
  const sender = senderOf(email, limits);
  const messageId = limits.cut('subjectLength', email.messageId ?? '');
  const content = [email.text ?? '', email.html ?? '', ...into.attachments.map(({ sha256 }) => sha256)];
  return {
    internetMessageId: messageId,
    answers: answersOf(email, limits),
    networkMessageId: networkMessageId({
      messageId,
      date: email.date ?? '',
      from: sender.address,
      contentDigest: sha256Hex(JSON.stringify(content)),
    }),
    subject: limits.cut('subjectLength', email.subject ?? ''),
    senderAddress: sender.address,
    senderName: sender.name,
    senderDomain: sender.domain,
    senderIp: senderIpOf(email),
    recipients: recipientsOf(email, limits),
    text: html.trim() === '' ? limits.cut('bodyCharacters', email.text ?? '') : html,
    sentAt: sentAtOf(email),
    size: raw.length,
    sha256: sha256Hex(raw),
    attachments: limits.take('attachments', into.attachments),
    urls: limits.take('urls', [...into.urls.values()]),
    brokenLimits: limits.names(),
    defects: [...defects],
  };
}

async function read(raw: Uint8Array, { defects, limits }: Gathering): Promise<Email> {
  try {
    // Nested messages come as attachments and are opened here, so that what they carry is known to be nested.
    return await PostalMime.parse(raw, {
      forceRfc822Attachments: true,
      attachmentEncoding: 'arraybuffer',
      maxNestingDepth: LIMITS.mimeDepth,
      maxHeadersSize: LIMITS.headerBytes,
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    if (/nesting/i.test(message)) limits.mark('mimeDepth');
    if (/header/i.test(message)) limits.mark('headerBytes');
    defects.add('unreadable');
    return EMPTY;
  }
}

async function gather(email: Email, depth: number, into: Gathering): Promise<void> {
  const nested = depth > 0;
  bodyUrls(email, { location: nested ? 'Attachment' : 'Body', nested }, into);
  for (const attachment of email.attachments) {
    const bytes = bytesOf(attachment);
    into.attachments.push({
      fileName: into.limits.cut('fileNameLength', attachment.filename ?? ''),
      sha256: sha256Hex(bytes),
      size: bytes.length,
      contentType: contentTypeOf(attachment),
      inline: attachment.disposition === 'inline' || attachment.related === true,
      nested,
    });
    if (into.attachments.length > LIMITS.attachments) return;
    if (attachment.mimeType === 'text/html') {
      addUrls(urlsInHtml(textOf(bytes, into)), { location: 'Attachment', nested }, into);
    }
    if (attachment.mimeType === 'message/rfc822') await openNested(bytes, depth, into);
  }
}

async function openNested(bytes: Uint8Array, depth: number, into: Gathering): Promise<void> {
  if (depth >= LIMITS.nestedMessages) {
    into.limits.mark('nestedMessages');
    return;
  }
  const nested = await read(bytes, into);
  addUrls(urlsInText(nested.subject ?? ''), { location: 'Attachment', nested: true }, into);
  await gather(nested, depth + 1, into);
}

function bodyUrls({ html, text }: Email, place: UrlPlace, into: Gathering): void {
  if (html !== undefined) addUrls(urlsInHtml(into.limits.cut('bodyCharacters', html)), place, into);
  if (text !== undefined) addUrls(urlsInText(into.limits.cut('bodyCharacters', text)), place, into);
}

function addUrls(urls: readonly string[], place: UrlPlace, into: Gathering): void {
  for (const url of urls) addUrl(url, place, into);
}

function addUrl(text: string, place: UrlPlace, { urls, limits }: Gathering): void {
  if (text.length > LIMITS.urlLength) {
    limits.mark('urlLength');
    return;
  }
  const normal = normaliseUrl(text);
  if (normal === null || urls.has(normal.url) || urls.size > LIMITS.urls) return;
  urls.set(normal.url, { ...normal, ...place, unwrapped: false });
}

const TOKEN = String.raw`[a-z0-9][a-z0-9!#$&^_.+-]{0,126}`;
const CONTENT_TYPE = new RegExp(`^${TOKEN}/${TOKEN}$`, 'i');

/** What the mail calls the file, where that is a plain name of a type: 255 characters at most. */
function contentTypeOf({ mimeType }: Attachment): string {
  return CONTENT_TYPE.test(mimeType) ? mimeType : 'application/octet-stream';
}

function bytesOf({ content }: Attachment): Uint8Array {
  if (typeof content === 'string') return Buffer.from(content);
  return content instanceof Uint8Array ? content : new Uint8Array(content);
}

function textOf(bytes: Uint8Array, { limits }: Gathering): string {
  return limits.cut('bodyCharacters', Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
}
