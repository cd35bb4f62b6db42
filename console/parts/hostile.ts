/** One piece of a text from a mail: as it is, or a character that would not be seen, by its code. */
export interface Piece {
  readonly text: string;
  readonly hidden: boolean;
}

/**
 * Characters that change how the text around them is shown, or are not shown at all: controls, zero-width, bidirectional
 * marks and overrides, variation selectors beyond emoji, tags, and the fillers that pass for spaces.
 */
const UNSEEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]|\p{Surrogate}/u;

const SPLIT = new RegExp(`(${UNSEEN.source})`, 'u');

/** A text in pieces, so that what hides in it can be shown by its code. Lone halves of a pair count as hidden too. */
export function pieces(text: string): Piece[] {
  return text
    .split(SPLIT)
    .filter((part) => part !== '')
    .map((part) => (UNSEEN.test(part) ? { text: codeOf(part), hidden: true } : { text: part, hidden: false }));
}

/** The same as one plain text, for titles and the clipboard's neighbours. */
export function plain(text: string): string {
  return pieces(text)
    .map(({ text: part, hidden }) => (hidden ? `[${part}]` : part))
    .join('');
}

function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
