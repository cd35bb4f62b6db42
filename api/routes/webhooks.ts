import { z } from 'zod';
import { NOTICE_EVENTS } from '../../domain/notices';
import { newId } from '../../store/collection';
import { type DeliveryDoc } from '../../store/deliveries';
import { type WebhookDoc } from '../../store/webhooks';
import { type Targets } from '../../webhooks/targets';
import { audit } from '../audit';
import { callerOf } from '../auth';
import { type ApiDeps } from '../deps';
import { id } from '../fields';
import { decodeCursor, decodeTimeCursor, page, pageQuery } from '../paging';
import { Problem } from '../problem';
import { type Routes } from '../route';
import { pageOf } from '../schemas/common';
import { webhook as webhookShape } from '../schemas/control';

/** Each event is told to all that subscribe to it: their number is what an announcement costs. */
const MAX_WEBHOOKS = 50;
const MAX_URL = 2048;
const SECRET = { min: 16, max: 256 } as const;

/** Webhooks: who is told of what, and what became of it. */
export function webhookRoutes(routes: Routes, deps: ApiDeps): void {
  const { store, clock } = deps;
  const known = async (webhookId: string): Promise<WebhookDoc> => {
    const found = await store.webhooks.byId(webhookId);
    if (found === null) throw new Problem('not-found', `There is no webhook ${webhookId}`);
    return found;
  };

  routes.add(
    {
      method: 'get',
      path: '/webhooks',
      summary: 'The webhooks that exist, without their secrets',
      roles: ['admin'],
      query: pageQuery.shape,
      success: [200, 'A page of webhooks'],
      answer: pageOf(webhookShape),
    },
    async ({ query: { limit, cursor } }) => {
      const after = decodeCursor('webhooks', cursor)?.id ?? '';
      const all = await store.webhooks.all();
      const rows = all.filter(({ _id }) => _id > after);
      const view = { position: ({ _id }: WebhookDoc) => ({ sort: '', id: _id }), of: viewOf };
      return { body: page('webhooks', rows, { limit, total: all.length }, view) };
    },
  );

  routes.add(
    {
      method: 'post',
      path: '/webhooks',
      summary: 'Have a receiver told of events, signed with a secret that is never shown',
      roles: ['admin'],
      body: newWebhook(deps.targets),
      audit: 'webhook.create',
      success: [201, 'The webhook'],
      answer: webhookShape,
      problems: ['conflict'],
    },
    async ({ body: { url, events, secret }, request }) => {
      if ((await store.webhooks.all()).length >= MAX_WEBHOOKS) {
        throw new Problem('conflict', `There are ${MAX_WEBHOOKS} webhooks already: delete one first`);
      }
      const webhook: WebhookDoc = {
        _id: newId(),
        url,
        events: [...new Set(events)],
        createdBy: callerOf(request).name,
        createdAt: clock(),
      };
      await store.transaction(async (session) => {
        await store.webhooks.collection.insertOne(webhook, { session });
        await store.webhookSecrets.collection.insertOne({ _id: webhook._id, secret }, { session });
        const entry = { action: 'webhook.create', target: webhook._id, after: auditedOf(webhook) };
        await audit(store, clock, request, entry, session);
      });
      return { body: viewOf(webhook) };
    },
  );

  routes.add(
    {
      method: 'delete',
      path: '/webhooks/{id}',
      summary: 'Delete a webhook: what is still on its way to it is dropped',
      roles: ['admin'],
      params: { id },
      audit: 'webhook.delete',
      success: [204, 'Deleted'],
      problems: ['not-found'],
    },
    async ({ params, request }) => {
      await store.transaction(async (session) => {
        const found = await store.webhooks.collection.findOneAndDelete({ _id: params.id }, { session });
        if (found === null) throw new Problem('not-found', `There is no webhook ${params.id}`);
        await store.webhookSecrets.collection.deleteOne({ _id: params.id }, { session });
        await store.deliveries.dropOf(params.id, clock(), session);
        const entry = { action: 'webhook.delete', target: params.id, before: auditedOf(found) };
        await audit(store, clock, request, entry, session);
      });
      return {};
    },
  );

  routes.add(
    {
      method: 'get',
      path: '/webhooks/{id}/deliveries',
      summary: 'What was sent to a webhook and what came of it, newest first',
      roles: ['admin'],
      params: { id },
      query: pageQuery.shape,
      success: [200, 'A page of deliveries'],
      problems: ['not-found'],
    },
    async ({ params, query: { limit, cursor } }) => {
      const { _id } = await known(params.id);
      const list = `deliveries ${_id}`;
      const rows = await store.deliveries.list(_id, decodeTimeCursor(list, cursor), limit + 1);
      const total = await store.deliveries.count(_id);
      const position = (row: DeliveryDoc) => ({ sort: row.createdAt.toISOString(), id: row._id });
      return { body: page(list, rows, { limit, total }, { position, of: deliveryView }) };
    },
  );

  routes.add(
    {
      method: 'post',
      path: '/webhooks/{id}/deliveries/{deliveryId}/replay',
      summary: 'Send the notice of a delivery once more, as a delivery of its own',
      roles: ['admin'],
      params: { id, deliveryId: id },
      audit: 'webhook.replay',
      success: [202, 'The new delivery'],
      problems: ['not-found', 'conflict'],
    },
    async ({ params, request }) => {
      const { _id } = await known(params.id);
      const earlier = await store.deliveries.byId(params.deliveryId);
      if (earlier?.webhookId !== _id) throw new Problem('not-found', `There is no delivery ${params.deliveryId}`);
      if (earlier.status === 'pending') throw new Problem('conflict', 'The delivery is still being tried');
      const delivery = repeated(earlier, clock());
      await store.transaction(async (session) => {
        await store.deliveries.insert([delivery], session);
        const after = { deliveryId: delivery._id, replayOf: earlier._id };
        await audit(store, clock, request, { action: 'webhook.replay', target: _id, after }, session);
      });
      start(deps, delivery._id);
      return { body: deliveryView(delivery) };
    },
  );
}

