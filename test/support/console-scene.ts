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

function encode(text: string): string {
  return `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`;
}
