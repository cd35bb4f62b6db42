import fc from 'fast-check';
import { HIDDEN_CHARACTERS } from '../../../domain/hidden-characters';
import { senderOf } from '../../../mail/parse/headers';
import { BrokenLimits, LIMITS } from '../../../mail/parse/limits';
import { parseMail } from '../../../mail/parse/parse-mail';
import { normaliseUrl } from '../../../mail/parse/url';
import { mail, sha256 } from '../../support/mail';

function html(body: string): Buffer {
  return Buffer.from(`From: a@b.example\r\nSubject: s\r\nContent-Type: text/html; charset=utf-8\r\n\r\n${body}`);
}

async function urls(body: string): Promise<string[]> {
  return (await parseMail(html(body))).urls.map(({ url }) => url);
}

describe('URLs of a mail', () => {
  test.each([
    ['a link', '<a href="http://x.example/a#top">x</a>', ['http://x.example/a']],
    ['an image', '<img src=https://x.example/i.png>', ['https://x.example/i.png']],
    ['a form', '<form action="http://x.example/f"></form>', ['http://x.example/f']],
    ['text without a link', '<p>see http://x.example/t now</p>', ['http://x.example/t']],
    [
      'a link relative to a base',
      '<base href="http://x.example/d/"><a href="p">x</a>',
      ['http://x.example/d/', 'http://x.example/d/p'],
    ],
    ['a refresh', '<meta http-equiv=refresh content="0; url=http://x.example/r">', ['http://x.example/r']],
    ['a style', '<td style="background:url(http://x.example/s.png)">', ['http://x.example/s.png']],
    [
      'one address in many forms',
      '<a href="HTTP://X.Example:80/a">x</a><a href="http://x.example./a#b">',
      ['http://x.example/a'],
    ],
  ])('%s', async (_name, body, expected) => {
    expect(await urls(body)).toEqual(expected);
  });

  test('a namespace, a document type and a script are not links', async () => {
    const body =
      '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1.dtd"><html xmlns="http://www.w3.org/1999/xhtml" xmlns:o="http://o.example/ns"><script>var a="http://s.example/"</script></html>';
    expect(await urls(body)).toEqual([]);
  });

  test('a file name, a script address and a mail address are not links', async () => {
    expect(await urls('<a href="javascript:x()">report.txt or mailto:a@b.example, a@b.example</a>')).toEqual([]);
  });

  test('the subject counts', async () => {
    const raw = Buffer.from('From: a@b.example\r\nSubject: go to http://x.example/s\r\n\r\nhello');
    expect((await parseMail(raw)).urls).toMatchObject([{ url: 'http://x.example/s', location: 'Subject' }]);
  });

  test('normalising twice is normalising once', () => {
    fc.assert(
      fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true }), (url) => {
        const once = normaliseUrl(url);
        expect(once === null ? null : normaliseUrl(once.url)).toEqual(once);
      }),
    );
  });

  test('a URL at the limit is taken, one beyond is marked', async () => {
    const prefix = 'http://x.example/';
    const atLimit = prefix + 'a'.repeat(LIMITS.urlLength - prefix.length);
    expect(await urls(`<a href="${atLimit}">`)).toEqual([atLimit]);
    expect(await parseMail(html(`<a href="${atLimit}a">x</a>`))).toMatchObject({
      urls: [],
      brokenLimits: ['urlLength'],
    });
  });
});

describe('files of a mail', () => {
  test('an attachment is known by the digest of its decoded bytes', async () => {
    expect(await parseMail(mail({ attachment: 'hello' }))).toMatchObject({
      senderAddress: 'sender@evil.example',
      senderIp: '192.0.2.7',
      attachments: [{ fileName: 'invoice.bin', size: 5, sha256: sha256('hello'), inline: false, nested: false }],
    });
  });

  test('what a forwarded message carries counts, and is marked as nested', async () => {
    const raw = Buffer.from(
      `From: f@corp.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n${mail({ attachment: 'deep' }).toString()}\r\n--o--\r\n`,
    );
    const { attachments, urls: found } = await parseMail(raw);
    expect(attachments.find((file) => file.sha256 === sha256('deep'))).toMatchObject({ nested: true });
    expect(found).toMatchObject([{ url: 'http://evil.example/pay', location: 'Attachment', nested: true }]);
  });
});

