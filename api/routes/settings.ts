import { z } from 'zod';
import { type RemediationSettings } from '../../domain/remediation';
import { RETENTION_DAYS } from '../../domain/retention';
import {
  applyPatch,
  type AutomationSettings,
  type CommonEntityLimits,
  MAX_AUTOMATIC_MESSAGES,
  type SettingsPatch,
} from '../../domain/settings';
import { announce } from '../announce';
import { audit } from '../audit';
import { callerOf } from '../auth';
import { type ApiDeps } from '../deps';
import { address } from '../fields';
import { PREVIEW_DAYS, previewSettings } from '../preview';
import { Problem } from '../problem';
import { type Routes } from '../route';
import { preview, settings as settingsShape } from '../schemas/control';

/** The ceiling that the product is designed for. */
const MAX_MESSAGES = 1_000_000;

const percent = z.int().min(0).max(100).optional();
const days = z.int().min(1).max(3650).optional();
const domain = z
  .string()
  .max(253)
  .regex(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/i, 'must be a domain name');

const commonEntity = z.strictObject({
  maxCopies: z.int().min(0).max(MAX_AUTOMATIC_MESSAGES).optional(),
  olderDays: days,
  olderPercent: percent,
  internalPercent: percent,
  establishedDays: days,
  establishedPercent: percent,
  answeredPercent: percent,
  conversationPercent: percent,
  mailboxPercent: percent,
  sitePercent: percent,
  originMails: z.int().min(0).max(MAX_AUTOMATIC_MESSAGES).optional(),
  firstSeenDays: days,
} satisfies Record<keyof CommonEntityLimits, z.ZodType>);

const remediation = z.strictObject({
  hardDelete: z.boolean().optional(),
  atOnce: z.int().min(1).max(1_000).optional(),
  messagesInFlight: z
    .int()
    .min(1)
    .max(10 * MAX_MESSAGES)
    .optional(),
} satisfies Record<keyof RemediationSettings, z.ZodType>);

const patch = z.strictObject({
  messageClusters: z
    .strictObject({
      similarFiles: z.boolean().optional(),
      similarUrls: z.boolean().optional(),
      multipleSimilarAttributes: z.boolean().optional(),
    })
    .optional(),
  remediationAction: z.literal('softDelete').optional(),
  maxAutomaticMessages: z.int().min(1).max(MAX_AUTOMATIC_MESSAGES).optional(),
  excludedMailboxes: z.array(address).max(10_000).optional(),
  minUndoDays: z.int().min(0).max(RETENTION_DAYS.max).optional(),
  secondPerson: z
    .union([z.literal('never'), z.literal('always'), z.strictObject({ over: z.int().min(0).max(MAX_MESSAGES) })])
    .optional(),
  budget: z
    .strictObject({
      perHour: z.int().min(0).max(MAX_MESSAGES).optional(),
      perDay: z.int().min(0).max(MAX_MESSAGES).optional(),
    })
    .optional(),
  internalDomains: z.array(domain).max(1000).optional(),
  commonEntity: commonEntity.optional(),
  remediation: remediation.optional(),
});

/** The settings of automation. */
export function settingsRoutes(routes: Routes, deps: ApiDeps): void {
  const { store, clock } = deps;
  routes.add(
    {
      method: 'get',
      path: '/settings/automation',
      summary: 'The settings of automation',
      roles: ['reader', 'admin'],
      success: [200, 'The settings, their version as ETag'],
      answer: settingsShape,
      headers: ['ETag'],
    },
    async () => {
      const settings = await store.settings.get();
      return { body: await shown(settings), headers: { ETag: `"${settings.version}"` } };
    },
  );

  routes.add(
    {
      method: 'put',
      path: '/settings/automation',
      summary: 'Change the settings; a missing key stays as it is. Nothing that waits is executed',
      roles: ['admin'],
      body: patch,
      audit: 'settings.change',
      success: [200, 'The settings after the change'],
      answer: settingsShape,
      headers: ['ETag'],
      problems: ['precondition-required', 'precondition-failed'],
    },
    async ({ body, request }) => {
      const expected = request.get('if-match');
      if (expected === undefined) throw new Problem('precondition-required', 'Send If-Match with the ETag of GET');
      const current = await store.settings.get();
      const by = { name: callerOf(request).name, at: clock().toISOString() };
      const next = applyPatch(current, body as SettingsPatch, by);
      const entry = { action: 'settings.change', target: 'automation', before: current, after: next };
      const changed =
        matches(expected, `"${current.version}"`) &&
        (await store.transaction(async (session) => {
          if (!(await store.settings.replace(next, current.version, session))) return false;
          await audit(store, clock, request, entry, session);
          return true;
        }));
      if (!changed) throw new Problem('precondition-failed', 'The settings have changed since: read them again');
      await announce(deps, {
        event: 'settings.changed',
        key: String(next.version),
        data: { settingsVersion: next.version },
      });
      return { body: await shown(next), headers: { ETag: `"${next.version}"` } };
    },
  );

  routes.add(
    {
      method: 'post',
      path: '/settings/automation/preview',
      summary: `What proposed settings would have removed or left waiting over the last ${PREVIEW_DAYS} days; changes nothing`,
      roles: ['reader', 'admin'],
      body: patch,
      success: [200, 'The same for the settings of now and for those proposed'],
      answer: preview,
    },
    async ({ body, request }) => {
      const current = await store.settings.get();
      const by = { name: callerOf(request).name, at: clock().toISOString() };
      return { body: await previewSettings(deps, current, applyPatch(current, body as SettingsPatch, by)) };
    },
  );

  /** What holds: where no internal domain is named, those of the mailboxes are. */
  async function shown(settings: AutomationSettings): Promise<AutomationSettings> {
    return { ...settings, internalDomains: await store.mailboxes.internalDomains(settings) };
  }
}

/** Whether an `If-Match` (RFC 9110: `*`, or a list of tags) names this tag. */
function matches(ifMatch: string, tag: string): boolean {
  const given = ifMatch.split(',').map((one) => one.trim());
  return given.includes('*') || given.includes(tag);
}
