import { type Request } from 'express';
import { fileKey } from '../../domain/entity';
import { FRAME_POLICY, frameOf } from '../../mail/preview/frame';
import { type MailPreview, readPreview } from '../../mail/preview/read-preview';
import { visibleLine } from '../../mail/preview/visible';
import { type MessageDoc } from '../../store/messages';
import { audit } from '../audit';
import { callerOf, sessionOf } from '../auth';
import { type ApiDeps } from '../deps';
import { id } from '../fields';
import { Problem } from '../problem';
import { createRecent } from '../recent';
import { type Routes } from '../route';
import { preview as previewShape } from '../schemas/preview';

/** Attachments whose verdict is looked up. */
const JUDGED = 100;
/** So long the frame belongs to the look before it. */
const LOOK_MS = 10 * 60 * 1000;
const LOOKS = 10_000;
const PAGES = 100;
const PAGE_BYTES = 32 * 1024 * 1024;

/** A mail for people to look at: nothing in it runs, loads, links or hides. */
export function previewRoutes(routes: Routes, { store, provider, clock }: ApiDeps): void {
  /** Who has looked at what by this process: another one audits the frame itself. */
  const looks = createRecent<true>(clock, { keptMs: LOOK_MS, most: LOOKS });
  const pages = createRecent<string>(clock, { keptMs: LOOK_MS, most: PAGES, mostBytes: PAGE_BYTES });

  const known = async (messageId: string): Promise<MessageDoc> => {
    const message = await store.messages.byId(messageId);
    if (message === null) throw new Problem('not-found', `There is no message ${messageId}`);
    return message;
  };

  /** Puts a look in the audit, before anything is shown. */
  const look = async ({ _id }: MessageDoc, request: Request): Promise<void> => {
    await audit(store, clock, request, { action: 'message.preview', target: _id });
    looks.put(lookOf(request, _id), true);
  };

  /** Reads and parses a mail; its page is kept for the frame that follows. */
  const read = async (message: MessageDoc): Promise<{ preview: MailPreview; page: string }> => {
    const raw = await provider.read({ messageId: message._id, mailbox: message.mailbox });
    if (raw === null) throw new Problem('gone', 'Retention has taken the mail');
    const preview = await readPreview(raw);
    const page = frameOf({ html: preview.html, text: preview.text, note: noteOf(preview) });
    pages.put(pageOf(message), page, 2 * page.length);
    return { preview, page };
  };

  routes.add(
    {
      method: 'get',
      path: '/messages/{id}/preview',
      summary:
        'The mail decoded and harmless, also when it is soft-deleted; audited. Hidden characters are shown as ⟦U+202E⟧; the HTML is at /preview/frame',
      roles: ['preview'],
      params: { id },
      audit: 'message.preview',
      success: [200, 'Headers, text and attachments'],
      answer: previewShape,
      problems: ['not-found', 'gone', 'too-large'],
    },
    async ({ params, request }) => {
      const message = await known(params.id);
      await look(message, request);
      const { preview } = await read(message);
      const files = message.attachments.slice(0, JUDGED).map(({ sha256 }) => fileKey(sha256));
      const verdicts = await store.investigations.verdicts(files);
      return {
        headers: { 'Cache-Control': 'no-store' },
        body: {
          id: message._id,
          headers: preview.headers,
          text: preview.text,
          hasHtml: preview.html !== null,
          note: noteOf(preview),
          attachments: message.attachments.map(({ fileName, sha256, size, contentType, inline, nested }) => ({
            ...{ fileName: visibleLine(fileName), sha256, size, contentType: visibleLine(contentType), inline, nested },
            verdict: verdicts.get(fileKey(sha256)) ?? null,
          })),
        },
      };
    },
  );

  routes.add(
    {
      method: 'get',
      path: '/messages/{id}/preview/frame',
      summary:
        'The body of the mail as a harmless page, for a sandboxed frame; audited, unless it follows a look at /preview within 10 minutes',
      roles: ['preview'],
      params: { id },
      audit: 'message.preview',
      success: [200, 'A page that may neither run nor load anything'],
      answerTypes: ['text/html'],
      problems: ['not-found', 'gone', 'too-large'],
    },
    async ({ params, request, response }) => {
      const message = await known(params.id);
      if (looks.get(lookOf(request, message._id)) === undefined) await look(message, request);
      const page = (message.purgedAt === null ? pages.get(pageOf(message)) : undefined) ?? (await read(message)).page;
      response
        .status(200)
        .set({
          'Content-Type': 'text/html; charset=utf-8',
          'Content-Security-Policy': FRAME_POLICY,
          // The console frames it, nobody else.
          'X-Frame-Options': 'SAMEORIGIN',
          'X-Content-Type-Options': 'nosniff',
          'Cache-Control': 'no-store',
        })
        .end(page);
      return undefined;
    },
  );
}

/** A look is one token's or one session's. */
function lookOf(request: Request, messageId: string): string {
  return `${sessionOf(request)?._id ?? callerOf(request)._id} ${messageId}`;
}

/** A mail that was moved since, as by retention, is read again. */
function pageOf({ _id, revision }: MessageDoc): string {
  return `${_id} ${revision}`;
}

function noteOf({ cut, characters, unreadable }: MailPreview): string | null {
  if (unreadable) return 'The mail is too broken to be read: look at its raw bytes.';
  return cut ? `Only the beginning is shown: the body has ${characters.toLocaleString('en')} characters.` : null;
}
