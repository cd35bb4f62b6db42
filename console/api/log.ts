import { queryOptions } from '@tanstack/react-query';
import { answer, api } from './client';

/** What happened in an investigation, in order. Its key lies under the investigation's, so that it grows old with it. */
export function logQuery(id: string) {
  return queryOptions({
    queryKey: ['investigations', 'one', id, 'log'],
    queryFn: async ({ signal }) =>
      (await answer(api.GET('/api/v1/investigations/{id}/log', { params: { path: { id } }, signal }))).items,
  });
}
