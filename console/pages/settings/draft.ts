import { type SettingsPatch } from '../../api/settings';
import { type Settings } from '../../api/types';
import { clusterTypeText } from '../../parts/words';

/** The settings as a form holds them: lists as lines, figures as they are typed. */
export interface Draft {
  readonly messageClusters: Settings['messageClusters'];
  readonly maxAutomaticMessages: number;
  readonly minUndoDays: number;
  readonly secondPerson: 'never' | 'always' | 'over';
  readonly secondPersonOver: number;
  readonly perHour: number;
  readonly perDay: number;
  readonly excludedMailboxes: string;
  readonly internalDomains: string;
}

const SECOND_PERSON_OVER = 100;

export function draftOf(settings: Settings): Draft {
  const { secondPerson } = settings;
  return {
    messageClusters: settings.messageClusters,
    maxAutomaticMessages: settings.maxAutomaticMessages,
    minUndoDays: settings.minUndoDays,
    secondPerson: typeof secondPerson === 'string' ? secondPerson : 'over',
    secondPersonOver: typeof secondPerson === 'string' ? SECOND_PERSON_OVER : secondPerson.over,
    perHour: settings.budget.perHour,
    perDay: settings.budget.perDay,
    excludedMailboxes: settings.excludedMailboxes.join('\n'),
    internalDomains: settings.internalDomains.join('\n'),
  };
}

/** The names of what differs between two drafts. */
export function differing(one: Draft, other: Draft): (keyof Draft)[] {
  return (Object.keys(one) as (keyof Draft)[]).filter((key) => JSON.stringify(one[key]) !== JSON.stringify(other[key]));
}

const lines = (text: string): string[] => text.split(/[\s,;]+/).filter((line) => line !== '');

/** The change that a draft makes to the settings that it began with: a key that was not touched is left out. */
export function patchOf(draft: Draft, base: Draft): SettingsPatch {
  const changed = new Set(differing(draft, base));
  return {
    ...(changed.has('messageClusters') ? { messageClusters: boxesOf(draft, base) } : {}),
    ...(changed.has('maxAutomaticMessages') ? { maxAutomaticMessages: draft.maxAutomaticMessages } : {}),
    ...(changed.has('minUndoDays') ? { minUndoDays: draft.minUndoDays } : {}),
    ...(changed.has('secondPerson') || changed.has('secondPersonOver') ? { secondPerson: secondPersonOf(draft) } : {}),
    ...(changed.has('perHour') || changed.has('perDay')
      ? {
          budget: {
            ...(changed.has('perHour') ? { perHour: draft.perHour } : {}),
            ...(changed.has('perDay') ? { perDay: draft.perDay } : {}),
          },
        }
      : {}),
    ...(changed.has('excludedMailboxes') ? { excludedMailboxes: lines(draft.excludedMailboxes) } : {}),
    ...(changed.has('internalDomains') ? { internalDomains: lines(draft.internalDomains) } : {}),
  };
}

/** The boxes that were touched: another that somebody switched off meanwhile stays off. */
function boxesOf(draft: Draft, base: Draft): NonNullable<SettingsPatch['messageClusters']> {
  const boxes = Object.entries(draft.messageClusters) as [keyof Draft['messageClusters'], boolean][];
  return Object.fromEntries(boxes.filter(([name, on]) => base.messageClusters[name] !== on));
}

function secondPersonOf({ secondPerson, secondPersonOver }: Draft): NonNullable<SettingsPatch['secondPerson']> {
  return secondPerson === 'over' ? { over: secondPersonOver } : secondPerson;
}

export const FIELD_TEXT: Readonly<Record<keyof Draft, string>> = {
  messageClusters: 'Message clusters',
  maxAutomaticMessages: 'Most messages of one cluster',
  minUndoDays: 'Shortest time to undo, in days',
  secondPerson: 'Second person',
  secondPersonOver: 'Second person over',
  perHour: 'Budget of an hour',
  perDay: 'Budget of a day',
  excludedMailboxes: 'Excluded mailboxes',
  internalDomains: 'Internal domains',
};

/** A value of a draft in words, to set two beside each other. */
export function valueText(draft: Draft, key: keyof Draft): string {
  const value = draft[key];
  if (typeof value === 'object') {
    return Object.entries(value)
      .map(([name, on]) => `${clusterTypeText(name)} ${on ? 'on' : 'off'}`)
      .join(', ');
  }
  return String(value).replaceAll('\n', ', ') || 'none';
}
