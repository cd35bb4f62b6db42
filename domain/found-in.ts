/** Where a mail carries a file or URL, of several elements of it each place once. */
export type FoundPlace =
  | { readonly of: 'file'; readonly inline: boolean; readonly nested: boolean }
  | { readonly of: 'url'; readonly location: string; readonly nested: boolean; readonly unwrapped: boolean };

/** The same in words: `Attachment`, `Inline, in a nested message`, `Body, unwrapped`. */
export function foundInWords(place: FoundPlace): string {
  const nested = place.nested ? ['in a nested message'] : [];
  if (place.of === 'file') return [place.inline ? 'Inline' : 'Attachment', ...nested].join(', ');
  // Everything of a nested message is an attachment's.
  const where = place.nested ? 'In a nested message' : place.location;
  return [where, ...(place.unwrapped ? ['unwrapped'] : [])].join(', ');
}