function newWebhook(targets: Pick<Targets, 'refusal'>) {
  const url = z
    .string()
    .max(MAX_URL)
    .transform((text, context) => {
      const parsed = URL.canParse(text) ? new URL(text) : null;
      const refusal = parsed === null ? 'is not an address' : targets.refusal(parsed);
      if (parsed !== null && refusal === null) return withoutFragment(parsed);
      context.addIssue({ code: 'custom', message: refusal ?? '' });
      return z.NEVER;
    });
  return z.strictObject({
    url,
    events: z.array(z.enum(NOTICE_EVENTS)).min(1).max(NOTICE_EVENTS.length),
    secret: z.string().min(SECRET.min).max(SECRET.max),
  });
}

function withoutFragment(url: URL): string {
  url.hash = '';
  return url.href;
}

/** Nobody waits for Temporal: what does not come through now is repeated by the reconciler. */
function start({ gateway, logger }: ApiDeps, deliveryId: string): void {
  gateway
    .startDelivery(deliveryId)
    .catch((error: unknown) =>
      logger.warn({ err: error, deliveryId }, 'Temporal did not take it: the reconciler will'),
    );
}

function repeated(earlier: DeliveryDoc, now: Date): DeliveryDoc {
  return {
    ...earlier,
    _id: newId(),
    status: 'pending',
    code: null,
    attempts: [],
    attemptCount: 0,
    replayOf: earlier._id,
    createdAt: now,
    lookedAt: now,
    endedAt: null,
  };
}

function viewOf({ _id, url, events, createdBy, createdAt }: WebhookDoc) {
  return { id: _id, url, events, createdBy, createdAt };
}

/** The path and the query of a receiver's URL can be a secret of its own: the audit holds where it points, no more. */
function auditedOf({ url, events }: WebhookDoc) {
  return { origin: new URL(url).origin, events };
}

function deliveryView(delivery: DeliveryDoc) {
  const { _id, webhookId, noticeId, event, data, at, status, code, attempts, attemptCount, replayOf } = delivery;
  const { createdAt, endedAt } = delivery;
  return {
    ...{ id: _id, webhookId, noticeId, event, data, at, status, code },
    ...{ attempts, attemptCount, replayOf, createdAt, endedAt },
  };
}
