import { groupBy } from '../../domain/group';
import { type Place } from '../../domain/imap';
import { openFolder, type Shown, searchOf, shownOf } from './looking';
import { type Box } from './pool';
import { type Session } from './session';
import { CHARACTERS, uidSets } from './uid-sets';

type Query = Extract<Parameters<Session['client']['search']>[0], object>;

/** One search tells messages of so many kinds apart at most. */
const KINDS = 8;
/** A kind is worth its part of a search from so many messages on: an answer for each of them takes as long. */
const WORTH_ASKING = 4;
/** A search names at most so many keywords. */
const KEYWORDS = 12;
const ATOM = /^[!#$&'+,\-./0-9:;<=>?@A-Z[^_`a-z|}~]+$/;
const SYSTEM: Readonly<Record<string, string>> = {
  '\\seen': 'seen',
  '\\answered': 'answered',
  '\\flagged': 'flagged',
  '\\deleted': 'deleted',
  '\\draft': 'draft',
};

/**
 * Those of the messages that the open folder still has, as it shows them. What it shows as expected is asked for by one
 * search, of each size and with each set of flags; every other message is asked for by itself, which takes twenty times
 * as long. A keyword that the server does not name among the folder's flags is not seen by a search: it is left as it is.
 */
export async function shownNow(session: Session, expected: readonly Shown[]): Promise<ReadonlyMap<number, Shown>> {
  const byUid = new Map(expected.map((one) => [one.uid, one]));
  const shown = new Map<number, Shown>();
  const named = namedFlags(session);
  for (const query of named === null ? [] : queriesOf(expected, named)) {
    for (const uid of (await searchOf(session, query)) ?? []) {
      const as = byUid.get(uid);
      if (as !== undefined) shown.set(uid, as);
    }
  }
  const others = [...byUid.keys()].filter((uid) => !shown.has(uid));
  if (others.length > 0) {
    for (const [uid, as] of await shownOf(session, others)) shown.set(uid, as);
  }
  return shown;
}

/** Searches that find each message if it is as expected; what is of a rare kind is in none, nor what is expected twice. */
function queriesOf(expected: readonly Shown[], named: ReadonlySet<string>): Query[] {
  const once = [...groupBy(expected, ({ uid }) => uid).values()].flatMap((same) => (same.length === 1 ? same : []));
  const kinds = [...groupBy(once, ({ size, flags }) => `${size} ${flagKey(flags)}`).values()];
  const parts = kinds.flatMap((alike): Part[] => {
    const [first] = alike;
    const exact = first === undefined || alike.length < WORTH_ASKING ? null : exactly(first, named);
    return exact === null ? [] : uidSets(alike.map(({ uid }) => uid)).map(({ set }) => ({ uid: set, ...exact }));
  });
  // The library takes an alternative of one for what it is.
  return [...commandsOf(parts)].map((some) => ({ or: some }));
}

type Part = Query & { readonly uid: string };

/** What goes into one command: a server may refuse longer lines. */
function* commandsOf(parts: readonly Part[]): Generator<Part[]> {
  let command: Part[] = [];
  let characters = 0;
  for (const part of parts) {
    if (command.length === KINDS || (command.length > 0 && characters + part.uid.length > CHARACTERS)) {
      yield command;
      [command, characters] = [[], 0];
    }
    command.push(part);
    characters += part.uid.length;
  }
  if (command.length > 0) yield command;
}

/** Equal for the same flags in whatever order: they hold no spaces. */
function flagKey(flags: readonly string[]): string {
  return [...flags].sort().join(' ');
}

/** A message that is back in its folder: the flags that it is to have, and those that it has. */
export interface Returned {
  readonly uid: number;
  readonly flags: readonly string[];
  readonly shown: readonly string[];
}

/** Gives those of the open folder that have others the flags that they are to have. */
export async function setFlags({ client }: Session, returned: readonly Returned[]): Promise<void> {
  for (const [key, group] of groupBy(returned.filter(hasOthers), ({ flags }) => flagKey(flags))) {
    for (const { set } of uidSets(group.map(({ uid }) => uid))) {
      await client.messageFlagsSet(set, key === '' ? [] : key.split(' '), { uid: true });
    }
  }
}

function hasOthers({ flags, shown }: Returned): boolean {
  return flagKey(flags) !== flagKey(shown);
}

/** Does for messages that an undo has moved back what it did not come to: it was cut off before it looked at their flags. */
export async function giveFlagsBack(
  { session, lease }: Pick<Box, 'session' | 'lease'>,
  { path, uidValidity }: Pick<Place, 'path' | 'uidValidity'>,
  returned: readonly Returned[],
): Promise<void> {
  if (!returned.some(hasOthers)) return;
  const open = await openFolder(session, path, { change: true });
  if (open?.uidValidity !== uidValidity) return;
  lease.check();
  await setFlags(session, returned);
}

/** The flags that the server names for the open folder; `null` where it names none, which the library does not declare. */
function namedFlags({ client }: Session): ReadonlySet<string> | null {
  const { flags = null } = (client.mailbox || {}) as { readonly flags?: ReadonlySet<string> };
  return flags;
}

/** What is of that size and has those flags and no others; `null` where a search cannot tell. */
function exactly({ size, flags }: Shown, named: ReadonlySet<string>): object | null {
  if (size < 1) return null;
  const has = new Set(flags.map((flag) => flag.toLowerCase()));
  const system = Object.fromEntries(Object.entries(SYSTEM).map(([flag, key]) => [key, has.has(flag)]));
  const keywords = new Map([...named, ...flags].map((flag) => [flag.toLowerCase(), flag]));
  for (const flag of Object.keys(SYSTEM)) keywords.delete(flag);
  keywords.delete('\\recent');
  keywords.delete('\\*');
  // Flags of a server's own and keywords that are none, which no search can ask for.
  if (keywords.size > KEYWORDS || ![...keywords.keys()].every((flag) => ATOM.test(flag))) return null;
  // A query names each key once: of several keywords it is said that none is other than it should be.
  const wrong = [...keywords].map(([key, flag]) => (has.has(key) ? { unKeyword: flag } : { keyword: flag }));
  const without = wrong.length === 0 ? {} : { not: wrong.length === 1 ? wrong[0] : { or: wrong } };
  return { larger: size - 1, smaller: size + 1, ...system, ...without };
}
