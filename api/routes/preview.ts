import { type Request } from 'express';
import { fileKey } from '../../domain/entity';
import { FRAME_POLICY, frameOf } from '../../mail/preview/frame';
import { type MailPreview, readPreview } from '../../mail/preview/read-preview';
import { visibleLine } from '../../mail/preview/visible';
import { type MessageDoc } from '../../store/messages';
import { audit } from '../audit';
import { type ApiDeps } from '../deps';
import { id } from '../fields';
import { Problem } from '../problem';
import { type Routes } from '../route';
import { preview as previewShape } from '../schemas/preview';

/** Attachments whose verdict is looked up. */
const JUDGED = 100;

/** A mail for people to look at: nothing in it runs, loads, links or hides. */
export function previewRoutes(routes: Routes, { store, provider, clock }: ApiDeps): void {
  const look = async (messageId: string, request: Request): Promise<{ message: MessageDoc; preview: MailPreview }> => {
    const message = await store.messages.byId(messageId);
    if (message === null) throw new Problem('not-found', `There is no message ${messageId}`);
    await audit(store, clock, request, { action: 'message.preview', target: message._id });
    const raw = await provider.read({ messageId: message._id, mailbox: message.mailbox });
    if (raw === null) throw new Problem('gone', 'Retention has taken the mail');
    return { message, preview: await readPreview(raw) };
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
      problems: ['not-found', 'gone'],
    },
    async ({ params, request }) => {
      const { message, preview } = await look(params.id, request);
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
      summary: 'The body of the mail as a harmless page, for a sandboxed frame; audited',
      roles: ['preview'],
      params: { id },
      audit: 'message.preview',
      success: [200, 'A page that may neither run nor load anything'],
      answerTypes: ['text/html'],
      problems: ['not-found', 'gone'],
    },
    async ({ params, request, response }) => {
      const { preview } = await look(params.id, request);
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
        .end(frameOf({ html: preview.html, text: preview.text, note: noteOf(preview) }));
      return undefined;
    },
  );
}

function noteOf({ cut, characters, unreadable }: MailPreview): string | null {
  if (unreadable) return 'The mail is too broken to be read: look at its raw bytes.';
  return cut ? `Only the beginning is shown: the body has ${characters.toLocaleString('en')} characters.` : null;
}
