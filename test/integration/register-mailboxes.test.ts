import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { registerMailboxes } from '../../cli/providers';
import { readMailConfig } from '../../mail/config';
import { freshStore } from '../support/harness';

const dir = mkdtempSync(join(tmpdir(), 'cb-register-'));
const FILE = join(dir, 'mail.yaml');
const clock = (): Date => new Date();

afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A provider of one line a key; the mailboxes begin in the seventh. */
const yaml = (name: string, mailboxes: string): string => `providers:
  - name: ${name}
    type: imap
    host: 127.0.0.1
    port: 143
    tls: none
    mailboxes: ${mailboxes}
    auth: { method: master, user: clawback, password: { env: MASTER } }
    recoverable: { folder: [Clawback Recoverable], retentionDays: 14 }
`;

test('a mailbox that belongs to another provider is refused at start by line and key, never by its address', async () => {
  const { store } = await freshStore();
  const start = async (name: string, mailboxes: string): Promise<void> => {
    writeFileSync(FILE, yaml(name, mailboxes));
    await registerMailboxes(readMailConfig(FILE, { MASTER: 'secret' }), { store, clock });
  };
  const list = join(dir, 'people.txt');
  writeFileSync(list, ['# people', ...Array.from({ length: 5 }, (_, at) => `u${at}@corp.example`), ''].join('\n'));
  try {
    await start('first', `{ file: people.txt }`);
    await expect(start('second', '\n      - new@corp.example\n      - u1@corp.example')).rejects.toThrow(
      new Error(`CLAWBACK_MAIL: ${FILE}:9: providers.0.mailboxes.1: belongs to another provider already`),
    );
    const said = (line: number): string =>
      `${FILE}:7: providers.0.mailboxes.file: line ${line} of ${list}: belongs to another provider already`;
    await expect(start('third', '{ file: people.txt }')).rejects.toThrow(
      new Error(`CLAWBACK_MAIL: ${said(2)}\n${said(3)}\n${said(4)}\nand 2 more`),
    );
  } finally {
    await store.connection.dropDatabase();
    await store.close();
  }
});
