import { raw } from 'express';
import { z } from 'zod';
import { canonicalFolder } from '../../domain/location';
import { RETENTION_DAYS } from '../../domain/retention';
import { type MailboxDoc } from '../../store/mailboxes';
import { type MessageDoc } from '../../store/messages';
import { audit } from '../audit';
import { type ApiDeps } from '../deps';
import { address, time } from '../fields';
import { decodeCursor, decodeTimeCursor, page, pageQuery } from '../paging';
import { Problem } from '../problem';
import { type Routes } from '../route';
import { pageOf } from '../schemas/common';
import { delivered, folderRow, mailbox } from '../schemas/mail';

const RAW_LIMIT = '50mb';

/** Mailboxes: what they hold, how long they keep it, and how mail comes in. */
export function mailboxRoutes(routes: Routes, { store, admin, provider, imap, clock }: ApiDeps): void {
  const viewOf = async (mailbox: MailboxDoc) => ({
    address: mailbox._id,
    provider: mailbox.provider,
    messageCount: await store.messages.countIn(mailbox._id, null),
    retentionDays: mailbox.retentionDays,
    hold: mailbox.hold,
    capabilities: provider.capabilities(),
    ...standingOf(mailbox),
  });
  const known = async (mailbox: string): Promise<MailboxDoc> => {
    const found = await store.mailboxes.byAddress(mailbox);
    if (found === null) throw new Problem('not-found', `There is no mailbox ${mailbox}`);
    return found;
  };

  routes.add(
    {
      method: 'get',
      path: '/mailboxes',
      summary: 'The mailboxes',
      roles: ['reader', 'operator', 'admin'],
      query: pageQuery.shape,
      success: [200, 'A page of mailboxes'],
      answer: pageOf(mailbox),
    },
    async ({ query }) => {
      const after = decodeCursor('mailboxes', query.cursor);
      const rows = await store.mailboxes.list(after?.id ?? null, query.limit + 1);
      const found = page(
        'mailboxes',
        rows,
        { limit: query.limit, total: await store.mailboxes.count() },
        {
          position: ({ _id }) => ({ sort: '', id: _id }),
          of: viewOf,
        },
      );
      return { body: { ...found, items: await Promise.all(found.items) } };
    },
  );

  routes.add(
    {
      method: 'get',
      path: '/mailboxes/{address}',
      summary: 'One mailbox',
      roles: ['reader', 'operator', 'admin'],
      params: { address },
      success: [200, 'The mailbox'],
      answer: mailbox,
      problems: ['not-found'],
    },
    async ({ params }) => ({ body: await viewOf(await known(params.address)) }),
  );

  routes.add(
    {
      method: 'put',
      path: '/mailboxes/{address}',
      summary: 'Set how long a mailbox keeps soft-deleted mail, and its hold',
      roles: ['admin'],
      params: { address },
      body: z.strictObject({
        retentionDays: z.int().min(RETENTION_DAYS.min).max(RETENTION_DAYS.max).optional(),
        hold: z
          .strictObject({ reason: z.string().min(1).max(500), reference: z.string().max(200) })
          .nullable()
          .optional(),
      }),
      audit: 'mailbox.change',
      success: [200, 'The mailbox after the change'],
      answer: mailbox,
      problems: ['not-found'],
    },
    async ({ params, body, request }) => {
      const before = await known(params.address);
      if (before.imap !== undefined && body.retentionDays !== undefined) {
        throw new Problem('conflict', 'How long this mailbox keeps mail is said in the file that CLAWBACK_MAIL names');
      }
      await admin.setMailbox(params.address, {
        ...(body.retentionDays === undefined ? {} : { retentionDays: body.retentionDays }),
        ...(body.hold === undefined ? {} : { hold: body.hold }),
      });
      await audit(store, clock, request, {
        action: 'mailbox.change',
        target: params.address,
        before: { retentionDays: before.retentionDays, hold: before.hold },
        after: body,
      });
      return { body: await viewOf(await known(params.address)) };
    },
  );

  routes.add(
    {
      method: 'post',
      path: '/mailboxes/{address}/check',
      summary: 'Find out now whether a mailbox at an IMAP server can be handled safely, by a test message of our own',
      roles: ['admin'],
      params: { address },
      body: z.strictObject({}),
      audit: 'mailbox.check',
      success: [200, 'The mailbox with what was found'],
      answer: mailbox,
      problems: ['not-found', 'conflict'],
    },
    async ({ params, request }) => {
      const found = await known(params.address);
      const upkeep = imap.find(({ name }) => name === found.provider);
      if (upkeep === undefined) throw new Problem('conflict', 'Only a mailbox at an IMAP server is checked');
      const { findings } = await upkeep.check(params.address);
      await audit(store, clock, request, {
        ...{ action: 'mailbox.check', target: params.address },
        after: { findings: findings.map(({ code }) => code) },
      });
      return { body: await viewOf(await known(params.address)) };
    },
  );

  routes.add(
    {
      method: 'get',
      path: '/mailboxes/{address}/messages',
      summary: 'What is in a folder now, newest first',
      roles: ['reader', 'operator'],
      params: { address },
      query: { ...pageQuery.shape, folder: z.string().min(1).max(255).optional() },
      success: [200, 'A page of messages'],
      answer: pageOf(folderRow),
      problems: ['not-found'],
    },
    async ({ params, query }) => {
      await known(params.address);
      const folder = query.folder === undefined ? null : canonicalFolder(query.folder);
      const list = `messages ${params.address} ${folder ?? ''}`;
      const after = decodeTimeCursor(list, query.cursor);
      const rows = await store.messages.inFolder(params.address, folder, {
        after: after === null ? null : { receivedAt: after.at, id: after.id },
        limit: query.limit + 1,
      });
      const total = await store.messages.countIn(params.address, folder);
      return {
        body: page(
          list,
          rows,
          { limit: query.limit, total },
          {
            position: (row) => ({ sort: row.receivedAt.toISOString(), id: row._id }),
            of: rowOf,
          },
        ),
      };
    },
  );

  // The raw mail is the body: read before the route, which validates the rest.
  const reader = raw({ type: 'message/rfc822', limit: RAW_LIMIT });
  routes.reads('/mailboxes/{address}/messages', 'operator', 'message.deliver', reader);
  routes.add(
    {
      method: 'post',
      path: '/mailboxes/{address}/messages',
      summary: 'Deliver a mail (message/rfc822, up to 50 MB) to a folder; makes the mailbox where there is none',
      roles: ['operator'],
      params: { address },
      query: {
        folder: z.string().min(1).max(255).default('inbox'),
        flags: z.string().max(500).default(''),
        receivedAt: time.optional(),
      },
      bodyType: 'message/rfc822',
      audit: 'message.deliver',
      success: [201, 'What was read from the mail'],
      answer: delivered,
    },
    async ({ params, query, request }) => {
      if (request.is('message/rfc822') === false) {
        throw new Problem('unsupported-media-type', 'Send the raw mail as Content-Type: message/rfc822');
      }
      const body: unknown = request.body;
      if (!Buffer.isBuffer(body) || body.length === 0) throw new Problem('bad-request', 'The mail is empty');
      const message = await admin.deliver({
        mailbox: params.address,
        folder: query.folder,
        flags: query.flags.split(',').flatMap((flag) => flag.trim() || []),
        receivedAt: query.receivedAt ?? clock(),
        raw: body,
      });
      await audit(store, clock, request, { action: 'message.deliver', target: message._id });
      return {
        body: {
          id: message._id,
          networkMessageId: message.networkMessageId,
          internetMessageId: message.internetMessageId,
          mailbox: message.mailbox,
          folder: message.folder,
          attachments: message.attachments,
          urls: message.urls.map(({ url, domain, location, unwrapped }) => ({ url, domain, location, unwrapped })),
        },
      };
    },
  );
}

/** An embedded mailbox is in our own database: where the API answers, it is well. */
function standingOf({ imap }: MailboxDoc) {
  if (imap === undefined) return { health: 'ok', healthSince: null, indexedAt: null, probe: null };
  const { health, since, indexedAt, probe } = imap;
  return { health, healthSince: since, indexedAt, probe };
}

function rowOf({ _id, networkMessageId, subject, folder, flags, receivedAt, sha256 }: MessageDoc) {
  return { id: _id, networkMessageId, subject, folder, flags, receivedAt, sha256 };
}
