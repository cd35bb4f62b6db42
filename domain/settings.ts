import { type ClusterType } from './cluster';
import { REMEDIATION_SETTINGS, type RemediationSettings } from './remediation';
import { type SecondPersonRule } from './second-person';

/** How many messages automation may remove, over all investigations (law 10). */
export interface Budget {
  readonly perHour: number;
  readonly perDay: number;
}

/** The settings of automation (api.md, `GET /settings/automation`). A key whose feature is not built is not here. */
export interface AutomationSettings {
  readonly messageClusters: Readonly<Record<ClusterType, boolean>>;
  readonly remediationAction: 'softDelete';
  readonly maxAutomaticMessages: number;
  readonly excludedMailboxes: readonly string[];
  /** A mailbox that keeps soft-deleted mail for fewer days is not touched by automation. */
  readonly minUndoDays: number;
  readonly secondPerson: SecondPersonRule;
  readonly budget: Budget;
  /** Domains of one's own; where none is named, those of the mailboxes. */
  readonly internalDomains: readonly string[];
  readonly commonEntity: CommonEntityLimits;
  /** What a person may do with Take action. */
  readonly remediation: RemediationSettings;
  readonly version: number;
  readonly updatedAt: string;
  readonly updatedBy: string;
}

/** What a caller may change; a missing key stays as it is. */
export interface SettingsPatch {
  readonly messageClusters?: Readonly<Partial<Record<ClusterType, boolean>>>;
  readonly remediationAction?: 'softDelete';
  readonly maxAutomaticMessages?: number;
  readonly excludedMailboxes?: readonly string[];
  readonly minUndoDays?: number;
  readonly secondPerson?: SecondPersonRule;
  readonly budget?: Partial<Budget>;
  readonly internalDomains?: readonly string[];
  readonly commonEntity?: Partial<CommonEntityLimits>;
  readonly remediation?: Partial<RemediationSettings>;
}

/**
 * When an entity counts as one that honest mail carries too (`commonEntity`, docs/decisions/020-prevalence-guard.md). A
 * percentage is passed by a greater share; 100 switches its sign off.
 */
export interface CommonEntityLimits {
  /** However small their share, at most this many copies may bear one sign: more mail without it does not hide them. */
  readonly maxCopies: number;
  /** Copies that came in longer before the alert than this many days… */
  readonly olderDays: number;
  /** …may be at most this share of them. */
  readonly olderPercent: number;
  readonly internalPercent: number;
  /** How much earlier than a copy its sender must have written, in days, to be established. */
  readonly establishedDays: number;
  readonly establishedPercent: number;
  readonly answeredPercent: number;
  readonly conversationPercent: number;
  /** Of all mailboxes. */
  readonly mailboxPercent: number;
  readonly sitePercent: number;
  /** So many other mails may have come from the address or domain of a pair, `establishedDays` before the alert. */
  readonly originMails: number;
  /** An entity may have been seen first at most this many days before the alert. */
  readonly firstSeenDays: number;
}

export const COMMON_ENTITY_LIMITS: CommonEntityLimits = {
  maxCopies: 5,
  olderDays: 30,
  olderPercent: 20,
  internalPercent: 5,
  establishedDays: 7,
  establishedPercent: 0,
  answeredPercent: 1,
  conversationPercent: 5,
  mailboxPercent: 50,
  sitePercent: 30,
  originMails: 1,
  firstSeenDays: 180,
};

/** No cluster above this many messages is ever remediated automatically (product.md §0.4). */
export const MAX_AUTOMATIC_MESSAGES = 10_000;

/** What holds before anybody has set anything: every box off. */
export const DEFAULT_SETTINGS: AutomationSettings = {
  messageClusters: { similarFiles: false, similarUrls: false, multipleSimilarAttributes: false },
  remediationAction: 'softDelete',
  maxAutomaticMessages: MAX_AUTOMATIC_MESSAGES,
  excludedMailboxes: [],
  minUndoDays: 1,
  secondPerson: 'never',
  budget: { perHour: 50_000, perDay: 200_000 },
  internalDomains: [],
  commonEntity: COMMON_ENTITY_LIMITS,
  remediation: REMEDIATION_SETTINGS,
  version: 1,
  updatedAt: '1970-01-01T00:00:00.000Z',
  updatedBy: 'System',
};

/** The settings after a change, with the version raised by one; mailboxes and domains are compared in lower case. */
export function applyPatch(
  current: AutomationSettings,
  patch: SettingsPatch,
  by: { readonly name: string; readonly at: string },
): AutomationSettings {
  return {
    messageClusters: { ...current.messageClusters, ...patch.messageClusters },
    remediationAction: current.remediationAction,
    maxAutomaticMessages: patch.maxAutomaticMessages ?? current.maxAutomaticMessages,
    excludedMailboxes: sorted(patch.excludedMailboxes ?? current.excludedMailboxes),
    minUndoDays: patch.minUndoDays ?? current.minUndoDays,
    secondPerson: patch.secondPerson ?? current.secondPerson,
    budget: { ...current.budget, ...patch.budget },
    internalDomains: sorted(patch.internalDomains ?? current.internalDomains),
    commonEntity: { ...current.commonEntity, ...patch.commonEntity },
    remediation: { ...current.remediation, ...patch.remediation },
    version: current.version + 1,
    updatedAt: by.at,
    updatedBy: by.name,
  };
}

function sorted(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => name.toLowerCase()))].sort();
}
