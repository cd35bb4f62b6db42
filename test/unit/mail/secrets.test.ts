import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveSecret, SecretError } from '../../../mail/secrets';

const folder = mkdtempSync(join(tmpdir(), 'cb-secrets-'));
const file = join(folder, 'secret');
const ALICE = 'alice@corp.example';

afterAll(() => rmSync(folder, { recursive: true }));

function fromFile(content: string | Buffer, address = ALICE): string {
  writeFileSync(file, content);
  return resolveSecret({ file }, {}, address);
}

/** Why a secret is refused, after a check that nothing of it is told. */
function refusal(read: () => string, secret = 'hunter2'): string {
  try {
    read();
  } catch (error) {
    if (!(error instanceof SecretError)) throw error;
    expect(JSON.stringify([error.message, error.stack, error.reason])).not.toContain(secret);
    return error.message;
  }
  throw new Error('It was not refused');
}

describe('a secret in a file', () => {
  test.each<[what: string, content: string | Buffer, secret: string]>([
    ['is the whole file', 'hunter2', 'hunter2'],
    ['ends before the line break at the end', 'hunter2\n', 'hunter2'],
    ['ends before a line break of Windows', 'hunter2\r\n', 'hunter2'],
    ['keeps its spaces', ' hunter 2 \n', ' hunter 2 '],
    ['is read without a byte order mark', '\uFEFFhunter2', 'hunter2'],
    ['may be in any script', 'пароль', 'пароль'],
    ['may have an @ and a colon', 'p@ss:word', 'p@ss:word'],
    ['may look like a line without an address', 'user: hunter2', 'user: hunter2'],
  ])('%s', (_, content, secret) => {
    expect(fromFile(content)).toBe(secret);
  });

  test.each<[what: string, content: string | Buffer, says: RegExp]>([
    ['is empty', '', /is empty$/],
    ['is blank', ' \n\n', /is empty$/],
    ['has more lines than one', 'hunter2\nhunter2\n', /several lines/],
    ['has an empty line at the end', 'hunter2\n\n', /several lines/],
    ['has a line break in it that is none of ours', 'hunter2\rx', /several lines/],
    ['has a control character, which would end a token in SASL', 'hunter2\u0001auth=x', /control character/],
    ['is no UTF-8', Buffer.from([0x68, 0xff]), /not UTF-8 text$/],
    ['has lines of addresses, and one that is none', `${ALICE}: hunter2\nhunter2\n`, /several lines/],
  ])('is refused where it %s', (_, content, says) => {
    const message = refusal(() => fromFile(content));
    expect(message).toMatch(says);
    expect(message).toContain(`{ file: ${file} }`);
  });

  test('is refused where the file is missing, a folder, or too large', () => {
    const ref = (name: string) => () => resolveSecret({ file: join(folder, name) }, {}, ALICE);
    expect(refusal(ref('none'))).toMatch(/cannot be read: there is no such file$/);
    mkdirSync(join(folder, 'inner'));
    expect(refusal(ref('inner'))).toMatch(/cannot be read: it is not a file$/);
    writeFileSync(join(folder, 'large'), '');
    truncateSync(join(folder, 'large'), 32 * 1024 * 1024 + 1);
    expect(refusal(ref('large'))).toMatch(/is larger than 32 MB$/);
  });

  test('counts as it is at each sign-in: a file that was rotated is read again', () => {
    expect(fromFile('first\n')).toBe('first');
    expect(fromFile('second\n')).toBe('second');
    expect(fromFile(`${ALICE}: third\n`)).toBe('third');
  });
});

describe('a file with a secret for each mailbox', () => {
  const LINES = `\n${ALICE}: hunter2\n  Bob@Corp.Example:\tb: c@d \r\n\ncarol@corp.example:\ndave@corp.example: one\ndave@corp.example: hunter2\nerin@corp.example: hunter2\u0001\n`;

  test.each([
    [ALICE, 'hunter2'],
    ['bob@corp.example', 'b: c@d '],
  ])('gives %s its own', (address, secret) => {
    expect(fromFile(LINES, address)).toBe(secret);
  });

  test.each([
    ['zoe@corp.example', /has no line for this mailbox$/],
    ['carol@corp.example', /has no secret in line 5$/],
    ['dave@corp.example', /has the mailbox of line 7 in an earlier line too$/],
    ['erin@corp.example', /has a control character in line 8$/],
  ])('gives %s none, and says why without naming it', (address, says) => {
    const message = refusal(() => fromFile(LINES, address));
    expect(message).toMatch(says);
    expect(message).not.toContain(address);
  });
});

describe('a secret in an environment variable', () => {
  const resolve = (value: string | undefined) => resolveSecret({ env: 'NAME' }, { NAME: value }, ALICE);

  test.each([
    ['hunter2', 'hunter2'],
    ['hunter2\n', 'hunter2'],
    [`${ALICE}: hunter2`, `${ALICE}: hunter2`],
  ])('%j is one for all mailboxes', (value, secret) => {
    expect(resolve(value)).toBe(secret);
  });

  test.each([
    [undefined, 'The secret { env: NAME } is not set'],
    ['', 'The secret { env: NAME } is empty'],
    ['hunter2\u0000', 'The secret { env: NAME } has a control character in it'],
  ])('%j is refused', (value, message) => {
    expect(refusal(() => resolve(value))).toBe(message);
  });

  test('that an object happens to have is none', () => {
    expect(refusal(() => resolveSecret({ env: 'toString' }, {}, ALICE))).toBe(
      'The secret { env: toString } is not set',
    );
  });
});
