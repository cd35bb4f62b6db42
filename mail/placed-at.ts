/**
 * The revision with which a message came to its place: those after it were fences, and a fence is no move. A message
 * remembers the revisions that its latest fences ended.
 */
export function placedAt({
  revision,
  fences = [],
}: {
  readonly revision: number;
  readonly fences?: readonly number[];
}): number {
  const fenced = new Set(fences);
  let at = revision;
  while (fenced.has(at - 1)) at--;
  return at;
}
