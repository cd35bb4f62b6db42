import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { type ImapConfig, MailConfigError, type ProviderConfig, readMailConfig } from '../../../mail/config';

const folder = mkdtempSync(join(tmpdir(), 'cb-mail-config-'));
const FILE = join(folder, 'mail.yaml');
const SECRET = 'hunter2';
const ENV = { IMAP_MASTER_PASSWORD: SECRET, EMPTY: '' };

/** The block of the contract, word for word. */
const CONTRACT = `providers:
  - name: dovecot                # shows in every place that names a mailbox
    type: imap                   # imap | embedded | graph (when built)
    host: 127.0.0.1
    port: 143
    tls: none                    # none | starttls | implicit; none is refused for a host that is not loopback
    auth: { method: master, user: clawback, password: { env: IMAP_MASTER_PASSWORD } }   # or method: password | oauth2
    mailboxes: [alice@corp.example, bob@corp.example]                                   # or { file: PATH }, one address a line
    recoverable: { folder: ["Clawback Recoverable"], retentionDays: 14, expunge: false }   # path segments, joined with the server's separator
    index: { days: 30 }
    limits: { connections: 8 }
`;

const READ: ImapConfig = {
  ...{ name: 'dovecot', type: 'imap', host: '127.0.0.1', port: 143, tls: 'none', ca: null },
  auth: { method: 'master', user: 'clawback', password: { env: 'IMAP_MASTER_PASSWORD' } },
  mailboxes: ['alice@corp.example', 'bob@corp.example'],
  recoverable: { folder: ['Clawback Recoverable'], retentionDays: 14, expunge: false },
  junk: { movesConfirmed: false },
  index: { days: 30, intervalSeconds: 60, idle: [] },
  limits: { connections: 8 },
};

/** One key a line, each at the line of its own number. */
const BASE = `providers:
  - name: dovecot
    type: imap
    host: 127.0.0.1
    port: 143
    tls: none
    auth:
      method: password
      password: { env: IMAP_MASTER_PASSWORD }
    mailboxes:
      - alice@corp.example
      - bob@corp.example
    recoverable:
      folder: [Clawback Recoverable]
      retentionDays: 14
`;

const ANOTHER = `  - name: another
    type: imap
    host: mail.corp.example
    port: 993
    tls: implicit
    auth: { method: oauth2, token: { env: IMAP_MASTER_PASSWORD } }
    mailboxes: [carol@corp.example]
    recoverable: { folder: [A, B], retentionDays: 1 }
`;

