import { z } from 'zod';
import { EXPLORER_MAX_ROWS, type ExplorerFilter } from '../../domain/explorer';
import { facetsOf, PIVOTS } from '../../domain/facets';
import { type ExplorerQuery } from '../../store/explorer-query';
import { type MessageDoc } from '../../store/messages';
import { type Columns, sendCsv } from '../csv';
import { type ApiDeps } from '../deps';
import { wantsCsv } from '../exports';
import { id } from '../fields';
import { explorerRows, type ExplorerRowView } from '../message-views';
import { decodeTimeCursor, PAGE, page, pageQuery } from '../paging';
import { Problem } from '../problem';
import { type Routes } from '../route';
import { itemsOf, pageOf } from '../schemas/common';
import { explorerFilter, explorerRow, facets, orderOf, timelineEntry } from '../schemas/explorer';
import { timelineOf } from '../timeline';

/** Messages that one chart counts: the newest, so that it costs about what a page costs. */
const FACET_MESSAGES = 1_000;
const BUCKETS = { default: 30, max: 200 } as const;
const SIMILAR = 100;

/** The Explorer: every message that is known, by what it is and where it is (product.md §4). */
export function explorerRoutes(routes: Routes, deps: ApiDeps): void {
  const { store, clock } = deps;
  const { explorer } = store;
  const queryOf = (filter: ExplorerFilter): Promise<ExplorerQuery> => {
    const disorder = orderOf(filter);
    if (disorder !== null) {
      throw new Problem('bad-request', `to: ${disorder}`, [{ path: 'to', message: disorder }]);
    }
    return explorer.query(filter, clock());
  };

  routes.add(
    {
      method: 'get',
      path: '/messages',
      summary: 'Messages, newest first, by any of the filters of the Explorer',
      roles: ['reader'],
      query: { ...pageQuery.shape, ...explorerFilter },
      success: [200, 'A page of messages; as text/csv all of them, up to 200,000'],
      answer: pageOf(explorerRow),
      answerTypes: ['text/csv'],
    },
    async ({ query: { limit, cursor, ...filter }, request, response }) => {
      const query = await queryOf(filter);
      if (wantsCsv(request)) {
        return sendCsv(response, { name: 'messages', columns: COLUMNS, pages: rowPages(query) });
      }
      const list = `messages ${JSON.stringify(filter)}`;
      const after = decodeTimeCursor(list, cursor);
      const [rows, total] = await Promise.all([
        explorer.page(query, after, limit + 1).then((found) => explorerRows(explorer, found)),
        explorer.count(query, PAGE.exactTo + 1),
      ]);
      return {
        body: page(
          list,
          rows,
          { limit, total },
          { position: ({ receivedAt, id }) => ({ sort: receivedAt.toISOString(), id }), of: (row) => row },
        ),
      };
    },
  );

  routes.add(
    {
      method: 'get',
      path: '/messages/facets',
      summary: 'How many messages a filter leaves over time, by one of the pivots; of the newest 1,000',
      roles: ['reader'],
      query: {
        ...explorerFilter,
        pivot: z.enum(PIVOTS),
        buckets: z.coerce.number().int().min(1).max(BUCKETS.max).default(BUCKETS.default),
      },
      success: [200, 'Counts for each stretch of time and value'],
      answer: facets,
    },
    async ({ query: { pivot, buckets, ...filter } }) => {
      const query = await queryOf(filter);
      const rows = await explorer.facetRows(query, pivot, FACET_MESSAGES + 1);
      const counted = rows.slice(0, FACET_MESSAGES);
      const truncated = rows.length > FACET_MESSAGES;
      const from = truncated ? (counted.at(-1)?.at ?? query.from) : query.from;
      const to = filter.to ?? clock();
      const found = facetsOf(counted, { from, to, buckets });
      return { body: { pivot, from, to, messages: counted.length, truncated, ...found } };
    },
  );

  routes.add(
    {
      method: 'get',
      path: '/messages/{id}/timeline',
      summary: 'What happened to a message, in order: delivery, remediation, its user, retention',
      roles: ['reader'],
      params: { id },
      success: [200, 'The events'],
      answer: itemsOf(timelineEntry),
      problems: ['not-found'],
    },
    async ({ params }) => ({ body: { items: await timelineOf(store, await known(params.id)) } }),
  );

  routes.add(
    {
      method: 'get',
      path: '/messages/{id}/similar',
      summary: 'Messages with the same body fingerprint, the newest 100',
      roles: ['reader'],
      params: { id },
      success: [200, 'The messages'],
      answer: itemsOf(explorerRow),
      problems: ['not-found'],
    },
    async ({ params }) => {
      const message = await known(params.id);
      const similar = await explorer.similar(message, SIMILAR);
      return { body: { items: await explorerRows(explorer, similar) } };
    },
  );

  async function known(messageId: string): Promise<MessageDoc> {
    const found = await store.messages.byId(messageId);
    if (found === null) throw new Problem('not-found', `There is no message ${messageId}`);
    return found;
  }

  async function* rowPages(query: ExplorerQuery): AsyncGenerator<ExplorerRowView[]> {
    for await (const rows of explorer.pages(query, EXPLORER_MAX_ROWS)) yield await explorerRows(explorer, rows);
  }
}

const COLUMNS: Columns<ExplorerRowView> = [
  ['id', ({ id }) => id],
  ['receivedAt', ({ receivedAt }) => receivedAt],
  ['subject', ({ subject }) => subject],
  ['mailbox', ({ mailbox }) => mailbox],
  ['recipients', ({ recipients }) => recipients.join(' ')],
  ['senderAddress', ({ senderAddress }) => senderAddress],
  ['senderName', ({ senderName }) => senderName],
  ['senderDomain', ({ senderDomain }) => senderDomain],
  ['senderIp', ({ senderIp }) => senderIp],
  ['additionalActions', ({ additionalActions }) => additionalActions.join(', ')],
  ['deliveryAction', ({ deliveryAction }) => deliveryAction],
  ['latestDeliveryLocation', ({ latestDeliveryLocation }) => latestDeliveryLocation],
  ['originalDeliveryLocation', ({ originalDeliveryLocation }) => originalDeliveryLocation],
  ['directionality', ({ directionality }) => directionality],
  ['threats', ({ threats }) => threats.join(' ')],
  ['internetMessageId', ({ internetMessageId }) => internetMessageId],
  ['networkMessageId', ({ networkMessageId }) => networkMessageId],
  ['attachmentCount', ({ attachmentCount }) => attachmentCount],
  ['urlCount', ({ urlCount }) => urlCount],
  ['urlDomains', ({ urlDomains }) => urlDomains.join(' ')],
  ['size', ({ size }) => size],
  ['folder', ({ folder }) => folder],
  ['removedBy', ({ removedBy }) => removedBy],
  ['removedAt', ({ removedAt }) => removedAt],
];
