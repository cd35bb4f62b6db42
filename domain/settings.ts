import { type SecondPersonRule } from './second-person';

/** How many messages automation may remove, over all investigations (law 10). */
export interface Budget {
  readonly perHour: number;
  readonly perDay: number;
}

/** The settings of automation (api.md, `GET /settings/automation`). A key whose feature is not built is not here. */
export interface AutomationSettings {
  readonly messageClusters: { readonly similarFiles: boolean; readonly similarUrls: boolean };
  readonly remediationAction: 'softDelete';
  readonly maxAutomaticMessages: number;
  readonly excludedMailboxes: readonly string[];
  /** A mailbox that keeps soft-deleted mail for fewer days is not touched by automation. */
  readonly minUndoDays: number;
  readonly secondPerson: SecondPersonRule;
  readonly budget: Budget;
  readonly version: number;
  readonly updatedAt: string;
  readonly updatedBy: string;
}

/** What a caller may change; a missing key stays as it is. */
export interface SettingsPatch {
  readonly messageClusters?: { readonly similarFiles?: boolean; readonly similarUrls?: boolean };
  readonly remediationAction?: 'softDelete';
  readonly maxAutomaticMessages?: number;
  readonly excludedMailboxes?: readonly string[];
  readonly minUndoDays?: number;
  readonly secondPerson?: SecondPersonRule;
  readonly budget?: Partial<Budget>;
}

/** No cluster above this many messages is ever remediated automatically (product.md §0.4). */
export const MAX_AUTOMATIC_MESSAGES = 10_000;

/** What holds before anybody has set anything: every box off. */
export const DEFAULT_SETTINGS: AutomationSettings = {
  messageClusters: { similarFiles: false, similarUrls: false },
  remediationAction: 'softDelete',
  maxAutomaticMessages: MAX_AUTOMATIC_MESSAGES,
  excludedMailboxes: [],
  minUndoDays: 1,
  secondPerson: 'never',
  budget: { perHour: 50_000, perDay: 200_000 },
  version: 1,
  updatedAt: '1970-01-01T00:00:00.000Z',
  updatedBy: 'System',
};

/** The settings after a change, with the version raised by one; mailboxes are compared in lower case. */
export function applyPatch(
  current: AutomationSettings,
  patch: SettingsPatch,
  by: { readonly name: string; readonly at: string },
): AutomationSettings {
  return {
    messageClusters: { ...current.messageClusters, ...patch.messageClusters },
    remediationAction: current.remediationAction,
    maxAutomaticMessages: patch.maxAutomaticMessages ?? current.maxAutomaticMessages,
    excludedMailboxes: [
      ...new Set((patch.excludedMailboxes ?? current.excludedMailboxes).map((address) => address.toLowerCase())),
    ].sort(),
    minUndoDays: patch.minUndoDays ?? current.minUndoDays,
    secondPerson: patch.secondPerson ?? current.secondPerson,
    budget: { ...current.budget, ...patch.budget },
    version: current.version + 1,
    updatedAt: by.at,
    updatedBy: by.name,
  };
}