beforeAll(() => {
  const files = {
    'people.txt': '# the office\nAlice@Corp.example\n\n  bob@corp.example   # new\r\n',
    'nobody.txt': '# none yet\n\n',
    'another.txt': 'alice@corp.example\ncarol@corp.example\n',
    'twice.txt': 'carol@corp.example\nCAROL@corp.example\n',
    'wrong.txt': `alice@corp.example\n${SECRET}\nx y\n@\n<bob@corp.example>\na@b@c\n`,
    'many.txt': Array.from({ length: 10_001 }, (_, at) => `u${at}@corp.example\n`).join(''),
    'most.txt': Array.from({ length: 10_000 }, (_, at) => `u${at}@corp.example\n`).join(''),
    token: `${SECRET}\n`,
    'empty-token': '\n',
    'each.txt': `bob@corp.example: ${SECRET}\nalice@corp.example: ${SECRET}\nsomebody@else.example: ${SECRET}\n`,
    'bob-only.txt': `bob@corp.example: ${SECRET}\n`,
    'bob-without.txt': `alice@corp.example: ${SECRET}\nbob@corp.example:\n`,
    'ca.pem': `# two\n${rootCertificates.slice(0, 2).join('\n')}\n`,
    'no-ca.pem': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  execFileSync('mkfifo', [join(folder, 'pipe')]);
});

afterAll(() => rmSync(folder, { recursive: true }));

function read(yaml: string | Buffer): readonly ProviderConfig[] {
  writeFileSync(FILE, yaml);
  return readMailConfig(FILE, ENV);
}

/** Every problem, without the name of the file; after a check that nothing tells the secret. */
function problems(yaml: string | Buffer): string[] {
  try {
    read(yaml);
  } catch (error) {
    if (!(error instanceof MailConfigError)) throw error;
    expect(`${error.message} ${error.stack ?? ''}`).not.toContain(SECRET);
    expect(error.message).not.toContain('@corp.example');
    return error.message.split('\n').map((line) => {
      expect(line).toContain(`${FILE}:`);
      return line.slice(FILE.length + 1);
    });
  }
  return [];
}

/** The base with one part of its text replaced. */
function changed(from: string, to: string, base = BASE): string {
  expect(base.split(from)).toHaveLength(2);
  return base.replace(from, to);
}

describe('a configuration that is right', () => {
  test('is read as the contract has it', () => {
    expect(read(CONTRACT)).toEqual([READ]);
  });

  test('needs no more than what has no default', () => {
    expect(read(BASE)).toEqual([{ ...READ, auth: { method: 'password', password: { env: 'IMAP_MASTER_PASSWORD' } } }]);
  });

  test('may set everything', () => {
    const rest = `
    ca: ca.pem
    junk: { movesConfirmed: true }
    index: { days: 365, intervalSeconds: 10, idle: [Bob@corp.example, alice@corp.example] }
    limits: { connections: 64 }`;
    expect(read(changed('tls: none', `tls: starttls${rest}`))).toMatchObject([
      {
        ...{ tls: 'starttls', ca: join(folder, 'ca.pem'), junk: { movesConfirmed: true } },
        index: { days: 365, intervalSeconds: 10, idle: ['bob@corp.example', 'alice@corp.example'] },
        limits: { connections: 64 },
      },
    ]);
  });

  test('may have its recoverable folder counted from the root of the server', () => {
    const [provider] = read(changed('      retentionDays: 14', '      retentionDays: 14\n      fromRoot: true'));
    expect(provider).toMatchObject({ recoverable: { folder: ['Clawback Recoverable'], fromRoot: true } });
  });

  test('may have several providers, the embedded mailboxes among them', () => {
    const names = read(`${BASE}${ANOTHER}  - { name: here, type: embedded }\n`).map(({ name, type }) => [name, type]);
    expect(names).toEqual([
      ['dovecot', 'imap'],
      ['another', 'imap'],
      ['here', 'embedded'],
    ]);
  });

  test('takes mailboxes and secrets from files beside it, by their absolute paths', () => {
    const yaml = changed('{ env: IMAP_MASTER_PASSWORD }', '{ file: each.txt }').replace(
      /mailboxes:(\n {6}- .*)+/,
      'mailboxes: { file: ./people.txt }',
    );
    expect(read(yaml)).toMatchObject([
      {
        mailboxes: ['alice@corp.example', 'bob@corp.example'],
        auth: { method: 'password', password: { file: join(folder, 'each.txt') } },
      },
    ]);
  });

  test('takes an access token for all, or for each', () => {
    const oauth2 = (file: string) =>
      changed(
        'method: password\n      password: { env: IMAP_MASTER_PASSWORD }',
        `method: oauth2\n      token: { file: ${file} }`,
      );
    expect(read(oauth2('token'))).toMatchObject([
      { auth: { method: 'oauth2', token: { file: join(folder, 'token') } } },
    ]);
    expect(read(oauth2('each.txt'))).toHaveLength(1);
  });

  test('takes 10,000 mailboxes', () => {
    const [provider] = read(BASE.replace(/mailboxes:(\n {6}- .*)+/, 'mailboxes: { file: most.txt }'));
    expect((provider as ImapConfig).mailboxes).toHaveLength(10_000);
  });

  test('takes the mailboxes that are watched from a file too, or 20 of them, or none', () => {
    const idle = (is: string, yaml = BASE) =>
      (read(changed('tls: none', `tls: none\n    index: { idle: ${is} }`, yaml))[0] as ImapConfig).index.idle;
    expect(idle('{ file: people.txt }')).toEqual(['alice@corp.example', 'bob@corp.example']);
    expect(idle('[]')).toEqual([]);
    const most = BASE.replace(/mailboxes:(\n {6}- .*)+/, 'mailboxes: { file: most.txt }');
    const twenty = Array.from({ length: 20 }, (_, at) => `u${at}@corp.example`);
    expect(idle(`[${twenty.join(', ')}]`, most)).toEqual(twenty);
  });

  test('compares addresses in lower case', () => {
    expect(read(changed('- bob@', '- BOB@'))).toMatchObject([
      { mailboxes: ['alice@corp.example', 'bob@corp.example'] },
    ]);
  });

  test('may repeat a part of itself by an alias', () => {
    const yaml = `${changed('recoverable:\n', 'recoverable: &same\n')}${changed('{ folder: [A, B], retentionDays: 1 }', '*same', ANOTHER)}`;
    expect(read(yaml)[1]).toMatchObject({ recoverable: { folder: ['Clawback Recoverable'], retentionDays: 14 } });
  });

  test.each(['127.0.0.1', '127.8.9.10', '::1', '0:0:0:0:0:0:0:1', 'localhost', 'LOCALHOST'])(
    'may go without TLS to %s',
    (host) => {
      expect(read(changed('host: 127.0.0.1', `host: "${host}"`))).toMatchObject([{ host, tls: 'none' }]);
    },
  );

  test.each(['mail.corp.example', 'imap_1', '192.0.2.1', '2001:db8::1', 'mail.corp.example.'])(
    'may go with TLS to %s',
    (host) => {
      expect(read(changed('host: 127.0.0.1', `host: "${host}"`).replace('tls: none', 'tls: implicit'))).toHaveLength(1);
    },
  );
});

/** What keys take. */
const TAKES = {
  NAME: 'a name of 1 to 40 letters, digits, - and _',
  HOST: 'a host name or an IP address, without port and brackets',
  PORT: 'a whole number from 1 to 65535',
  REF: '{ env: NAME } or { file: PATH }',
  USER: 'the name of a master user, without * and control characters',
  IDLE: 'a list of 0 to 20 mail addresses, or { file: PATH }',
  MAILBOXES: 'a list of 1 to 10000 mail addresses, or { file: PATH }',
  FOLDERS: 'a list of 1 to 5 folder names, from the outermost in',
  SEGMENT: 'a folder name of 1 to 200 characters, none of them a control character',
  KEYS: 'name, type, host, port, tls, ca, auth, mailboxes, recoverable, junk, index, limits',
};

/** Puts what keys take in place of the names of {@link TAKES}. */
function spelled(says: string): string {
  return Object.entries(TAKES).reduce((text, [name, takes]) => text.replace(new RegExp(`\\b${name}$`), takes), says);
}

/** What is wrong with the first provider: a part of the base, what stands in its place, and what is said of which key. */
const WRONG: readonly (readonly [from: string, rows: readonly (readonly [to: string, at: string, says: string])[]])[] =
  [
    [
      'name: dovecot',
      [
        ['name: ""', '2: name', 'is not NAME'],
        ['name: a b', '2: name', 'is not NAME'],
        ['name: 7', '2: name', 'is not NAME'],
        [`name: ${'a'.repeat(41)}`, '2: name', 'is not NAME'],
        ['name: embedded', '2: name', 'is kept for the embedded mailboxes; it takes another name'],
      ],
    ],
    ['name: dovecot\n    type', [['type', '2: name', 'is missing; it takes NAME']]],
    [
      'type: imap',
      [
        ['type: graph', '3: type', 'graph is not built yet; it takes imap or embedded'],
        ['type: pop3', '3: type', 'is no type of provider; it takes imap or embedded'],
        ['type: imap\n    junk: true', '4: junk', 'is not a block of movesConfirmed'],
        ['type: imap\n    junk: { movesConfirmed: "true" }', '4: junk.movesConfirmed', 'is not true or false'],
        ['type: imap\n    index: { days: 0 }', '4: index.days', 'is not a whole number from 1 to 365'],
        [
          'type: imap\n    index:\n      intervalSeconds: 9',
          '5: index.intervalSeconds',
          'is not a whole number from 10 to 3600',
        ],
        ['type: imap\n    index:', '4: index', 'is empty; it takes a block of days, intervalSeconds, idle'],
        ['type: imap\n    index: { idle: }', '4: index.idle', 'is empty; it takes IDLE'],
        ['type: imap\n    index: { idle: alice@corp.example }', '4: index.idle', 'is not IDLE'],
        [
          'type: imap\n    index: { idle: { path: x, file: people.txt } }',
          '4: index.idle.path',
          'is no key here; the keys are file',
        ],
        ['type: imap\n    index:\n      idle:\n        - alice', '6: index.idle.0', 'is not a mail address'],
        [
          'type: imap\n    index:\n      idle:\n        - bob@corp.example\n        - carol@corp.example',
          '7: index.idle.1',
          "is none of the provider's mailboxes",
        ],
        [
          'type: imap\n    index:\n      idle:\n        - bob@corp.example\n        - BOB@corp.example',
          '7: index.idle.1',
          'is the same mailbox as providers.0.index.idle.0',
        ],
        [`type: imap\n    index: { idle: [${'bob@corp.example, '.repeat(21)}] }`, '4: index.idle', 'is not IDLE'],
        ['type: imap\n    limits: { connections: 65 }', '4: limits.connections', 'is not a whole number from 1 to 64'],
        [
          'type: imap\n    limits: { conections: 1 }',
          '4: limits.conections',
          'is no key here; the keys are connections',
        ],
        ['type: imap\n    hosts: x', '4: hosts', 'is no key here; the keys are KEYS'],
        ['type: imap\n    __proto__: {}', '4: __proto__', 'is no key here; the keys are KEYS'],
        ['type: imap\n    "a\\e[2J b": x', '4: "a\\u001b[2J b"', 'is no key here; the keys are KEYS'],
        ['type: imap\n    toString: x', '4: toString', 'is no key here; the keys are KEYS'],
      ],
    ],
    ['    type: imap\n', [['', '2: type', 'is missing; it takes imap or embedded']]],
    [
      'host: 127.0.0.1',
      [
        ['host: ""', '4: host', 'is not HOST'],
        ['host: "[::1]"', '4: host', 'is not HOST'],
        ['host: localhost:143', '4: host', 'is not HOST'],
        ['host: imap://localhost', '4: host', 'is not HOST'],
      ],
    ],
    [
      'port: 143',
      [
        ['port: "143"', '5: port', 'is not PORT'],
        ['port: 0', '5: port', 'is not PORT'],
        ['port: 65536', '5: port', 'is not PORT'],
        ['port: 0.5', '5: port', 'is not PORT'],
        ['port: .inf', '5: port', 'is not PORT'],
        ['port:', '5: port', 'is empty; it takes PORT'],
        ['port: 143\n    port: 993', '6: port', 'is there twice'],
      ],
    ],
    ['    port: 143\n', [['', '2: port', 'is missing; it takes PORT']]],
    [
      'tls: none',
      [
        ['tls: false', '6: tls', 'is not none, starttls or implicit'],
        ['tls: none\n    ca: ca.pem', '7: ca', 'has no use with tls: none; it takes starttls or implicit'],
        ['tls: implicit\n    ca: 1', '7: ca', 'is not a path'],
      ],
    ],
    ['    tls: none\n', [['', '2: tls', 'is missing; it takes none, starttls or implicit']]],
    [
      'method: password',
      [
        ['method: plain', '8: auth.method', 'is not master, password or oauth2'],
        ['method: master', '7: auth.user', 'is missing; it takes USER'],
        ['method: master\n      user: a*b', '9: auth.user', 'is not USER'],
        ['method: password\n      user: x', '9: auth.user', 'is no key here; the keys are method, password'],
      ],
    ],
    ['      method: password\n', [['', '7: auth.method', 'is missing; it takes master, password or oauth2']]],
    [
      '{ env: IMAP_MASTER_PASSWORD }',
      [
        [SECRET, '9: auth.password', 'is a secret in the file itself, which is refused; it takes REF'],
        ['12345678', '9: auth.password', 'is a secret in the file itself, which is refused; it takes REF'],
        [`{ ${SECRET} }`, '9: auth.password', 'is no reference; it takes REF'],
        [`{ value: ${SECRET} }`, '9: auth.password', 'is no reference; it takes REF'],
        [`{ env: "${SECRET}!" }`, '9: auth.password', 'is no reference; it takes REF'],
        [`{ env: { ${SECRET}: x } }`, '9: auth.password', 'is no reference; it takes REF'],
        [`[${SECRET}]`, '9: auth.password', 'is no reference; it takes REF'],
        ['{ env: EMPTY, file: token }', '9: auth.password', 'is no reference; it takes REF'],
        ['', '9: auth.password', 'is empty; it takes REF'],
        ['{ env: NOT_THERE }', '9: auth.password.env', '{ env: NOT_THERE } is not set'],
        ['\n        env: EMPTY', '10: auth.password.env', '{ env: EMPTY } is empty'],
        ['{ env: IMAP_MASTER_PASSWORD, env: IMAP_MASTER_PASSWORD }', '9: auth.password.env', 'is there twice'],
      ],
    ],
    ['      password: { env: IMAP_MASTER_PASSWORD }\n', [['', '7: auth.password', 'is missing; it takes REF']]],
    ['      - alice@corp.example\n      - bob@corp.example\n', [['', '10: mailboxes', 'is empty; it takes MAILBOXES']]],
    [
      '\n      - alice@corp.example\n      - bob@corp.example\n',
      [
        [' []\n', '10: mailboxes', 'is not MAILBOXES'],
        [' a@b.c\n', '10: mailboxes', 'is not MAILBOXES'],
        [' { path: x, file: people.txt }\n', '10: mailboxes.path', 'is no key here; the keys are file'],
      ],
    ],
    [
      '- bob@corp.example',
      [
        ['- bob', '12: mailboxes.1', 'is not a mail address'],
        ['- Bob <bob@corp.example>', '12: mailboxes.1', 'is not a mail address'],
        ['- "bob@corp.example\\0"', '12: mailboxes.1', 'is not a mail address'],
        ['- [bob@corp.example]', '12: mailboxes.1', 'is not a mail address'],
        ['- ALICE@corp.example', '12: mailboxes.1', 'is the same mailbox as providers.0.mailboxes.0'],
      ],
    ],
    [
      'folder: [Clawback Recoverable]',
      [
        ['folder: Clawback', '14: recoverable.folder', 'is not FOLDERS'],
        ['folder: []', '14: recoverable.folder', 'is not FOLDERS'],
        ['folder: [a, b, c, d, e, f]', '14: recoverable.folder', 'is not FOLDERS'],
        ['folder:\n      - a\n      - ""', '16: recoverable.folder.1', 'is not SEGMENT'],
        ['folder: ["a\\r\\nb"]', '14: recoverable.folder.0', 'is not SEGMENT'],
        ['folder: [a]\n      fromRoot: yes', '15: recoverable.fromRoot', 'is not true or false'],
        ['folder: [Inbox]', '14: recoverable.folder', 'is the inbox itself; it takes a folder of its own'],
      ],
    ],
    [
      'retentionDays: 14',
      [
        ['retentionDays: 0', '15: recoverable.retentionDays', 'is not a whole number from 1 to 365'],
        ['retentionDays: 366', '15: recoverable.retentionDays', 'is not a whole number from 1 to 365'],
        ['retentionDays: 14\n      expunge: yes', '16: recoverable.expunge', 'is not true or false'],
      ],
    ],
    [
      '      retentionDays: 14\n',
      [['', '13: recoverable.retentionDays', 'is missing; it takes a whole number from 1 to 365']],
    ],
    [
      '    auth:\n      method: password\n      password: { env: IMAP_MASTER_PASSWORD }\n',
      [['', '2: auth', 'is missing; it takes a block with method: master, password or oauth2']],
    ],
  ];

describe('one thing that is wrong is told with its line, its key and what it takes', () => {
  test.each(WRONG.flatMap(([from, rows]) => rows.map((row) => [from, ...row] as const)))(
    '%j → %j: %s %s',
    (from, to, at, says) => {
      const [line = '', key = ''] = at.split(': ');
      expect(problems(changed(from, to))).toEqual([`${line}: providers.0.${key}: ${spelled(says)}`]);
    },
  );

  test.each([
    '128.0.0.1',
    '10.0.0.1',
    'mail.corp.example',
    'localhost.corp.example',
    '127.1',
    '2130706433',
    '::',
    'fe80::1%lo',
    '0.0.0.0',
  ])('no TLS to %s, which is not loopback', (host) => {
    expect(problems(changed('host: 127.0.0.1', `host: "${host}"`))).toEqual([
      '6: providers.0.tls: none is refused for a host that is not loopback; it takes starttls or implicit',
    ]);
  });

  test.each<[yaml: string, at: string, says: string]>([
    [
      'providers:\n  - { name: a, type: embedded }\nversion: 1\n',
      '3: version',
      'is no key here; the keys are providers',
    ],
    ['', '1', 'is empty; it takes a block of providers'],
    ['# nothing\n', '1', 'is empty; it takes a block of providers'],
    ['providers:\n', '1: providers', 'is empty; it takes a list of providers'],
    ['providers: []\n', '1: providers', 'is not a list of at least one provider'],
    ['\nproviders: {}\n', '2: providers', 'is not a list of providers'],
    [
      'providers:\n  - name: a\n    type: embedded\n  - dovecot\n',
      '4: providers.1',
      'is not a block of name, type and more',
    ],
    [
      'providers:\n  - { name: a, type: embedded }\n  - { name: b, type: embedded }\n',
      '3: providers.1.type',
      'embedded is there already, as providers.0',
    ],
    [
      'providers:\n  - name: a\n    type: embedded\n    host: x\n',
      '4: providers.0.host',
      'is no key here; the keys are name, type',
    ],
    [
      `${BASE}  - { name: dovecot, type: embedded }\n`,
      '16: providers.1.name',
      'is the name of providers.0 too; it takes another one',
    ],
    [
      `${BASE}${ANOTHER.replace('carol@', 'bob@')}`,
      '22: providers.1.mailboxes.0',
      'is the same mailbox as providers.0.mailboxes.1',
    ],
  ])('%j', (yaml, at, says) => {
    expect(problems(yaml)).toEqual([`${at}: ${spelled(says)}`]);
  });
});

describe('what the configuration refers to', () => {
  test.each<[what: string, ref: string, says: string]>([
    ['is missing', 'none.txt', 'cannot be read: there is no such file'],
    ['is a folder', '.', 'cannot be read: it is not a file'],
    ['is a pipe, which would be waited for', 'pipe', 'cannot be read: it is not a file'],
    ['has nobody in it', 'nobody.txt', 'has 0 addresses; it takes 1 to 10000'],
    ['has too many in it', 'many.txt', 'has 10001 addresses; it takes 1 to 10000'],
    [
      'has other things in it, which are not quoted',
      'wrong.txt',
      'takes one mail address a line: see lines 2, 3, 4 and 2 more',
    ],
  ])('is refused where the file of mailboxes %s', (_, name, says) => {
    const yaml = BASE.replace(/mailboxes:(\n {6}- .*)+/, `mailboxes: { file: ${name} }`);
    expect(problems(yaml)).toEqual([`10: providers.0.mailboxes.file: ${join(folder, name)} ${says}`]);
  });

  test('is refused where a mailbox is in it twice, or in a list as well', () => {
    const another = ANOTHER.replace('[carol@corp.example]', '{ file: twice.txt }');
    const twice = join(folder, 'twice.txt');
    expect(problems(`${changed('bob@', 'carol@')}${another}`)).toEqual([
      `22: providers.1.mailboxes.file: line 1 of ${twice} is the same mailbox as providers.0.mailboxes.1`,
      `22: providers.1.mailboxes.file: line 2 of ${twice} is the same mailbox as providers.0.mailboxes.1`,
    ]);
    expect(problems(`providers:\n${another}`)).toEqual([
      `8: providers.0.mailboxes.file: line 2 of ${twice} is the same mailbox as line 1 of ${twice} (providers.0.mailboxes.file)`,
    ]);
  });

  test.each<[what: string, name: string, says: string]>([
    ['is missing', 'none.txt', 'FILE cannot be read: there is no such file'],
    ['has too many in it', 'most.txt', 'FILE has 10000 addresses; it takes 1 to 20'],
    ['has a mailbox of others in it', 'another.txt', "line 2 of FILE is none of the provider's mailboxes"],
  ])('is refused where the file of mailboxes that are watched %s', (_, name, says) => {
    const yaml = changed('tls: none', `tls: none\n    index: { idle: { file: ${name} } }`);
    expect(problems(yaml)).toEqual([`7: providers.0.index.idle.file: ${says.replace('FILE', join(folder, name))}`]);
  });

  test('is not said to be of others where the mailboxes themselves are wrong', () => {
    const yaml = changed('tls: none', 'tls: none\n    index: { idle: [alice@corp.example] }');
    expect(problems(yaml.replace('- bob@', '- bob '))).toEqual(['13: providers.0.mailboxes.1: is not a mail address']);
  });

  test.each<[what: string, name: string, says: string]>([
    ['is missing', 'none.txt', 'cannot be read: there is no such file'],
    ['is empty', 'empty-token', 'is empty'],
    ['has no line for a mailbox', 'bob-only.txt', 'has no line for the mailbox at providers.0.mailboxes.0'],
    ['has a line without a secret', 'bob-without.txt', 'has no secret in line 2'],
    [
      'has no line for many',
      'each.txt',
      'has no line for the mailboxes at line 1 of MOST, line 2 of MOST, line 3 of MOST and 9997 more',
    ],
  ])('is refused where the file of secrets %s', (_, name, says) => {
    const many = name === 'each.txt' ? BASE.replace(/mailboxes:(\n {6}- .*)+/, 'mailboxes: { file: most.txt }') : BASE;
    expect(problems(changed('{ env: IMAP_MASTER_PASSWORD }', `{ file: ${name} }`, many))).toEqual([
      `9: providers.0.auth.password.file: { file: ${join(folder, name)} } ${says.replaceAll('MOST', join(folder, 'most.txt'))}`,
    ]);
  });

  test('is refused where a master user has a secret for each mailbox', () => {
    expect(problems(changed('{ env: IMAP_MASTER_PASSWORD }', '{ file: each.txt }', CONTRACT))).toEqual([
      `7: providers.0.auth.password.file: { file: ${join(folder, 'each.txt')} } has a line for each mailbox; a master user has one secret`,
    ]);
  });

  test.each<[name: string, says: string]>([
    ['none.pem', 'cannot be read: there is no such file'],
    ['no-ca.pem', 'holds no certificate that can be read; it takes PEM'],
    ['people.txt', 'holds no certificate that can be read; it takes PEM'],
  ])('is refused where the CA certificates are %s', (name, says) => {
    expect(problems(changed('tls: none', `tls: starttls\n    ca: ${name}`))).toEqual([
      `7: providers.0.ca: ${join(folder, name)} ${says}`,
    ]);
  });
});

test('all that is wrong is told at once, in the order of the file', () => {
  const yaml = `providers:
  - name: one
    type: imap
    host: mail.corp.example
    port: 70000
    tls: none
    auth: { method: master, password: { env: NOT_THERE } }
    mailboxes: [bob, alice@corp.example, Alice@corp.example]
    recoverable: { folder: [], retentionDays: 14 }
    colour: red
    port: 143.5
  - name: one
    type: graph
  - name: three
    type: imap
    host: localhost
    port: 143
    tls: starttls
    ca: none.pem
    auth: { method: oauth2, token: { file: none.txt } }
    mailboxes: [carol@corp.example, carol@corp.example]
    recoverable: ${SECRET}
`;
  const keys = problems(yaml).map((problem) => problem.split(': ').slice(0, 2).join(' '));
  expect(keys).toEqual([
    '6 providers.0.tls',
    '7 providers.0.auth.user',
    '7 providers.0.auth.password.env',
    '8 providers.0.mailboxes.0',
    '9 providers.0.recoverable.folder',
    '10 providers.0.colour',
    '11 providers.0.port',
    '11 providers.0.port',
    '12 providers.1.name',
    '13 providers.1.type',
    '19 providers.2.ca',
    '20 providers.2.auth.token.file',
    '21 providers.2.mailboxes.1',
    '22 providers.2.recoverable',
  ]);
});

test('of very many problems the first hundred are told, and how many more there are', () => {
  const lines = problems(`providers:\n${'  - x\n'.repeat(150)}`);
  expect(lines).toHaveLength(101);
  expect(lines[99]).toMatch(/^101: providers\.99: /);
  expect(lines[100]).toBe(' and 50 more problems');
});

describe('what is no YAML of plain values is refused with its line, and never quoted', () => {
  test.each<[what: string, yaml: string, problem: string]>([
    [
      'a quote that is not closed',
      'a: 1\nb: "hunter2\n',
      '3: is not valid YAML: a quote, a bracket, a comma or a colon is missing, here or above',
    ],
    ['a tab', 'providers:\n\t- x\n', '2: is not valid YAML: it is indented with a tab; YAML takes spaces'],
    [
      'a password that looks like a tag',
      'a:\n  password: !hunter2\n',
      '2: is not valid YAML: a value has a tag, such as !name; it takes plain values',
    ],
    [
      'a tag of YAML',
      'a: !!binary aHVudGVyMg==\n',
      '1: is not valid YAML: a value has a tag, such as !name; it takes plain values',
    ],
    [
      'a password that looks like an alias',
      changed('{ env: IMAP_MASTER_PASSWORD }', '*hunter2'),
      '9: providers.0.auth.password: is an alias of nothing; a value that starts with * needs quotes',
    ],
    [
      'a password that starts with what needs quotes',
      'a: 1\nb: @hunter2\n',
      '2: is not valid YAML: a value that starts with this character needs quotes',
    ],
    ['two documents', 'a: 1\n---\nb: 2\n', '2: is not valid YAML: there is more than one document'],
    ['a key that is a list', '? [hunter2]\n: 1\n', '1: is not valid YAML: a key is not a plain word'],
    ['lists in lists on one line', `a:\n${'- '.repeat(100_000)}\n`, '2: is not valid YAML: it nests too deeply'],
  ])('%s', (_, yaml, problem) => {
    expect(problems(yaml)).toEqual([problem]);
  });

  test.each([
    ['brackets', '['.repeat(100_000)],
    ['brackets, each on its line', '[\n'.repeat(100_000)],
    ['braces', '{a: '.repeat(100_000)],
    ['blocks', Array.from({ length: 1_300 }, (_, at) => `${' '.repeat(at)}a:`).join('\n')],
  ])('what nests very deeply in %s', (_, yaml) => {
    expect(problems(yaml)).not.toEqual([]);
  });

  test('aliases that would grow without end', () => {
    const levels = Array.from({ length: 12 }, (_, at) => `l${at + 1}: &l${at + 1} [${`*l${at},`.repeat(10)}]`);
    expect(problems(`l0: &l0 [x, x]\n${levels.join('\n')}\n`)).toEqual([
      '1: repeats itself by aliases more than 100 times',
    ]);
  });

  test('very many aliases', () => {
    expect(problems(`a: &a x\nb: [${'*a ,'.repeat(200_000)}]\n`)).toEqual([
      '1: repeats itself by aliases more than 100 times',
    ]);
  });

  test('an alias of what it stands in', () => {
    expect(problems('providers: &all\n  - *all\n')).toEqual([
      '2: providers.0.type: is missing; it takes imap or embedded',
    ]);
  });

  test('many keys that are the same', () => {
    expect(problems('x: 1\n'.repeat(20_000))).toHaveLength(101);
  });
});

describe('a file that cannot be read at all', () => {
  test('is said without a line', () => {
    expect(() => readMailConfig(join(folder, 'none.yaml'), ENV)).toThrow(
      `${join(folder, 'none.yaml')}: cannot be read: there is no such file`,
    );
    expect(() => readMailConfig(folder, ENV)).toThrow(/: cannot be read: it is not a file$/);
    expect(problems(Buffer.from([0x61, 0x3a, 0xff]))).toEqual([' is not UTF-8 text']);
  });

  test('is one that is larger than 1 MB', () => {
    writeFileSync(FILE, BASE);
    truncateSync(FILE, 1024 * 1024 + 1);
    expect(() => readMailConfig(FILE, ENV)).toThrow(/: is larger than 1 MB$/);
    expect(read(`${BASE}#${'x'.repeat(1024 * 1024 - BASE.length - 1)}`)).toHaveLength(1);
  });
});
