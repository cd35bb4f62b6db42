import { type SimilarFigures, similarText } from './attributes';
import { type ClusterType } from './cluster';
import { commonEntityDetails, type PrevalenceFigures } from './prevalence';
import { type ActionType } from './remediation';
import { needsSecondPerson, type SecondPersonRule, secondPersonText } from './second-person';
import { type AutomationSettings } from './settings';
import { type Verdict } from './verdict';

/** Why an action waits for a person (law 2: a closed list; each joins with the feature that can give it). */
export const PENDING_REASONS = [
  'clusterTypeOff',
  'tooManyMessages',
  'commonEntity',
  'weakMatch',
  'startedByPerson',
  'automationPaused',
  'overBudget',
  'secondPersonNeeded',
  'arrivedSince',
  'unknownRetention',
  'shortRetention',
  'unsafeMailbox',
  'reverted',
] as const;
export type PendingReason = (typeof PENDING_REASONS)[number];

/** A reason with the figures that it rests on. */
export interface ReasonDetail {
  readonly code: PendingReason;
  readonly detail: string;
}

/** What decides whether automation may take one message of a cluster. */
export interface MessageTraits {
  /** Days that its mailbox keeps soft-deleted mail; `null` where nobody can say. A hold keeps it without end. */
  readonly retentionDays: number | null;
  readonly hold: boolean;
  /** Why its mailbox, or its folder there, cannot be handled safely; `null` or none where it can. */
  readonly unsafe?: string | null;
  /** True where a person put it back after an earlier removal for the same cluster key (law 6). */
  readonly reverted: boolean;
}

/** Messages in Inbox, Junk and personal folders that are alike to the policy. */
export interface TakeableGroup extends MessageTraits {
  readonly count: number;
}

/** What the policy knows of one cluster. All counts are messages. */
export interface ClusterFacts {
  readonly type: ClusterType;
  readonly verdict: Verdict;
  /** Every message that carries the entity, wherever it is, excluded mailboxes left out. */
  readonly messageCount: number;
  /** Those that a removal would take, by what decides about each. */
  readonly takeable: readonly TakeableGroup[];
  /** True where the token that raised the alert has no `detector` role, and that token's name. */
  readonly startedByPerson: boolean;
  readonly startedBy: string;
  /** How a cluster of similar messages was judged; none for an entity. */
  readonly similar?: SimilarFigures;
  /** What was found of the entity; `null` where there was nothing to look at. */
  readonly entity: EntityFindings | null;
}

/** What may make an entity no ground to remove without a person. */
export interface EntityFindings {
  /** The figures of `commonEntity`. */
  readonly prevalence: PrevalenceFigures;
  /** The grounds of `weakMatch`, each a sentence. */
  readonly weak: readonly string[];
}

/** Who paused automation, and when (ISO 8601). */
export interface Pause {
  readonly by: string;
  readonly since: string | null;
}

/** How automation as a whole stands at this moment (law 10). */
export interface AutomationStanding {
  /** `null` where nobody has paused it. */
  readonly pause: Pause | null;
  /** Messages that automation has begun to remove within the last hour and the last day, over all investigations. */
  readonly used: { readonly hour: number; readonly day: number };
}

/** Automation that nobody has paused and that has used nothing of its budget. */
export const AT_REST: AutomationStanding = { pause: null, used: { hour: 0, day: 0 } };

export type Decision =
  | { readonly kind: 'none'; readonly because: 'notMalicious' | 'nothingInMailboxes' }
  /** `waiting` is the part that becomes a pending action of its own, for message reasons. */
  | { readonly kind: 'automatic'; readonly waiting: readonly ReasonDetail[] }
  | { readonly kind: 'pending'; readonly reasons: readonly ReasonDetail[] };

