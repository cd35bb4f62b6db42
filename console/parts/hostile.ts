import { codePointOf, HIDDEN_CHARACTERS } from '../../domain/hidden-characters';

/** One piece of a text from a mail: as it is, or a character that would not be seen, by its code. */
export interface Piece {
  readonly text: string;
  readonly hidden: boolean;
}

/** What the console shows of a mail are single lines: a break is hidden in them too. */
const SPLIT = new RegExp(`([\\t\\n\\r]|${HIDDEN_CHARACTERS.source})`, 'u');

/** A text in pieces, so that what hides in it can be shown by its code. Lone halves of a pair count as hidden too. */
export function pieces(text: string): Piece[] {
  return text
    .split(SPLIT)
    .map((part, at) => (at % 2 === 1 ? { text: codePointOf(part), hidden: true } : { text: part, hidden: false }))
    .filter((part) => part.text !== '');
}

/** The same as one plain text, for titles and the clipboard's neighbours. */
export function plain(text: string): string {
  return pieces(text)
    .map(({ text: part, hidden }) => (hidden ? `[${part}]` : part))
    .join('');
}
