import { z } from 'zod';
import { folderKind, locationOf } from '../../domain/location';
import { type MessageDoc } from '../../store/messages';
import { audit } from '../audit';
import { type ApiDeps } from '../deps';
import { id } from '../fields';
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
      const message = await known(params.id);
      const events = await store.events.of(message._id);
      return { body: viewOf(message, [...new Set(events.map(({ additionalAction }) => additionalAction))]) };
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
      problems: ['not-found', 'gone'],
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

function viewOf(message: MessageDoc, additionalActions: readonly string[]) {
  return {
    id: message._id,
    provider: message.provider,
    mailbox: message.mailbox,
    networkMessageId: message.networkMessageId,
    internetMessageId: message.internetMessageId,
    subject: message.subject,
    senderAddress: message.senderAddress,
    senderName: message.senderName,
    senderDomain: message.senderDomain,
    senderIp: message.senderIp,
    recipients: message.recipients,
    sentAt: message.sentAt,
    receivedAt: message.receivedAt,
    size: message.size,
    sha256: message.sha256,
    folder: message.folder,
    flags: message.flags,
    attachments: message.attachments,
    urls: message.urls,
    brokenLimits: message.brokenLimits,
    defects: message.defects,
    removedBy: message.removedBy,
    removedAt: message.removedAt,
    deliveryAction: folderKind(message.originalFolder) === 'junk' ? 'Delivered to junk' : 'Delivered',
    originalDeliveryLocation: locationOf(message.originalFolder),
    latestDeliveryLocation: message.purgedAt === null ? locationOf(message.folder) : 'Hard deleted',
    additionalActions,
  };
}
