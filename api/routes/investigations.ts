import { z } from 'zod';
import { defaultThreat, type Entity, MAX_ENTITIES, urlKey } from '../../domain/entity';
import { handToTemporal } from '../../domain/gateway';
import { INVESTIGATION_STATUSES } from '../../domain/investigation';
import { THREATS, VERDICTS } from '../../domain/verdict';
import { normaliseUrl } from '../../mail/parse/url';
import { openOrJoin } from '../../store/intake';
import { type InvestigationDoc } from '../../store/investigations';
import { terminate } from '../../store/terminate';
import { audit } from '../audit';
import { callerOf } from '../auth';
import { type ApiDeps } from '../deps';
import { comment, entityKeyOf, id, time } from '../fields';
import { logOf } from '../investigation-log';
import { decodeCursor, decodeTimeCursor, PAGE, page, pageQuery } from '../paging';
import { Problem } from '../problem';
import { type Routes } from '../route';
import { actionViews, clusterView, investigationViews } from '../views';
import { action } from '../schemas/action';
import { itemsOf, pageOf } from '../schemas/common';
import { cluster, clusterMailbox, investigation, logEntry, opened as openedShape } from '../schemas/investigation';

const threat = z.enum(THREATS).optional();
const sha256 = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/, 'is not a SHA-256: 64 hex digits')
  .transform((value) => value.toLowerCase());
const url = z
  .string()
  .max(4096)
  .transform((value, context) => {
    const normal = normaliseUrl(value);
    if (normal !== null) return normal.url;
    context.addIssue({ code: 'custom', message: 'is not an http, https or ftp address' });
    return z.NEVER;
  });
const entity = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('file'), sha256, threat }),
  z.strictObject({ type: z.literal('url'), url, threat }),
]);
/** One line for people: nothing in it may steer a terminal or turn the text around. */
const short = z
  .string()
  .max(500)
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, 'holds characters that cannot be printed')
  .optional();

const newInvestigation = z.strictObject({
  entities: z.array(entity).min(1).max(MAX_ENTITIES),
  verdict: z.enum(['malicious', 'suspicious']).default('malicious'),
  alert: z
    .strictObject({
      title: short,
      severity: z.enum(['informational', 'low', 'medium', 'high']).optional(),
      source: short,
      externalId: z.string().max(200).optional(),
      detectedAt: time.transform((at) => at.toISOString()).optional(),
      url: z
        .url({ protocol: /^https?$/ })
        .max(2048)
        .optional(),
    })
    .optional(),
});

const MAX_WAIT_SECONDS = 30;
const LOOK_EVERY_MS = 250;

