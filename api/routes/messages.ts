import { z } from 'zod';
import { type MessageDoc } from '../../store/messages';
import { audit } from '../audit';
import { type ApiDeps } from '../deps';
import { id } from '../fields';
import { messageView } from '../message-views';
import { Problem } from '../problem';
import { type Routes } from '../route';
import { message as messageShape } from '../schemas/mail';

/** One message: what is known of it, its raw bytes, and what its own user does with it. */
export function messageRoutes(routes: Routes, { store, admin, provider, clock }: ApiDeps): void {
  const known = async (messageId: string): Promise<MessageDoc> => {
    const found = await store.messages.byId(messageId);
    if (found === null) throw new Problem('not-found', `There is no message ${messageId}`);
    return found;
  };

  routes.add(
    {
      method: 'get',
      path: '/messages/{id}',
      summary: 'One message, where it is and what was done to it',
      roles: ['reader'],
      params: { id },
      success: [200, 'The message'],
      answer: messageShape,
      problems: ['not-found'],
    },
    async ({ params }) => {
      return { body: await messageView(store.explorer, await known(params.id)) };
    },
  );

  routes.add(
    {
      method: 'get',
      path: '/messages/{id}/raw',
      summary: 'The raw mail, byte for byte, also when it is soft-deleted; audited',
      roles: ['preview'],
      params: { id },
      audit: 'message.raw',
      success: [200, 'The raw mail as an attachment'],
      answerTypes: ['message/rfc822'],
      problems: ['not-found', 'gone', 'too-large'],
    },
    async ({ params, request, response }) => {
      const message = await known(params.id);
      await audit(store, clock, request, { action: 'message.raw', target: message._id });
      const bytes = await provider.read({ messageId: message._id, mailbox: message.mailbox });
      if (bytes === null) throw new Problem('gone', 'Retention has taken the mail');
      response
        .status(200)
        .set({
          'Content-Type': 'message/rfc822',
          'Content-Disposition': `attachment; filename="${message._id}.eml"`,
          'Content-Security-Policy': "sandbox; default-src 'none'",
          'X-Content-Type-Options': 'nosniff',
          'Cache-Control': 'no-store',
        })
        .end(bytes);
      return undefined;
    },
  );

  routes.add(
    {
      method: 'post',
      path: '/messages/{id}/move',
      summary: "What the mailbox's own user does: move a message to another folder",
      roles: ['operator'],
      params: { id },
      body: z.strictObject({ folder: z.string().min(1).max(255) }),
      audit: 'message.userMove',
      success: [204, 'Moved'],
      problems: ['not-found', 'conflict'],
    },
    async ({ params, body, request }) => {
      await admin.userMove(params.id, body.folder);
      await audit(store, clock, request, {
        ...{ action: 'message.userMove', target: params.id },
        after: { folder: body.folder },
      });
      return {};
    },
  );

  routes.add(
    {
      method: 'delete',
      path: '/messages/{id}',
      summary: "What the mailbox's own user does: delete a message",
      roles: ['operator'],
      params: { id },
      audit: 'message.userDelete',
      success: [204, 'Deleted'],
      problems: ['not-found', 'conflict'],
    },
    async ({ params, request }) => {
      await admin.userDelete(params.id);
      await audit(store, clock, request, { action: 'message.userDelete', target: params.id });
      return {};
    },
  );
}
