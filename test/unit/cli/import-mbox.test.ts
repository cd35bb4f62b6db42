import fc from 'fast-check';
import { splitMbox, startsLikeMbox } from '../../../cli/import/mbox';

const MB = 1024 * 1024;

/** The bytes in pieces of a size, as a stream gives them. */
async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function split(text: string | Buffer, { size = 7, maxBytes = MB } = {}): Promise<(string | null)[]> {
  const mails: (string | null)[] = [];
  for await (const { raw } of splitMbox(inPieces(Buffer.from(text as string, 'latin1'), size), maxBytes)) {
    mails.push(raw === null ? null : raw.toString('latin1'));
  }
  return mails;
}

/** An mbox as a program that writes mboxrd makes it. */
function mboxrd(mails: readonly string[], newline: string): string {
  return mails
    .map(
      (mail) => `From a@b.example Mon Jan  5 10:00:00 2026${newline}${mail.replace(/^(>*From )/gm, '>$1')}${newline}`,
    )
    .join('');
}

const line = fc.oneof(
  fc.constantFrom('', 'From ', 'From me', '>From you', '>>From them', ' From here', 'from', '>', 'Subject: x', '\r'),
  fc.string({ maxLength: 20 }).map((text) => text.replace(/[\n\u0100-\uffff]/g, '')),
);
const mail = (newline: string): fc.Arbitrary<string> =>
  fc.array(line, { minLength: 1, maxLength: 8 }).map((lines) => lines.map((text) => `${text}${newline}`).join(''));

describe('splitting an mbox', () => {
  test.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
  ])('gives back the mails that were joined, with %s, however the stream is cut', async (_name, newline) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(mail(newline), { maxLength: 5 }),
        fc.integer({ min: 1, max: 64 }),
        async (mails, size) => {
          // A lone CR before an LF is a CRLF to any reader: kept apart here.
          const clean = mails.map((text) => text.replace(/\r+\n/g, newline));
          expect(await split(mboxrd(clean, newline), { size })).toEqual(clean);
        },
      ),
    );
  });

  test('a mail with CRLF in an mbox with LF keeps its CRLF', async () => {
    expect(await split('From x\nSubject: a\r\n\r\nhello\r\n\nFrom y\nb\n')).toEqual([
      'Subject: a\r\n\r\nhello\r\n',
      'b\n',
    ]);
  });

  test('>From loses one > and a From inside a line nothing', async () => {
    expect(await split('From x\n>From a\n>>From b\nis From c\n> From d\n')).toEqual([
      'From a\n>From b\nis From c\n> From d\n',
    ]);
  });

  test('the last mail needs no newline at its end', async () => {
    expect(await split('From x\na\n\nFrom y\nb')).toEqual(['a\n', 'b']);
  });

  test('a mail that is too large comes without its bytes, and the next one is whole', async () => {
    const mbox = `From x\n${'a\n'.repeat(60)}\nFrom y\nb\n\nFrom z\n${'c'.repeat(99)}\n\n`;
    expect(await split(mbox, { maxBytes: 100 })).toEqual([null, 'b\n', `${'c'.repeat(99)}\n`]);
  });

  test('a line without an end does not hide the next mail', async () => {
    const long = 'x'.repeat(200_000);
    expect(await split(`From x\n${long} From inside\n\nFrom y\nb\n`, { size: 65_536 })).toEqual([
      `${long} From inside\n`,
      'b\n',
    ]);
  });

  test('an empty file has no mails', async () => {
    expect(await split('')).toEqual([]);
  });

  test('an mbox is told by its first five bytes', () => {
    expect(startsLikeMbox(Buffer.from('From a@b'))).toBe(true);
    expect(startsLikeMbox(Buffer.from('From: a@b'))).toBe(false);
    expect(startsLikeMbox(Buffer.from('Fr'))).toBe(false);
  });
});
