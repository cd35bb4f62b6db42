import { queryOptions } from '@tanstack/react-query';
import { type PageSource } from '../parts/use-pages';
import { answer, api } from './client';
import { type paths } from './schema';
import { type ClusterMailbox, type Investigation } from './types';

export type InvestigationQuery = Omit<
  NonNullable<paths['/api/v1/investigations']['get']['parameters']['query']>,
  'limit' | 'cursor'
>;

/** The list of investigations under a filter, newest first. */
export function investigationPages(query: InvestigationQuery): PageSource<Investigation> {
  return {
    queryKey: ['investigations', 'list', query],
    load: (cursor, limit, signal) =>
      answer(
        api.GET('/api/v1/investigations', {
          params: { query: { ...query, limit, ...(cursor === null ? {} : { cursor }) } },
          signal,
        }),
      ),
  };
}

/** One investigation with its clusters and actions. */
export function investigationQuery(id: string) {
  return queryOptions({
    queryKey: ['investigations', 'one', id],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/investigations/{id}', { params: { path: { id } }, signal })),
  });
}

/** The mailboxes that hold, or held, mail of an investigation's clusters. */
export function mailboxPagesOf(id: string): PageSource<ClusterMailbox> {
  return {
    queryKey: ['investigations', 'one', id, 'mailboxes'],
    load: (cursor, limit, signal) =>
      answer(
        api.GET('/api/v1/investigations/{id}/mailboxes', {
          params: { path: { id }, query: { limit, ...(cursor === null ? {} : { cursor }) } },
          signal,
        }),
      ),
  };
}

/** As many mailboxes as one answer has, for a sheet of paper. */
const PRINTED = 500;

export function firstMailboxesQuery(id: string) {
  return queryOptions({
    queryKey: ['investigations', 'one', id, 'mailboxes', 'first'],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/investigations/{id}/mailboxes', {
          params: { path: { id }, query: { limit: PRINTED } },
          signal,
        }),
      ),
  });
}
