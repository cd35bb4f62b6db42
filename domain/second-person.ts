import { type ActionType } from './remediation';

/** When a decision needs somebody else than who started or asked for the action (api.md, `secondPerson`). */
export type SecondPersonRule = 'never' | 'always' | { readonly over: number };

/** Who is behind an action that is to be decided. */
export interface Initiators {
  /** The token that raised the alert. */
  readonly startedBy: string;
  /** The person whose decision offered it as a further action; `null` where none did. */
  readonly requestedBy: string | null;
}

/** Whether an action of so many messages must be decided by a second person. `over: N` means more than N messages. */
export function needsSecondPerson(rule: SecondPersonRule, messages: number): boolean {
  if (typeof rule === 'object') return messages > rule.over;
  return rule === 'always';
}

/** The rule for an action of this type: what is deleted for good always needs somebody else. */
export function ruleFor(type: ActionType, rule: SecondPersonRule): SecondPersonRule {
  return type === 'hardDelete' ? 'always' : rule;
}

/** Whether this decider may decide: `null` stands for a signal, of which nobody knows who sent it. */
export function mayDecide(
  rule: SecondPersonRule,
  { messages, decider, by }: { readonly messages: number; readonly decider: string | null; readonly by: Initiators },
): boolean {
  if (!needsSecondPerson(rule, messages)) return true;
  return decider !== null && decider !== by.startedBy && decider !== by.requestedBy;
}

/** The rule in words. */
export function secondPersonText(rule: SecondPersonRule): string {
  const when = typeof rule === 'object' ? `Over ${rule.over} messages somebody` : 'Somebody';
  return `${when} else than who started or requested it must decide`;
}
