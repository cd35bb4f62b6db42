import fc from 'fast-check';
import { Parser } from 'htmlparser2';
import { HIDDEN_CHARACTERS } from '../../../domain/hidden-characters';
import { frameOf, FRAME_POLICY } from '../../../mail/preview/frame';
import { readPreview } from '../../../mail/preview/read-preview';
import { PREVIEW_CHARACTERS, safeHtml } from '../../../mail/preview/safe-html';
import { defanged, visible, visibleLine } from '../../../mail/preview/visible';

const mail = (body: string, headers = 'Subject: x', type = 'text/html; charset=utf-8'): Uint8Array =>
  Buffer.from(`${headers}\r\nMIME-Version: 1.0\r\nContent-Type: ${type}\r\n\r\n${body}`);

const HARMLESS = new Set(['class', 'data-to', 'data-alt', 'colspan', 'rowspan']);
const HARMFUL =
  /^(script|style|iframe|frame|object|embed|form|input|button|select|link|meta|base|img|image|svg|math|a|area|audio|video|source|template|body|html|head)$/;

/** Fails where HTML holds anything but text and its form. */
function expectHarmless(html: string): void {
  const wrong: string[] = [];
  const parser = new Parser({
    onopentag(name, attributes) {
      if (HARMFUL.test(name)) wrong.push(name);
      for (const attribute of Object.keys(attributes)) if (!HARMLESS.has(attribute)) wrong.push(`${name} ${attribute}`);
    },
    oncomment: (comment) => wrong.push(`<!--${comment}`),
    onprocessinginstruction: (name) => wrong.push(name),
  });
  parser.end(html);
  expect([wrong, html]).toEqual([[], html]);
}

/** What the marks of a page say: of each the target and what stands for an image. */
function marksIn(html: string): string[] {
  const found: string[] = [];
  const parser = new Parser({
    onopentag(_name, attributes) {
      if ('class' in attributes) found.push(`${attributes['data-alt'] ?? ''}\n${attributes['data-to'] ?? ''}`);
    },
  });
  parser.end(html);
  return found;
}

