import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { type PageSource } from '../parts/use-pages';
import { answer, answerWithTag, api } from './client';
import { type paths } from './schema';
import { type Action, type LedgerRow } from './types';

export type ActionQuery = Omit<NonNullable<paths['/api/v1/actions']['get']['parameters']['query']>, 'limit' | 'cursor'>;
export type Destination = 'original' | 'inbox' | 'junk';
export type Decision = 'approve' | 'reject';

/** As many as the Explorer reads at once: whoever scrolls fast waits half as often, and the page is made anew half as often. */
const PAGE_SIZE = 200;

/** The list of actions under a filter, newest first. */
export function actionPages(query: ActionQuery): PageSource<Action> {
  return {
    queryKey: ['actions', 'list', query],
    pageSize: PAGE_SIZE,
    load: (cursor, limit, signal) =>
      answer(
        api.GET('/api/v1/actions', {
          params: { query: { ...query, limit, ...(cursor === null ? {} : { cursor }) } },
          signal,
        }),
      ),
  };
}

/** One action, with the state in which it was seen: a decision on it is refused when that has changed. */
export function actionQuery(id: string) {
  return queryOptions({
    queryKey: ['actions', 'one', id],
    queryFn: ({ signal }) => answerWithTag(api.GET('/api/v1/actions/{id}', { params: { path: { id } }, signal })),
  });
}

/** What a person looks at before they decide, or undo. */
export function summaryQuery(id: string) {
  return queryOptions({
    queryKey: ['actions', 'one', id, 'summary'],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/actions/{id}/summary', { params: { path: { id } }, signal })),
  });
}

export type LedgerQuery = Omit<
  NonNullable<paths['/api/v1/actions/{id}/ledger']['get']['parameters']['query']>,
  'limit' | 'cursor'
>;

/** The ledger of an action in its frozen order. */
export function ledgerPages(id: string, query: LedgerQuery): PageSource<LedgerRow> {
  return {
    queryKey: ['actions', 'one', id, 'ledger', query],
    load: (cursor, limit, signal) =>
      answer(
        api.GET('/api/v1/actions/{id}/ledger', {
          params: { path: { id }, query: { ...query, limit, ...(cursor === null ? {} : { cursor }) } },
          signal,
        }),
      ),
  };
}

export function revertQuery(id: string) {
  return queryOptions({
    queryKey: ['reverts', 'one', id],
    queryFn: ({ signal }) => answer(api.GET('/api/v1/reverts/{id}', { params: { path: { id } }, signal })),
  });
}

/** What changes an action makes the lists old; the events of the server say the same a moment later. */
function useActionChange<V, R>(change: (variables: V) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: change, onSettled: () => client.invalidateQueries({ queryKey: ['actions'] }) });
}

interface Decided {
  readonly id: string;
  readonly decision: Decision;
  readonly comment?: string;
  /** The state in which the action was seen. */
  readonly etag: string;
}

const DECIDE = { approve: '/api/v1/actions/{id}/approve', reject: '/api/v1/actions/{id}/reject' } as const;

export function useDecide() {
  return useActionChange(({ id, decision, etag, ...body }: Decided) =>
    answer(
      api.POST(DECIDE[decision], {
        params: { path: { id }, header: { 'If-Match': etag } },
        body,
      }),
    ),
  );
}

export function useDecideMany() {
  return useActionChange((body: { readonly ids: string[]; readonly decision: Decision; readonly comment?: string }) =>
    answer(api.POST('/api/v1/actions/decide', { body })),
  );
}

/** What a revert of some actions would put back just now. */
export interface RevertPreview {
  readonly actions: number;
  readonly messages: number;
  readonly mailboxes: number;
  readonly skipped: readonly { readonly actionId: string; readonly reason: string }[];
}

/** Counts what a revert would put back; changes nothing. */
export function revertPreviewQuery(actionIds: readonly string[]) {
  return queryOptions({
    queryKey: ['reverts', 'preview', actionIds],
    queryFn: async ({ signal }): Promise<RevertPreview> => {
      const body = { actionIds: [...actionIds], destination: 'original' as const, dryRun: true };
      const found: unknown = await answer(api.POST('/api/v1/reverts', { body, signal }));
      return found as RevertPreview;
    },
    staleTime: 0,
  });
}

/** Puts back what these actions removed; the answer has a problem for each that could not be begun. */
export function useRevert() {
  return useActionChange(
    async (body: {
      readonly actionIds: string[];
      readonly destination: Destination;
      readonly comment?: string;
    }): Promise<readonly { readonly problem?: { readonly detail?: string } }[]> => {
      const { items } = (await answer(api.POST('/api/v1/reverts', { body }))) as {
        readonly items: readonly { readonly problem?: { readonly detail?: string } }[];
      };
      return items;
    },
  );
}

export function useStop() {
  return useActionChange(({ id, ...body }: { readonly id: string; readonly comment?: string }) =>
    answer(api.POST('/api/v1/actions/{id}/stop', { params: { path: { id } }, body })),
  );
}

export function useRetry() {
  return useActionChange(({ id, ...body }: { readonly id: string; readonly comment?: string }) =>
    answer(api.POST('/api/v1/actions/{id}/retry', { params: { path: { id } }, body })),
  );
}
