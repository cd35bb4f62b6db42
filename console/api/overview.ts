import { queryOptions } from '@tanstack/react-query';
import { answer, api } from './client';

/** What the first page shows; days begin at midnight of the zone that is shown. */
export function overviewQuery(timezone: string) {
  return queryOptions({
    queryKey: ['overview', timezone],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/overview', { params: { query: { timezone } }, signal })),
    // Events tell of actions; of mailboxes, and that a day is over, they do not.
    refetchInterval: 60_000,
  });
}
