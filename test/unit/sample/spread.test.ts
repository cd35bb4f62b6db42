import { type CorpusMail } from '../../../embedded/sample/corpus';
import { countUrls, demoUrl, placeOf, REPEATED, SAMPLE } from '../../../embedded/sample/spread';

const NOW = new Date('2026-02-01T00:00:00Z');
const DAY_MS = 24 * 60 * 60 * 1000;
const raw = Buffer.from('Subject: x\n\nhello');

function mails(group: string, count: number): CorpusMail[] {
  return Array.from({ length: count }, (_, at) => ({ group, name: `${at}.txt`, raw }));
}

const ham = mails('easy-ham-1', 4000).map((mail) => placeOf(mail, NOW));
const spam = mails('spam-2', 4000).map((mail) => placeOf(mail, NOW));

describe('where a mail of the sample is delivered', () => {
  test('is the same every time', () => {
    for (const mail of mails('spam-1', 50)) expect(placeOf(mail, NOW)).toEqual(placeOf({ ...mail }, NOW));
  });

  test('depends on group and name, not on the bytes', () => {
    const [mail] = mails('spam-1', 1) as [CorpusMail];
    const other = Buffer.from('other');
    expect(placeOf({ ...mail, raw: other }, NOW)).toEqual({ ...placeOf(mail, NOW), raw: other });
    expect(placeOf({ ...mail, group: 'spam-2' }, NOW)).not.toEqual(placeOf(mail, NOW));
  });

  test('is one of 200 mailboxes, and none stays empty', () => {
    const addresses = new Set([...ham, ...spam].map(({ mailbox }) => mailbox));
    expect(addresses.size).toBe(SAMPLE.mailboxes);
    expect([...addresses].sort()[0]).toBe('user001@corp.example');
    expect([...addresses].sort().at(-1)).toBe('user200@corp.example');
  });

  test('is within the last 30 days, over all of them', () => {
    const ages = [...ham, ...spam].map(({ receivedAt }) => (NOW.getTime() - receivedAt.getTime()) / DAY_MS);
    expect(Math.min(...ages)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...ages)).toBeLessThan(SAMPLE.days);
    expect(new Set(ages.map(Math.floor)).size).toBe(SAMPLE.days);
  });

  test('moves with the day of the load, and the mailbox does not', () => {
    const [mail] = mails('spam-1', 1) as [CorpusMail];
    const [now, later] = [placeOf(mail, NOW), placeOf(mail, new Date(NOW.getTime() + DAY_MS))];
    expect(later.receivedAt.getTime() - now.receivedAt.getTime()).toBe(DAY_MS);
    expect(later.mailbox).toBe(now.mailbox);
  });

  test('is the inbox for ham; about a quarter of the spam lies in Junk', () => {
    expect(new Set(ham.map(({ folder }) => folder))).toEqual(new Set(['inbox']));
    const junk = spam.filter(({ folder }) => folder === 'junkemail').length;
    expect(junk / spam.length).toBeGreaterThan(0.2);
    expect(junk / spam.length).toBeLessThan(0.3);
  });

  test('keeps the bytes, and about half of the mail was read', () => {
    expect(ham.every((delivery) => delivery.raw === raw)).toBe(true);
    const seen = ham.filter(({ flags }) => flags.includes('\\Seen')).length;
    expect(seen / ham.length).toBeGreaterThan(0.4);
    expect(seen / ham.length).toBeLessThan(0.6);
  });
});

describe('counting URLs', () => {
  test('counts mails, apart for spam and ham, and a mail once for each URL', () => {
    const uses = countUrls([
      { spam: true, urls: ['http://a.example/', 'http://a.example/', 'http://b.example/'] },
      { spam: true, urls: ['http://a.example/'] },
      { spam: false, urls: ['http://b.example/'] },
      { spam: false, urls: [] },
    ]);
    expect(uses).toEqual([
      { url: 'http://a.example/', spam: 2, ham: 0 },
      { url: 'http://b.example/', spam: 1, ham: 1 },
    ]);
  });
});

describe("the demo's URL", () => {
  const use = (url: string, spamCount: number, hamCount = 0) => ({ url, spam: spamCount, ham: hamCount });

  test('is what the most spam and no ham carries', () => {
    const uses = [use('http://a/', REPEATED), use('http://b/', REPEATED + 5), use('http://c/', 99, 1)];
    expect(demoUrl(uses)).toEqual(use('http://b/', REPEATED + 5));
  });

  test('is the first by name where two are as frequent, in whatever order they come', () => {
    const uses = [use('http://b/', 30), use('http://a/', 30), use('http://c/', 30)];
    expect(demoUrl(uses)?.url).toBe('http://a/');
    expect(demoUrl([...uses].reverse())?.url).toBe('http://a/');
  });

  test('is none where nothing is repeated often enough, all of it is in ham too, or it is not http', () => {
    expect(demoUrl([])).toBeNull();
    expect(demoUrl([use('http://a/', REPEATED - 1), use('http://b/', 99, 1), use('https://c/', 99)])).toBeNull();
  });
});
