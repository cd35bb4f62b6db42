import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api } from './client';

/** Whether automation is paused, by whom and since when. */
export const automationStateQuery = queryOptions({
  queryKey: ['automation', 'state'],
  queryFn: ({ signal }) => answer(api.GET('/api/v1/automation/state', { signal })),
  // No event tells of a pause.
  refetchInterval: 10_000,
  refetchOnWindowFocus: 'always',
});

/** Pauses automation at its next batch, or resumes it. */
export function usePause() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { readonly paused: boolean; readonly comment?: string }) =>
      answer(api.PUT('/api/v1/automation/state', { body })),
    onSuccess: (state) => {
      client.setQueryData(automationStateQuery.queryKey, state);
      void client.invalidateQueries({ queryKey: ['overview'] });
    },
  });
}