describe('HTML of a mail', () => {
  test.each([
    ['a script', 'a<script>alert(1)</script>b', 'ab'],
    ['a script that is never closed', 'a<script>alert(1)', 'a'],
    ['an attribute that runs', '<p onclick="x()" onmouseover=y>a</p>', '<p>a</p>'],
    ['an image that runs where it fails', '<img src=x onerror=alert(1)>', '<span class="image" data-to="x"></span>'],
    [
      'a remote image',
      '<img src="http://t.example/p.gif?id=1" alt="logo">',
      '<span class="image" data-to="hxxp://t[.]example/p.gif?id=1" data-alt="logo"></span>',
    ],
    [
      'a link',
      '<a href="https://evil.example/a?b=1" target=_blank>Your bank</a>',
      '<span class="link" data-to="hxxps://evil[.]example/a?b=1">Your bank</span>',
    ],
    [
      'a link that runs',
      '<a href="javascript:alert(1)">x</a>',
      '<span class="link" data-to="javascript[:]alert(1)">x</span>',
    ],
    [
      'a style that loads',
      '<p style="background:url(http://t.example/a)">a</p><style>@import url(//t.example)</style>',
      '<p>a</p>',
    ],
    ['what a style hides', '<div style="display:none">seen</div>', '<div>seen</div>'],
    ['a form', '<form action="//evil.example"><input name=p value=v><button>Go</button></form>', 'Go'],
    ['a frame', '<iframe src="//evil.example">x</iframe><object data=x></object><embed src=y>', ''],
    [
      'a base and a refresh',
      '<base href="//evil.example"><meta http-equiv=refresh content="0;url=//evil.example">a',
      'a',
    ],
    ['a comment with a condition', '<!--[if mso]><script>x</script><![endif]-->a', 'a'],
    ['markup inside SVG', '<svg><script>x</script><a xlink:href="javascript:x"><text>t</text></a></svg>', ''],
    ['markup inside MathML', '<math><mtext><table><mglyph><style><img src=x onerror=x>', ''],
    ['markup inside an attribute', '<p title="</p><script>x</script>">a</p>', '<p>a</p>'],
    ['markup that is text', '&lt;script&gt;x&lt;/script&gt;', '&lt;script&gt;x&lt;/script&gt;'],
    [
      'marks of ours that the mail made itself',
      '<span class="note link" data-to="https://login.bank" data-alt="\u202E">a</span><p class="link" data-to=x>b</p>',
      '<span>a</span><p>b</p>',
    ],
    [
      'a mark of ours around a link',
      '<span class="link" data-to="x"><a href="https://evil.example" class="image" data-to="y" data-alt="z">a</a></span>',
      '<span><span class="link" data-to="hxxps://evil[.]example">a</span></span>',
    ],
    [
      'a target that seems to end, with another one after',
      '<a href="https://evil.example/] [https://login.bank">a</a>',
      '<span class="link" data-to="hxxps://evil[.]example/%5D%20%5Bhxxps://login.bank">a</span>',
    ],
    [
      'an image that seems to be another one',
      '<img src="//t.example/p" alt="logo] [https://login.bank\u202E">',
      '<span class="image" data-to="//t[.]example/p" data-alt="logo) (https://login.bank⟦U+202E⟧"></span>',
    ],
    [
      'marks on a letter in many tags and entities',
      'e\u0301\u0301<b>&#769;</b><i>&#x301;\u0301</i>',
      'e\u0301\u0301<b>\u0301</b><i>\u0301⟦U+0301⟧</i>',
    ],
    [
      'a table that is wide beyond all',
      '<table><tr><td colspan=99999 rowspan=2 onclick=x>a</td></tr></table>',
      '<table><tr><td rowspan="2">a</td></tr></table>',
    ],
    ['text that is turned around', 'invoice\u202Efdp.exe', 'invoice⟦U+202E⟧fdp.exe'],
    ['the same as an entity', 'pay&#8203;pal', 'pay⟦U+200B⟧pal'],
  ])('%s', (_what, html, safe) => {
    expect(safeHtml(html).html).toBe(safe);
    expectHarmless(safeHtml(html).html);
  });

  test('is harmless whatever it is made of', () => {
    const piece = fc.constantFrom(
      ...[
        '<',
        '>',
        '"',
        "'",
        '`',
        '/',
        '=',
        ' ',
        '\n',
        '\0',
        '<!--',
        '-->',
        '<![CDATA[',
        ']]>',
        '&#60;',
        '&lt',
        '&colon;',
      ],
      ...[
        '<script>',
        '</script>',
        '<style>',
        '</style>',
        '<svg',
        '<math>',
        '<template>',
        '<noscript>',
        '<textarea>',
        '<xmp>',
      ],
      ...['<img src=x', '<a href="', 'javascript:', 'data:text/html,', ' onerror=', 'alert(1)', '<iframe', '<p', '<td'],
      ...[
        ' style="background:url(//x)"',
        '<form>',
        '<input ',
        '<object ',
        '<plaintext>',
        '<title>',
        '\u202E',
        '\u2028',
      ],
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 4 })), { maxLength: 30 }), (pieces) => {
        expectHarmless(safeHtml(pieces.join('')).html);
      }),
      { numRuns: 500 },
    );
  });

  test('holds no mark but those of its links and images, with nothing hidden in them', () => {
    const value = fc.array(
      fc.oneof(
        fc.constantFrom(']', '[', ' ', '\u202E', '\u200B', '\u0301', 'https://', 'login.bank', '&#x202e;', '"'),
        fc.string({ maxLength: 3 }),
      ),
      { maxLength: 12 },
    );
    const quoted = value.map((parts) => parts.join('').replaceAll('"', '&quot;'));
    const tag = fc.oneof(
      quoted.map((to) => ({ html: `<span class="link" data-to="${to}" data-alt="${to}">x</span>`, ours: 0 })),
      quoted.map((to) => ({ html: `<a class="image" data-to="https://login.bank" href="h:${to}">x</a>`, ours: 1 })),
      quoted.map((alt) => ({ html: `<img class="link" data-to="https://login.bank" src="x" alt="${alt}">`, ours: 1 })),
    );
    fc.assert(
      fc.property(fc.array(tag, { maxLength: 8 }), (tags) => {
        const marks = marksIn(safeHtml(tags.map(({ html }) => html).join('')).html);
        expect(marks).toHaveLength(tags.reduce((total, { ours }) => total + ours, 0));
        for (const told of marks) {
          // No address of the mail's choice as the target, and no bracket that is not ours.
          expect(told).not.toMatch(/\nhttp|\[(?![.:]\])|(?<!\[[.:])\]/);
          expect(told.match(HIDDEN_CHARACTERS)).toBeNull();
        }
      }),
      { numRuns: 300 },
    );
  });

  test('of 10 MB is cut, and says so; deep nesting is held', async () => {
    const preview = await readPreview(mail('<p>word</p>'.repeat(1_000_000)));
    expect([preview.cut, preview.characters > 10_000_000]).toEqual([true, true]);
    expect((preview.html ?? '').length).toBeLessThan(2 * PREVIEW_CHARACTERS);
    expectHarmless((preview.html ?? '').slice(0, 10_000));
    const { html } = safeHtml('<div>'.repeat(50_000));
    expect(html.match(/<div>/g)?.length).toBeLessThan(100);
  });
});

