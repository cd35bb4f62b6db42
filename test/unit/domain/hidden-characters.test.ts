import fc from 'fast-check';
import { pieces, plain } from '../../../console/parts/hostile';
import { HIDDEN_CHARACTERS } from '../../../domain/hidden-characters';
import { visible } from '../../../mail/preview/visible';

/** What Unicode says a renderer may leave out, and more that looks like nothing. */
const UNSEEN: readonly (readonly [number, number])[] = [
  ...([
    [0x00, 0x08],
    [0x0b, 0x0c],
    [0x0e, 0x1f],
    [0x7f, 0x9f],
    [0xad, 0xad],
    [0x34f, 0x34f],
    [0x61c, 0x61c],
  ] as const),
  ...([
    [0x115f, 0x1160],
    [0x17b4, 0x17b5],
    [0x180b, 0x180f],
    [0x200b, 0x200f],
    [0x2028, 0x202e],
  ] as const),
  ...([
    [0x2060, 0x206f],
    [0x2800, 0x2800],
    [0x3164, 0x3164],
    [0xfe00, 0xfe0f],
    [0xfeff, 0xfeff],
  ] as const),
  ...([
    [0xffa0, 0xffa0],
    [0xfff0, 0xfffb],
    [0x13430, 0x1343f],
    [0x1bca0, 0x1bca3],
    [0x1d173, 0x1d17a],
  ] as const),
  ...([[0xe0000, 0xe0fff]] as const),
];

test('whatever looks like nothing is shown, in the preview and in the console', () => {
  const missed: string[] = [];
  for (const [first, last] of UNSEEN) {
    for (let code = first; code <= last; code++) {
      const character = String.fromCodePoint(code);
      const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
      if (visible(`a${character}b`) !== `a⟦${name}⟧b`) missed.push(name);
      if (plain(`a${character}b`) !== `a[${name}]b`) missed.push(`${name} in the console`);
    }
  }
  expect(missed).toEqual([]);
});

test.each([
  [
    'four marks on a letter stay, the rest are shown',
    `e${'\u0301'.repeat(6)}x`,
    `e${'\u0301'.repeat(4)}⟦U+0301⟧⟦U+0301⟧x`,
  ],
  ['marks of any kind count together', 'e\u0301\u20dd\u0903\u0489\u0300', 'e\u0301\u20dd\u0903\u0489⟦U+0300⟧'],
  ['the next letter has four of its own', 'a\u0301\u0301\u0301\u0301b\u0301', 'a\u0301\u0301\u0301\u0301b\u0301'],
  ['an emoji has its form, a letter has none', '❤\ufe0f a\ufe0f', '❤\ufe0f a⟦U+FE0F⟧'],
  ['what people write', 'शुभ नमस्ते, Tiếng Việt, สวัสดี, é, שָׁלוֹם', 'शुभ नमस्ते, Tiếng Việt, สวัสดี, é, שָׁלוֹם'],
])('%s', (_what, text, shown) => {
  expect(visible(text)).toBe(shown);
  expect(
    pieces(text)
      .map(({ text: part, hidden }) => (hidden ? `⟦${part}⟧` : part))
      .join(''),
  ).toBe(shown);
});

test('a break is hidden in a line of the console, not in a body', () => {
  expect([plain('a\r\n\tb'), visible('a\r\n\tb')]).toEqual(['a[U+000D][U+000A][U+0009]b', 'a\r\n\tb']);
});

test('nothing that is shown holds anything hidden, whatever came', () => {
  const character = fc.oneof(
    fc.constantFrom('\u202e', '\u200b', '\ufe0f', '\u0301', '\ud800', '\u2800', '❤', '⟦', 'a', '\n'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  );
  fc.assert(
    fc.property(fc.array(character, { maxLength: 40 }), (characters) => {
      expect(visible(characters.join('')).match(HIDDEN_CHARACTERS)).toBeNull();
    }),
    { numRuns: 1_000 },
  );
});
