/** The settings of automation (api.md, `GET /settings/automation`). A key whose feature is not built is not here. */
export interface AutomationSettings {
  readonly messageClusters: { readonly similarFiles: boolean; readonly similarUrls: boolean };
  readonly remediationAction: 'softDelete';
  readonly maxAutomaticMessages: number;
  readonly excludedMailboxes: readonly string[];
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
}

/** No cluster above this many messages is ever remediated automatically (product.md §0.4). */
export const MAX_AUTOMATIC_MESSAGES = 10_000;

/** What holds before anybody has set anything: every box off. */
export const DEFAULT_SETTINGS: AutomationSettings = {
  messageClusters: { similarFiles: false, similarUrls: false },
  remediationAction: 'softDelete',
  maxAutomaticMessages: MAX_AUTOMATIC_MESSAGES,
  excludedMailboxes: [],
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
    version: current.version + 1,
    updatedAt: by.at,
    updatedBy: by.name,
  };
}
