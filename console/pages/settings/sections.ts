import { type Role } from '../../api/session';

/** The parts of the settings, and who may see each. */
export const SECTIONS = {
  automation: { text: 'Automation settings', roles: ['reader', 'admin'] },
  tokens: { text: 'Tokens and roles', roles: ['admin'] },
  webhooks: { text: 'Webhooks', roles: ['admin'] },
  mailboxes: { text: 'Mailboxes', roles: ['reader', 'operator', 'admin'] },
  audit: { text: 'Audit', roles: ['auditor', 'admin'] },
} as const satisfies Readonly<Record<string, { readonly text: string; readonly roles: readonly Role[] }>>;

export type Section = keyof typeof SECTIONS;

/** Who has something to see in the settings. */
export const SETTINGS_ROLES: readonly Role[] = Object.values(SECTIONS).flatMap(({ roles }) => [...roles]);