/** Investigations: alerts come in, what became of them goes out. */
export function investigationRoutes(routes: Routes, { store, gateway, clock, logger }: ApiDeps): void {
  const known = async (investigationId: string): Promise<InvestigationDoc> => {
    const found = await store.investigations.byId(investigationId);
    if (found === null) throw new Problem('not-found', `There is no investigation ${investigationId}`);
    return found;
  };

  routes.add(
    {
      method: 'post',
      path: '/investigations',
      summary: 'Report a malicious file or URL; 200 where an open investigation covers it already',
      roles: ['operator', 'detector'],
      body: newInvestigation,
      audit: 'investigation.start',
      success: [202, 'The investigation that was opened'],
      answer: openedShape,
      headers: ['Location'],
      also: [[200, 'The open investigation that covers it already']],
    },
    async ({ body, request }) => {
      const caller = callerOf(request);
      const incoming = {
        entities: body.entities.map((given): Entity => ({
          ...given,
          threat: given.threat ?? defaultThreat(given.type),
        })),
        verdict: body.verdict,
        alert: body.alert ?? null,
        startedBy: caller.name,
        startedByPerson: !caller.roles.includes('detector'),
        at: clock(),
      };
      const opened = await openOrJoin(store, incoming, ({ joined, investigationId: target }, session) =>
        audit(
          store,
          clock,
          request,
          {
            ...{ action: `investigation.${joined ? 'join' : 'start'}`, target },
            after: { verdict: body.verdict, entities: body.entities.length },
          },
          session,
        ),
      );
      const { investigationId, workflowId, status, joined } = opened;
      // Nobody waits for Temporal: what does not come through now is repeated by the reconciler.
      handToTemporal(gateway, opened).catch((error: unknown) =>
        logger.warn({ err: error, investigationId }, 'Temporal did not take it: the reconciler will'),
      );
      return {
        status: joined ? 200 : 202,
        headers: { Location: `/api/v1/investigations/${investigationId}` },
        body: { id: investigationId, workflowId, status },
      };
    },
  );

  routes.add(
    {
      method: 'get',
      path: '/investigations',
      summary: 'Investigations, newest first',
      roles: ['reader'],
      query: {
        ...pageQuery.shape,
        status: z.enum(INVESTIGATION_STATUSES).optional(),
        verdict: z.enum(VERDICTS).optional(),
        entity: z.string().max(4096).optional(),
        externalId: z.string().max(200).optional(),
        from: time.optional(),
        to: time.optional(),
      },
      success: [200, 'A page of investigations'],
      answer: pageOf(investigation),
    },
    async ({ query: { limit, cursor, entity: named, ...rest } }) => {
      const filter = { ...rest, ...(named === undefined ? {} : { entityKey: entityKeyOf(named) ?? urlKey(named) }) };
      const list = `investigations ${JSON.stringify(filter)}`;
      const after = decodeTimeCursor(list, cursor);
      const rows = await store.investigations.list(filter, after, limit + 1);
      const found = page(
        list,
        rows,
        { limit, total: await store.investigations.count(filter) },
        { position: (row) => ({ sort: row.startedAt.toISOString(), id: row._id }), of: (row) => row },
      );
      return { body: { ...found, items: await investigationViews(store, found.items, clock()) } };
    },
  );

  routes.add(
    {
      method: 'get',
      path: '/investigations/{id}',
      summary: 'One investigation; ?wait=30 holds the answer until its status changes',
      roles: ['reader'],
      params: { id },
      query: { wait: z.coerce.number().int().min(0).max(MAX_WAIT_SECONDS).default(0) },
      success: [200, 'The investigation with its clusters and actions'],
      answer: investigation,
      problems: ['not-found'],
    },
    async ({ params, query, response }) => {
      let found = await known(params.id);
      const first = found.status;
      const deadline = Date.now() + query.wait * 1000;
      while (found.open && found.status === first && Date.now() < deadline && !response.destroyed) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
        found = await known(params.id);
      }
      if (response.destroyed) return undefined;
      const [view] = await investigationViews(store, [found], clock());
      return { body: view };
    },
  );

  routes.add(
    {
      method: 'post',
      path: '/investigations/{id}/terminate',
      summary: 'End an investigation: what runs stops at its next batch, what waits is cancelled',
      roles: ['approver'],
      params: { id },
      body: z.strictObject({ comment }),
      audit: 'investigation.terminate',
      success: [202, 'The investigation, about to end'],
      answer: investigation,
      headers: ['Location'],
      problems: ['not-found', 'conflict'],
    },
    async ({ params, body, request }) => {
      const { _id } = await known(params.id);
      const termination = { by: callerOf(request).name, comment: body.comment ?? null, at: clock() };
      const entry = { action: 'investigation.terminate', target: _id, after: body };
      if (!(await terminate(store, _id, termination, (session) => audit(store, clock, request, entry, session)))) {
        throw new Problem('conflict', `The investigation has ended: ${(await known(_id)).status}`);
      }
      gateway
        .terminate(_id)
        .catch((error: unknown) =>
          logger.warn({ err: error, investigationId: _id }, 'Temporal did not take it: the reconciler will'),
        );
      const [view] = await investigationViews(store, [await known(_id)], clock());
      return { body: view, headers: { Location: `/api/v1/investigations/${_id}` } };
    },
  );

  routes.add(
    {
      method: 'get',
      path: '/investigations/{id}/clusters',
      summary: 'Its clusters, as they were frozen',
      roles: ['reader'],
      params: { id },
      success: [200, 'The clusters'],
      answer: itemsOf(cluster),
      problems: ['not-found'],
    },
    async ({ params }) => {
      const { _id } = await known(params.id);
      const actions = await store.actions.of(_id);
      return { body: { items: (await store.clusters.of(_id)).map((cluster) => clusterView(cluster, actions)) } };
    },
  );

  routes.add(
    {
      method: 'get',
      path: '/investigations/{id}/mailboxes',
      summary: 'The mailboxes that hold, or held, mail of its clusters, by address',
      roles: ['reader'],
      params: { id },
      query: pageQuery.shape,
      success: [200, 'A page of mailboxes'],
      answer: pageOf(clusterMailbox),
      problems: ['not-found'],
    },
    async ({ params, query: { limit, cursor } }) => {
      const { _id } = await known(params.id);
      const list = `mailboxes of ${_id}`;
      const after = decodeCursor(list, cursor);
      const clusters = await store.clusters.of(_id);
      const [rows, total] = await Promise.all([
        store.clusterMailboxes.list(clusters, after?.id ?? null, limit + 1),
        store.clusterMailboxes.count(clusters, PAGE.exactTo + 1),
      ]);
      return {
        body: page(
          list,
          rows,
          { limit, total },
          { position: ({ mailbox }) => ({ sort: '', id: mailbox }), of: (row) => row },
        ),
      };
    },
  );

  routes.add(
    {
      method: 'get',
      path: '/investigations/{id}/actions',
      summary: 'Its actions',
      roles: ['reader'],
      params: { id },
      success: [200, 'The actions'],
      answer: itemsOf(action),
      problems: ['not-found'],
    },
    async ({ params }) => {
      const { _id } = await known(params.id);
      return { body: { items: await actionViews(store, await store.actions.of(_id), clock()) } };
    },
  );

  routes.add(
    {
      method: 'get',
      path: '/investigations/{id}/log',
      summary: 'What happened, in order',
      roles: ['reader'],
      params: { id },
      success: [200, 'The log'],
      answer: itemsOf(logEntry),
      problems: ['not-found'],
    },
    async ({ params }) => {
      const found = await known(params.id);
      const [alerts, clusters, actions] = await Promise.all([
        store.alerts.of(found._id),
        store.clusters.of(found._id),
        store.actions.of(found._id),
      ]);
      const reverts = await store.reverts.of(actions.map(({ _id }) => _id));
      return { body: { items: logOf(found, { alerts, clusters, actions, reverts }) } };
    },
  );
}
