import { type Session } from './session';

/** Extensions without which a message cannot be taken out of a folder and found again without touching any other. */
const NEEDED = [
  { name: 'MOVE', code: 'noMove' },
  { name: 'UIDPLUS', code: 'noUidplus' },
] as const;

export const NEEDED_CODES: readonly string[] = NEEDED.map(({ code }) => code);

/** Those that the server does not have, each with what a person is told. */
export function lackingExtensions({ client }: Pick<Session, 'client'>): readonly (typeof NEEDED)[number][] {
  return NEEDED.filter(({ name }) => !client.capabilities.has(name));
}
