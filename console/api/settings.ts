import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { type PageSource } from '../parts/use-pages';
import { answer, answerWithTag, api } from './client';
import { type paths } from './schema';
import { type AuditRow, type Mailbox, type Token, type Webhook } from './types';

export type SettingsPatch = NonNullable<
  paths['/api/v1/settings/automation']['put']['requestBody']
>['content']['application/json'];

/** The settings with the version that they were seen in. */
export const settingsQuery = queryOptions({
  queryKey: ['settings', 'automation'],
  queryFn: ({ signal }) => answerWithTag(api.GET('/api/v1/settings/automation', { signal })),
});

/** Saves a change of the settings as they were seen; a change by somebody else meanwhile is a 412, never overwritten. */
export function useSaveSettings() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ patch, etag }: { readonly patch: SettingsPatch; readonly etag: string }) =>
      answerWithTag(api.PUT('/api/v1/settings/automation', { params: { header: { 'If-Match': etag } }, body: patch })),
    onSuccess: (saved) => client.setQueryData(settingsQuery.queryKey, saved),
    onError: () => client.invalidateQueries({ queryKey: settingsQuery.queryKey }),
  });
}

/** What the change would have done over the last 30 days. */
export function usePreview() {
  return useMutation({
    mutationFn: (body: SettingsPatch) => answer(api.POST('/api/v1/settings/automation/preview', { body })),
  });
}

const at = (cursor: string | null) => (cursor === null ? {} : { cursor });

export const tokenPages: PageSource<Token> = {
  queryKey: ['tokens', 'list'],
  load: (cursor, limit, signal) =>
    answer(api.GET('/api/v1/tokens', { params: { query: { limit, ...at(cursor) } }, signal })),
};

export const webhookPages: PageSource<Webhook> = {
  queryKey: ['webhooks', 'list'],
  load: (cursor, limit, signal) =>
    answer(api.GET('/api/v1/webhooks', { params: { query: { limit, ...at(cursor) } }, signal })),
};

export const mailboxPages: PageSource<Mailbox> = {
  queryKey: ['mailboxes', 'list'],
  load: (cursor, limit, signal) =>
    answer(api.GET('/api/v1/mailboxes', { params: { query: { limit, ...at(cursor) } }, signal })),
};

export type AuditQuery = Omit<NonNullable<paths['/api/v1/audit']['get']['parameters']['query']>, 'limit' | 'cursor'>;

export function auditPages(query: AuditQuery): PageSource<AuditRow> {
  return {
    queryKey: ['audit', 'list', query],
    load: (cursor, limit, signal) =>
      answer(api.GET('/api/v1/audit', { params: { query: { ...query, limit, ...at(cursor) } }, signal })),
  };
}

/** A change that makes a list old. */
function useListChange<V, R>(key: string, change: (variables: V) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: change, onSuccess: () => client.invalidateQueries({ queryKey: [key] }) });
}

type Body<P extends '/api/v1/tokens' | '/api/v1/webhooks'> = NonNullable<
  paths[P]['post']['requestBody']
>['content']['application/json'];

export function useCreateToken() {
  return useListChange('tokens', (body: Body<'/api/v1/tokens'>) => answer(api.POST('/api/v1/tokens', { body })));
}

export function useDeleteToken() {
  return useListChange('tokens', (id: string) =>
    answer(api.DELETE('/api/v1/tokens/{id}', { params: { path: { id } } })),
  );
}

export function useCreateWebhook() {
  return useListChange('webhooks', (body: Body<'/api/v1/webhooks'>) => answer(api.POST('/api/v1/webhooks', { body })));
}

export function useDeleteWebhook() {
  return useListChange('webhooks', (id: string) =>
    answer(api.DELETE('/api/v1/webhooks/{id}', { params: { path: { id } } })),
  );
}

type MailboxChange = NonNullable<
  paths['/api/v1/mailboxes/{address}']['put']['requestBody']
>['content']['application/json'];

/** Sets how long a mailbox keeps soft-deleted mail, and its hold. */
export function useSetMailbox() {
  return useListChange('mailboxes', ({ address, ...body }: MailboxChange & { readonly address: string }) =>
    answer(api.PUT('/api/v1/mailboxes/{address}', { params: { path: { address } }, body })),
  );
}

/** Has a mailbox at an IMAP server probed now, by a test message. */
export function useProbe() {
  return useListChange('mailboxes', (address: string) =>
    answer(api.POST('/api/v1/mailboxes/{address}/check', { params: { path: { address } }, body: {} })),
  );
}

/** Walks the whole chain of the audit. */
export function useVerifyAudit() {
  return useMutation({ mutationFn: () => answer(api.GET('/api/v1/audit/verify')) });
}
