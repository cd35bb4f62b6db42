/**
 * Characters that nobody sees and that change what is read, one at a time: controls but for tab and line breaks, formats
 * (bidi, zero width, soft hyphen, tags), separators that break lines, fillers and joiners that look like nothing,
 * selectors of variants where no emoji takes one, halves of a pair, and of marks on one letter all after the fourth, which
 * would cover the lines around. What is hidden depends on what stands before it only. No groups: others put it in theirs.
 */
export const HIDDEN_CHARACTERS =
  /(?![\t\n\r\ufe0f])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u{13430}-\u{1343f}]|(?<!\p{Emoji})\ufe0f|\p{M}(?<=\p{M}{5})|\p{Cs}/gu;

/** How a character is called: `U+202E`. */
export function codePointOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
