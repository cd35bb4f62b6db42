import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { type PageSource } from '../parts/use-pages';
import { answer, api } from './client';
import { type paths } from './schema';
import { type ExplorerRow } from './types';

/** The Explorer's filters, as a query string has them. */
export type ExplorerQuery = Omit<
  NonNullable<paths['/api/v1/messages']['get']['parameters']['query']>,
  'limit' | 'cursor'
>;
export type Pivot = paths['/api/v1/messages/facets']['get']['parameters']['query']['pivot'];

const PAGE_SIZE = 200;

/** Messages under a filter, newest first. */
export function messagePages(query: ExplorerQuery): PageSource<ExplorerRow> {
  return {
    queryKey: ['messages', 'list', query],
    pageSize: PAGE_SIZE,
    load: (cursor, limit, signal) =>
      answer(
        api.GET('/api/v1/messages', {
          params: { query: { ...query, limit, ...(cursor === null ? {} : { cursor }) } },
          signal,
        }),
      ),
  };
}

/** How many messages a filter leaves over time, by a pivot. */
export function facetsQuery(query: ExplorerQuery, pivot: Pivot, buckets: number) {
  return queryOptions({
    queryKey: ['messages', 'facets', query, pivot, buckets],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/messages/facets', { params: { query: { ...query, pivot, buckets } }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function messageQuery(id: string) {
  return queryOptions({
    queryKey: ['messages', 'one', id],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/messages/{id}', { params: { path: { id } }, signal })),
  });
}

export function timelineQuery(id: string) {
  return queryOptions({
    queryKey: ['messages', 'one', id, 'timeline'],
    queryFn: async ({ signal }) =>
      (await answer(api.GET('/api/v1/messages/{id}/timeline', { params: { path: { id } }, signal }))).items,
  });
}

export function similarQuery(id: string) {
  return queryOptions({
    queryKey: ['messages', 'one', id, 'similar'],
    queryFn: async ({ signal }) =>
      (await answer(api.GET('/api/v1/messages/{id}/similar', { params: { path: { id } }, signal }))).items,
  });
}
