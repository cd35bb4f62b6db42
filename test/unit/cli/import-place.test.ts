import { mailboxesOf, receivedAtOf } from '../../../cli/import/place';
import { readEnvelope } from '../../../mail/parse/envelope';

const NOW = new Date('2026-02-01T00:00:00Z');
const FILE = new Date('2026-01-20T00:00:00Z');

async function mailboxes(...headers: string[]): Promise<string[]> {
  return mailboxesOf(await readEnvelope(Buffer.from(`${headers.join('\r\n')}\r\n\r\nTo: body@x.example\r\n`)));
}

async function receivedAt(...headers: string[]): Promise<string> {
  return receivedAtOf(await readEnvelope(Buffer.from(`${headers.join('\n')}\n\nhello`)), FILE, NOW).toISOString();
}

describe('whose mailbox a mail belongs to', () => {
  test('every recipient once, in lower case', async () => {
    expect(
      await mailboxes('To: A <A@x.example>, b@x.example', 'Cc: Team: c@x.example, a@X.example;', 'Bcc: d@x.example'),
    ).toEqual(['a@x.example', 'b@x.example', 'c@x.example', 'd@x.example']);
  });

  test('the one that the last server delivered to, before all others', async () => {
    expect(
      await mailboxes(
        'Delivered-To: <Me@x.example>',
        'Delivered-To: alias@x.example',
        'X-Original-To: o@x.example',
        'To: l@x.example',
      ),
    ).toEqual(['me@x.example']);
    expect(await mailboxes('X-Original-To: o@x.example', 'To: list@x.example')).toEqual(['o@x.example']);
  });

  test('a Delivered-To that is no address does not count', async () => {
    expect(await mailboxes('Delivered-To: root', 'To: a@x.example')).toEqual(['a@x.example']);
  });

  test('nobody where no header names an address', async () => {
    expect(await mailboxes('To: undisclosed-recipients:;', 'Cc: root')).toEqual([]);
    expect(await mailboxes('Subject: x')).toEqual([]);
  });

  test('more recipients than are read are told', async () => {
    const to = Array.from({ length: 501 }, (_, at) => `u${at}@x.example`).join(', ');
    expect(await readEnvelope(Buffer.from(`To: ${to}\n\n`))).toMatchObject({ tooManyRecipients: true });
  });
});

describe('when a mail came in', () => {
  const received = 'Received: from a (a; b) by mx.x.example;\n Mon, 5 Jan 2026 10:00:00 +0100 (CET)';
  const older = 'Received: from c by a; Sun, 4 Jan 2026 10:00:00 +0000';
  const date = 'Date: Sat, 3 Jan 2026 10:00:00 +0000';

  test('by the topmost Received', async () => {
    expect(await receivedAt(received, older, date)).toBe('2026-01-05T09:00:00.000Z');
  });

  test('by the Date where no Received has a date', async () => {
    expect(await receivedAt('Received: from a by b', date)).toBe('2026-01-03T10:00:00.000Z');
  });

  test.each([
    ['there is no date', 'Subject: x'],
    ['the date is none', 'Date: yesterday'],
    ['the date is before 1970', 'Date: 1 Jan 1960 00:00:00 +0000'],
    ['the date is still to come', 'Date: 1 Jan 2099 00:00:00 +0000'],
  ])('by the file where %s', async (_name, header) => {
    expect(await receivedAt(header)).toBe(FILE.toISOString());
  });
});