/** Decides what happens to one cluster (law 2). Total: every verdict and every set of facts has exactly one answer. */
export function decide(cluster: ClusterFacts, settings: AutomationSettings, standing: AutomationStanding): Decision {
  if (cluster.verdict !== 'malicious') return { kind: 'none', because: 'notMalicious' };
  const total = countOf(cluster.takeable);
  if (total === 0) return { kind: 'none', because: 'nothingInMailboxes' };
  const waiting = cluster.takeable.filter((group) => messageReasons(group, settings).length > 0);
  const held = countOf(waiting);
  const reasons = [
    ...clusterReasons(cluster, settings),
    ...(held < total ? standingReasons(total - held, settings, standing) : []),
  ];
  const ofMessages = messageReasonDetails(waiting, settings);
  if (reasons.length === 0 && held < total) {
    return { kind: 'automatic', waiting: withSecondPerson(ofMessages, held, settings) };
  }
  return { kind: 'pending', reasons: withSecondPerson([...reasons, ...ofMessages], total, settings) };
}

/** The reasons that hold for a cluster as a whole, with their figures, under these settings. */
export function clusterReasons(
  cluster: Pick<ClusterFacts, 'type' | 'messageCount' | 'startedByPerson' | 'startedBy' | 'entity' | 'similar'>,
  settings: AutomationSettings,
): ReasonDetail[] {
  const reasons: ReasonDetail[] = [];
  if (!settings.messageClusters[cluster.type]) {
    reasons.push({
      code: 'clusterTypeOff',
      detail: `The box ${cluster.type} is off (settings version ${settings.version})`,
    });
  }
  if (cluster.messageCount > settings.maxAutomaticMessages) {
    reasons.push({
      code: 'tooManyMessages',
      detail: `${cluster.messageCount} messages, more than the ${settings.maxAutomaticMessages} that automation may take`,
    });
  }
  if (cluster.entity !== null) reasons.push(...entityReasons(cluster.entity, settings));
  if (cluster.startedByPerson) {
    reasons.push({
      code: 'startedByPerson',
      detail: `The token ${cluster.startedBy} that started it has no detector role`,
    });
  }
  const { similar } = cluster;
  if (similar === undefined) return reasons;
  // Who is to decide about similar mail sees by what it was judged.
  return reasons.map(({ code, detail }, at) => ({
    code,
    detail: at === 0 ? `${detail}; ${similarText(similar)}` : detail,
  }));
}

/** Whether honest mail may carry the entity too, or it was found in weak places: it says nothing of other mail then. */
export function isDoubtful({ entity }: Pick<ClusterFacts, 'entity'>, settings: AutomationSettings): boolean {
  return entity !== null && entityReasons(entity, settings).length > 0;
}

function entityReasons({ prevalence, weak }: EntityFindings, { commonEntity }: AutomationSettings): ReasonDetail[] {
  const reasonOf = (code: PendingReason, details: readonly string[]): ReasonDetail[] =>
    details.length === 0 ? [] : [{ code, detail: details.join('; ') }];
  return [...reasonOf('commonEntity', commonEntityDetails(prevalence, commonEntity)), ...reasonOf('weakMatch', weak)];
}

/** The reasons that come from automation as a whole, for an action of so many messages (law 10). */
export function standingReasons(
  messages: number,
  { budget }: Pick<AutomationSettings, 'budget'>,
  { pause, used }: AutomationStanding,
): ReasonDetail[] {
  const over = [
    ...(used.hour + messages > budget.perHour ? [overText(used.hour, messages, budget.perHour, 'hour')] : []),
    ...(used.day + messages > budget.perDay ? [overText(used.day, messages, budget.perDay, 'day')] : []),
  ];
  return [
    ...(pause === null ? [] : [pausedReason(pause)]),
    ...(over.length === 0 ? [] : [{ code: 'overBudget', detail: over.join('; ') } as const]),
  ];
}

