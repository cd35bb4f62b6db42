import { type ActionView } from './views';

/** What a decision about an action rests on, in the order of the tag. */
const FACTS = ['status', 'decidedBy', 'messageCount', 'remainingInMailboxes', 'reasons'] as const;
type Fact = (typeof FACTS)[number];

function factsOf(view: Pick<ActionView, Fact>): readonly (string | number | null)[] {
  const { status, decidedBy, messageCount, remainingInMailboxes, reasons } = view;
  return [status, decidedBy, messageCount, remainingInMailboxes, reasons.map(({ code }) => code).join(' ')];
}

/** The ETag of an action: it holds the facts themselves, so that a stale one can be told what has changed. */
export function actionTag(view: Pick<ActionView, Fact>): string {
  return `"${Buffer.from(JSON.stringify(factsOf(view))).toString('base64url')}"`;
}

/** What differs between an `If-Match` and the action as it is now, in words; empty where nothing does. */
export function changedSince(ifMatch: string, view: Pick<ActionView, Fact>): string[] {
  if (ifMatch.trim() === '*') return [];
  const now = factsOf(view);
  const given = ifMatch.split(',').flatMap((tag) => readTag(tag) ?? []);
  if (given.length === 0) return ['the If-Match is no ETag of an action'];
  const differences = given.map((then) =>
    FACTS.flatMap((fact, at) => (then[at] === now[at] ? [] : [`${fact} was ${shown(then[at])}, is ${shown(now[at])}`])),
  );
  return differences.sort((one, other) => one.length - other.length)[0] ?? [];
}

function readTag(tag: string): readonly [readonly unknown[]] | null {
  const [, encoded] = /^\s*(?:W\/)?"([\w-]+)"\s*$/.exec(tag) ?? [];
  try {
    const facts: unknown = JSON.parse(Buffer.from(encoded ?? '', 'base64url').toString());
    return Array.isArray(facts) && facts.length === FACTS.length ? [facts] : null;
  } catch {
    return null;
  }
}

function shown(fact: unknown): string {
  if (typeof fact === 'number') return String(fact);
  return typeof fact === 'string' && fact !== '' ? fact.slice(0, 200) : 'none';
}
