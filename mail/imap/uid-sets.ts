/** UIDs that one command names at most, and the characters that they take (a server may refuse longer lines). */
const UIDS = 500;
export const CHARACTERS = 4_000;

/** UIDs as sequence sets of bounded size, runs of them as ranges, in order; each with the UIDs that it names. */
export function uidSets(uids: readonly number[], most = UIDS): { readonly set: string; readonly uids: number[] }[] {
  const sets: { set: string; uids: number[] }[] = [];
  const sorted = [...new Set(uids)].sort((one, other) => one - other);
  let parts: string[] = [];
  let named: number[] = [];
  const end = (): void => {
    if (named.length > 0) sets.push({ set: parts.join(','), uids: named });
    parts = [];
    named = [];
  };
  for (let at = 0; at < sorted.length;) {
    const room = most - named.length;
    let to = at;
    while (to + 1 < sorted.length && to + 1 - at < room && sorted[to + 1] === (sorted[to] ?? 0) + 1) to++;
    const run = sorted.slice(at, to + 1);
    parts.push(run.length === 1 ? String(run[0]) : `${run[0] ?? 0}:${run.at(-1) ?? 0}`);
    named.push(...run);
    at = to + 1;
    if (named.length >= most || parts.join(',').length >= CHARACTERS) end();
  }
  end();
  return sets;
}
