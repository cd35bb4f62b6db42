import fc from 'fast-check';
import { fingerprint, FINGERPRINT_MIN_WORDS, fingerprintDistance } from '../../../domain/fingerprint';

const TEXT = `Dear customer, your parcel could not be delivered because the address was not complete. Please confirm where
  you live within two days and pay the fee for a second attempt, or we will send the parcel back to where it came from.`;
const OTHER = `Minutes of the meeting of the board: the budget of the coming year was approved, the new office in the harbour
  will be opened in spring, and the next meeting takes place at the same time in the first week of the month.`;

const word = fc.stringMatching(/^[a-zäöü]{2,10}$/);
const words = fc.array(word, { minLength: 30, maxLength: 80 });

test('is 64 bits in hex, and none where a text says too little', () => {
  expect(fingerprint(TEXT)).toMatch(/^[0-9a-f]{16}$/);
  expect(fingerprint('See the file.')).toBeNull();
  expect(fingerprint('')).toBeNull();
  expect(fingerprint('1234 5678 https://a.example/ b@c.example '.repeat(9))).toBeNull();
});

test.each([
  ['numbers', (text: string) => text.replace('two days', 'two 4711-99 days')],
  ['links', (text: string) => text.replace('Please', 'https://evil.example/track?u=77 Please')],
  ['addresses', (text: string) => `${text} desk@parcel.example`],
  ['blanks and lines', (text: string) => text.replace(/ /g, ' \r\n ')],
  ['case', (text: string) => text.toUpperCase()],
  ['what nobody sees', (text: string) => text.replace(/parcel/g, 'par\u200bc\u00adel')],
  ['full-width letters', (text: string) => text.replace('Dear', 'Ｄｅａｒ')],
])('is the same where a text differs in %s', (_name, change) => {
  expect(fingerprint(change(TEXT))).toBe(fingerprint(TEXT));
});

test('is the same whoever it is written to by name', () => {
  const to = (name: string): string => TEXT.replace('customer', name);
  expect(fingerprint(to('Ann Miller'), ['ann.miller@corp.example'])).toBe(
    fingerprint(to('Bob'), ['sales@corp.example', 'bob@corp.example']),
  );
});

test('differs in few bits where texts differ a little, and in many where they are others', () => {
  const near = fingerprint(TEXT.replace('second attempt', 'third attempt')) ?? '';
  expect(fingerprintDistance(fingerprint(TEXT) ?? '', near)).toBeLessThan(16);
  expect(fingerprintDistance(fingerprint(TEXT) ?? '', fingerprint(OTHER) ?? '')).toBeGreaterThan(20);
});

test('holds for any text: equal text, equal fingerprint; from the least number of words on there is one', () => {
  fc.assert(
    fc.property(words, (some) => {
      const text = some.join(' ');
      expect(fingerprint(text)).toBe(fingerprint(`  ${some.join('\n')} 42 `));
      expect(fingerprint(some.slice(0, FINGERPRINT_MIN_WORDS).join(' '))).not.toBeNull();
      expect(fingerprint(some.slice(0, FINGERPRINT_MIN_WORDS - 1).join(' '))).toBeNull();
      expect(fingerprintDistance(fingerprint(text) ?? '', fingerprint(text) ?? '')).toBe(0);
    }),
    { numRuns: 50 },
  );
});

test('takes any string without failing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const found = fingerprint(text);
      expect(found === null || /^[0-9a-f]{16}$/.test(found)).toBe(true);
    }),
  );
});
