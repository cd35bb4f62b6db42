import { type KeyPath, type Problem } from './config-yaml';

export const MAX_MAILBOXES = 10_000;
/** Each of them holds a connection of its own all the time. */
export const MAX_IDLE = 20;
export const ADDRESS = /^[^\s@<>"\p{Cc}]{1,255}@[^\s@<>"\p{Cc}]{1,255}$/u;

/** A mailbox of the configuration, and where it is named. */
export interface Listed {
  /** In lower case. */
  readonly address: string;
  /** The key that names it. */
  readonly path: KeyPath;
  /** Its place in the file of addresses that the key leads to; `''` where the key itself is the place. */
  readonly place: string;
}

/** Addresses, or what is wrong with them. */
export interface ReadAddresses {
  readonly listed: readonly Listed[];
  readonly problems: readonly Problem[];
}

/** Reads one address a line, at most `most`; blank lines do not count, nor what follows a `#` at the start of a word. */
export function readAddresses(text: string, file: string, path: KeyPath, most: number): ReadAddresses {
  const lines = text.split(/\r?\n/).flatMap((line, at) => {
    const address = line.replace(/(?:^|\s)#.*$/, '').trim();
    return address === '' ? [] : [{ address: address.toLowerCase(), at: at + 1 }];
  });
  const wrong = lines.filter(({ address }) => !ADDRESS.test(address)).map(({ at }) => at);
  const refuse = (says: string): ReadAddresses => ({ listed: [], problems: [{ path, says: `${file} ${says}` }] });
  if (wrong.length > 0) return refuse(`takes one mail address a line: see ${linesSaid(wrong)}`);
  if (lines.length === 0 || lines.length > most) {
    return refuse(`has ${lines.length} addresses; it takes 1 to ${most}`);
  }
  return { listed: lines.map(({ address, at }) => ({ address, path, place: `line ${at} of ${file}` })), problems: [] };
}

/** Addresses that are there twice: two providers, or two connections of one, would work on one mailbox. */
export function problemsOfTwice(listed: readonly Listed[]): Problem[] {
  const first = new Map<string, Listed>();
  return listed.flatMap((one) => {
    const earlier = first.get(one.address);
    if (earlier === undefined) first.set(one.address, one);
    return earlier === undefined ? [] : [{ path: one.path, says: saidOfTwice(one, earlier) }];
  });
}

/** Addresses that are none of these mailboxes. */
export function problemsOfOthers(listed: readonly Listed[], mailboxes: readonly Listed[]): Problem[] {
  const known = new Set(mailboxes.map(({ address }) => address));
  return listed.flatMap(({ address, path, place }) =>
    known.has(address) ? [] : [{ path, says: `${place === '' ? '' : `${place} `}is none of the provider's mailboxes` }],
  );
}

function saidOfTwice({ place }: Listed, earlier: Listed): string {
  const there = earlier.path.join('.');
  return `${place === '' ? 'is' : `${place} is`} the same mailbox as ${earlier.place === '' ? there : `${earlier.place} (${there})`}`;
}

/** The first few, and how many more there are. */
export function someOf(all: readonly (string | number)[]): string {
  const shown = all.slice(0, 3).join(', ');
  return all.length > 3 ? `${shown} and ${all.length - 3} more` : shown;
}

function linesSaid(lines: readonly number[]): string {
  return `${lines.length === 1 ? 'line' : 'lines'} ${someOf(lines)}`;
}
