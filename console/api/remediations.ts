import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type z } from 'zod';
import { type remediationPreview } from '../../api/schemas/remediation';
import { answer, api } from './client';
import { type paths } from './schema';
import { type Action } from './types';

export type Order = NonNullable<paths['/api/v1/remediations']['post']['requestBody']>['content']['application/json'];
export type OrderAction = Order['action'];
/** What a dry run answers. */
export type RemediationPreview = z.infer<typeof remediationPreview>;

/** What is acted on: messages that were picked, or all that a filter finds. */
export type Chosen = { readonly messageIds: string[] } | { readonly filter: NonNullable<Order['filter']> };

/** What an action would work on; changes nothing. */
export function useDryRun() {
  return useMutation({
    mutationFn: async (order: Order): Promise<RemediationPreview> => {
      const found: unknown = await answer(api.POST('/api/v1/remediations', { body: { ...order, dryRun: true } }));
      return found as RemediationPreview;
    },
  });
}

/** Takes the action, on just the selection that the dry run showed. */
export function useTakeAction() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (order: Order) => (await answer(api.POST('/api/v1/remediations', { body: order }))) as Action,
    onSuccess: () => client.invalidateQueries({ queryKey: ['actions'] }),
  });
}