/** What an action waits for that a pause has stopped, or kept from starting. */
export function pausedReason({ by, since }: Pause): ReasonDetail {
  return { code: 'automationPaused', detail: `Automation was paused by ${by} at ${since ?? 'an unknown time'}` };
}

/** The reasons that hold for one message alone: it becomes part of a pending action, the others go (law 2). */
export function messageReasons(
  { retentionDays, hold, unsafe = null, reverted }: MessageTraits,
  { minUndoDays }: Pick<AutomationSettings, 'minUndoDays'>,
): PendingReason[] {
  return [
    ...(!hold && retentionDays === null ? (['unknownRetention'] as const) : []),
    ...(!hold && retentionDays !== null && retentionDays < minUndoDays ? (['shortRetention'] as const) : []),
    ...(unsafe === null ? [] : (['unsafeMailbox'] as const)),
    ...(reverted ? (['reverted'] as const) : []),
  ];
}

/**
 * What settings that were tightened since its plan say of an automatic action. A group that waited for this already makes
 * the rest wait too: the plan does not say which settings it was made by, and waiting is the safe side.
 */
export function tightenedReasons(
  { takeable }: Pick<ClusterFacts, 'takeable'>,
  settings: AutomationSettings,
): ReasonDetail[] {
  return messageReasonDetails(
    takeable.filter(
      ({ reverted, unsafe = null, retentionDays }) => !reverted && unsafe === null && retentionDays !== null,
    ),
    settings,
  );
}

/** Adds `secondPersonNeeded` to what waits anyway, where the rule asks for a second person at this size. */
export function withSecondPerson(
  reasons: readonly ReasonDetail[],
  messages: number,
  { secondPerson }: Pick<AutomationSettings, 'secondPerson'>,
): readonly ReasonDetail[] {
  if (reasons.length === 0 || !needsSecondPerson(secondPerson, messages)) return reasons;
  return [...reasons, { code: 'secondPersonNeeded', detail: secondPersonText(secondPerson) }];
}

/** What a Take action waits for: a second person, and for a hard delete another admin. */
export function secondPersonReasons(type: ActionType, rule: SecondPersonRule): ReasonDetail[] {
  const detail = type === 'hardDelete' ? 'What is deleted for good needs another admin' : secondPersonText(rule);
  return [{ code: 'secondPersonNeeded', detail }];
}

/** Reasons of unsafe mailboxes that a detail names at most. */
const UNSAFE_NAMED = 3;

const MESSAGE_TEXT = {
  unknownRetention: (count: number) => `${count} messages are in mailboxes whose retention nobody can say`,
  shortRetention: (count: number, { minUndoDays }: Pick<AutomationSettings, 'minUndoDays'>) =>
    `${count} messages could be restored for less than ${minUndoDays} days`,
  unsafeMailbox: (count: number, _settings: unknown, reasons: readonly string[]) =>
    `${count} messages are where they cannot be removed safely: ${reasons.join('; ')}`,
  reverted: (count: number) => `${count} messages were put back by a person after an earlier removal`,
} as const;

function messageReasonDetails(groups: readonly TakeableGroup[], settings: AutomationSettings): ReasonDetail[] {
  const codes = Object.keys(MESSAGE_TEXT) as (keyof typeof MESSAGE_TEXT)[];
  return codes.flatMap((code) => {
    const held = groups.filter((group) => messageReasons(group, settings).includes(code));
    const unsafe = [...new Set(held.flatMap((group) => group.unsafe ?? []))].slice(0, UNSAFE_NAMED);
    return held.length === 0 ? [] : [{ code, detail: MESSAGE_TEXT[code](countOf(held), settings, unsafe) }];
  });
}

function countOf(groups: readonly TakeableGroup[]): number {
  return groups.reduce((total, { count }) => total + count, 0);
}

function overText(used: number, messages: number, limit: number, span: 'hour' | 'day'): string {
  return `${messages} messages and the ${used} of the last ${span} are more than the ${limit} that automation may remove in one ${span}`;
}