describe('the type of a file', () => {
  test.each([
    ['a type', 'application/vnd.ms-excel', 'application/vnd.ms-excel'],
    ['of 255 characters', `a${'b'.repeat(126)}/c${'d'.repeat(126)}`, `a${'b'.repeat(126)}/c${'d'.repeat(126)}`],
    ['longer than 255 characters', `application/${'x'.repeat(244)}`, 'application/octet-stream'],
    ['without an end', `application/${'x'.repeat(100_000)}`, 'application/octet-stream'],
    ['that is turned around', 'application/\u202Efdp', 'application/octet-stream'],
    ['with a control in it', 'application/p\u0007df', 'application/octet-stream'],
    ['with markup in it', 'image/<script>', 'application/octet-stream'],
    ['without a second part', 'application', 'application/octet-stream'],
    ['with a third part', 'a/b/c', 'application/octet-stream'],
  ])('%s', async (_name, type, expected) => {
    const part = `Content-Type: ${type}\r\nContent-Disposition: attachment; filename=a.bin\r\n\r\nbytes`;
    const raw = `From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n${part}\r\n--x--\r\n`;
    const { attachments } = await parseMail(Buffer.from(raw));
    expect(attachments.map(({ contentType }) => contentType)).toEqual([expected]);
  });
});

describe('the domain of a sender', () => {
  test.each([
    ['a@evil.example', 'evil.example'],
    ['A@Mail.EVIL.example', 'mail.evil.example'],
    ['a@localhost', 'localhost'],
    ['a@bücher.example', 'bücher.example'],
    ['a@xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['a@उदाहरण.परीक्षा', 'उदाहरण.परीक्षा'],
    ['a@_dmarc.evil.example', '_dmarc.evil.example'],
    ['a@corp.example\u202Emoc.live', ''],
    ['a@cor\u200Bp.example', ''],
    ['a@corp\u3164.example', ''],
    ['a@corp.example\ufe00', ''],
    ['a@corp .example', ''],
    ['a@corp\u00a0x.example', ''],
    ['a@corp..example', ''],
    ['a@-corp.example', ''],
    ['a@corp.example/x', ''],
    ['a@[192.0.2.1]', ''],
    [`a@${'x'.repeat(64)}.example`, ''],
    [`a@${'x.'.repeat(130)}example`, ''],
    ['a@', ''],
    ['nobody', ''],
  ])('of %j is %j', (address, domain) => {
    const email = { headers: [], headerLines: [], attachments: [], from: { name: '', address } };
    expect(senderOf(email, new BrokenLimits())).toMatchObject({ address: address.toLowerCase(), domain });
  });

  test('holds no space and nothing hidden, whatever stands in the header', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 20 }), async (text) => {
        const { senderDomain } = await parseMail(Buffer.from(`From: <a@corp${text}.example>\r\n\r\nhello`));
        expect(senderDomain).toMatch(/^[\p{L}\p{N}\p{M}._-]*$/u);
        expect(senderDomain.match(HIDDEN_CHARACTERS)).toBeNull();
      }),
      { numRuns: 300 },
    );
  });
});

describe('the mails that a mail answers', () => {
  const answers = async (...headers: string[]): Promise<readonly string[]> =>
    (await parseMail(mail({ headers }))).answers;

  test('are those of References, then In-Reply-To, once each', async () => {
    expect(await answers('References: <a@x> <b@x>', 'In-Reply-To: <b@x>')).toEqual(['<a@x>', '<b@x>']);
    expect(await answers('In-Reply-To: your mail <c@x> of Monday')).toEqual(['<c@x>']);
    expect(await answers('In-Reply-To: your mail')).toEqual([]);
    expect(await answers()).toEqual([]);
  });

  test('are the first and the latest where there are more than the limit, which is marked', async () => {
    const ids = Array.from({ length: LIMITS.references + 1 }, (_, at) => `<${at}@x>`);
    const fold = (some: readonly string[]): string => `References: ${some.join('\r\n ')}`;
    const atLimit = await parseMail(mail({ headers: [fold(ids.slice(1))] }));
    expect(atLimit).toMatchObject({ answers: ids.slice(1), brokenLimits: [] });
    const above = await parseMail(mail({ headers: [fold(ids)] }));
    expect(above).toMatchObject({ answers: ['<0@x>', ...ids.slice(2)], brokenLimits: ['references'] });
  });
});

describe('the network message id', () => {
  test('is shared by the copies of one mail, whatever way they came', async () => {
    const other = Buffer.concat([
      Buffer.from('Received: from other.example ([198.51.100.1])\r\nDelivered-To: z@x.example\r\n'),
      mail(),
    ]);
    expect((await parseMail(other)).networkMessageId).toBe((await parseMail(mail())).networkMessageId);
  });

  test('differs where the content differs, although the headers are the same', async () => {
    const [one, two] = await Promise.all([parseMail(mail({ attachment: 'a' })), parseMail(mail({ attachment: 'b' }))]);
    expect(one.networkMessageId).not.toBe(two.networkMessageId);
  });
});

test('no bytes whatever make the parser throw', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (raw) => {
      expect((await parseMail(raw)).size).toBe(raw.length);
    }),
  );
});