describe('what is hidden is shown', () => {
  test.each([
    ['right to left', 'exe.\u202Efdp', 'exe.⟦U+202E⟧fdp'],
    ['isolates', '\u2066a\u2069', '⟦U+2066⟧a⟦U+2069⟧'],
    ['zero width', 'pay\u200Bpal\u2060\uFEFF', 'pay⟦U+200B⟧pal⟦U+2060⟧⟦U+FEFF⟧'],
    ['a soft hyphen', 'pass\u00ADword', 'pass⟦U+00AD⟧word'],
    ['tags', '\u{E0061}', '⟦U+E0061⟧'],
    ['fillers', '\u3164\u115F\uFFA0', '⟦U+3164⟧⟦U+115F⟧⟦U+FFA0⟧'],
    ['controls', 'a\u0007\u009B', 'a⟦U+0007⟧⟦U+009B⟧'],
    ['half a character', '\uD800', '⟦U+D800⟧'],
    ['what people write', 'שלום, مرحبا, 你好, é́\t\n', 'שלום, مرحبا, 你好, é́\t\n'],
  ])('%s', (_what, text, shown) => expect(visible(text)).toBe(shown));

  test('a header stays one line, whatever stands in it', () => {
    expect(visibleLine(' a\r\n b\tc\u2028d ')).toBe('a b c d');
  });

  test.each([
    ['https://evil.example:8443/p.html#x', 'hxxps://evil[.]example:8443/p.html#x'],
    ['HTTP://EVIL.EXAMPLE', 'hxxp://EVIL[.]EXAMPLE'],
    ['//evil.example/x', '//evil[.]example/x'],
    ['mailto:a@evil.example', 'mailto[:]a@evil[.]example'],
    ['java\tscript:x()', 'javascript[:]x()'],
    ['evil.example', 'evil[.]example'],
    ['//evil.example] [https://login.bank', '//evil[.]example%5D%20%5Bhxxps://login.bank'],
    ['https://[2001:db8::1]/x', 'hxxps://%5B2001:db8::1%5D/x'],
    ['https://go.example/?to=https://evil.example', 'hxxps://go[.]example/?to=hxxps://evil.example'],
    ['', ''],
  ])('%s is no address any more', (url, shown) => expect(defanged(url)).toBe(shown));
});

describe('a mail for people', () => {
  test('has its headers decoded, in order, on one line each', async () => {
    const { headers, text, html } = await readPreview(
      mail(
        'hello',
        'Received: from a\r\n\tby b\r\nReceived: from c\r\nSubject: =?utf-8?B?4oCuZmRwLmV4ZQ==?=\r\nFrom: "A\u200B" <a@evil.example>\r\nX-Other: no',
        'text/plain; charset=utf-8',
      ),
    );
    expect(headers).toEqual([
      { name: 'From', value: '"A⟦U+200B⟧" <a@evil.example>' },
      { name: 'Subject', value: '⟦U+202E⟧fdp.exe' },
      { name: 'Received', value: 'from a by b' },
      { name: 'Received', value: 'from c' },
    ]);
    expect([text.trim(), html]).toEqual(['hello', null]);
  });

  test.each([
    ['nothing at all', Buffer.alloc(0)],
    ['bytes', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
    [
      'parts in parts without an end',
      Buffer.from('Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n'.repeat(300)),
    ],
    ['a charset that is none', mail('\xff\xfe', 'Subject: =?nope?Q?=FF?=', 'text/html; charset=nope')],
  ])('of %s is read as far as it goes', async (_what, raw) => {
    const preview = await readPreview(raw);
    expect(typeof preview.text).toBe('string');
    expectHarmless(preview.html ?? '');
  });

  test('without HTML is shown as text in a frame that may do nothing', () => {
    const page = frameOf({ html: null, text: '<script>x</script>\u202E', note: 'a <b>' });
    expect(page).not.toContain('<script');
    expect(page).toContain('&#60;script&#62;');
    expect(page).toContain('a &#60;b&#62;');
    expect(page).toMatch(/\.link::after\{[^}]*unicode-bidi:isolate\}.*\.image::after\{[^}]*unicode-bidi:isolate\}/);
    expect(FRAME_POLICY).toMatch(/^sandbox; default-src 'none'; /);
  });
});
