import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { registerMailboxes } from '../../cli/providers';
import { readMailConfig } from '../../mail/config';
import { fingerprintOf } from '../../mail/imap/fingerprint';
import { freshStore } from '../support/harness';

const dir = mkdtempSync(join(tmpdir(), 'cb-register-'));
const FILE = join(dir, 'mail.yaml');
const clock = (): Date => new Date();

afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A provider of one line a key; the mailboxes begin in the seventh. */
const yaml = (name: string, mailboxes: string, folder = 'Clawback Recoverable'): string => `providers:
  - name: ${name}
    type: imap
    host: 127.0.0.1
    port: 143
    tls: none
    mailboxes: ${mailboxes}
    auth: { method: master, user: clawback, password: { env: MASTER } }
    recoverable: { folder: [${folder}], retentionDays: 14 }
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

test('what the probe has found holds for as long as mailboxes are worked with in the same way, and no start longer', async () => {
  const { store } = await freshStore();
  const { mailboxes } = store;
  const ann = 'ann@corp.example';
  const start = async (text: string): Promise<string> => {
    writeFileSync(FILE, text);
    const configs = readMailConfig(FILE, { MASTER: 'secret' });
    await registerMailboxes(configs, { store, clock });
    const [config] = configs;
    if (config?.type !== 'imap') throw new Error('The configuration has one IMAP provider');
    return fingerprintOf(config);
  };
  const unsafe = async (): Promise<string | null | undefined> => (await mailboxes.unsafe([ann])).get(ann)?.whole;
  const unknown = 'the mailbox was not probed yet as it is configured now';
  const probed = async (fingerprint: string): Promise<void> => {
    await mailboxes.probed(ann, fingerprint, { at: clock(), extensions: [], findings: [], recoverableVisible: false });
  };
  try {
    const first = await start(yaml('first', `[${ann}]`));
    expect(await unsafe()).toBe(unknown);
    await probed(first);
    expect(await unsafe()).toBeNull();
    expect(await mailboxes.probeDue(ann, first, clock())).toBe(false);
    // Another mailbox, another retention, another interval: Ann's is worked with as before.
    const same = yaml('first', `[${ann}, bob@corp.example]`).replace('retentionDays: 14', 'retentionDays: 7');
    expect(await start(`${same}    index: { days: 30, intervalSeconds: 120, idle: [] }\n`)).toBe(first);
    expect(await unsafe()).toBeNull();
    expect(await mailboxes.probeDue(ann, first, clock())).toBe(true);
    await probed(first);
    const other = await start(yaml('first', `[${ann}]`, 'Elsewhere'));
    expect(await unsafe()).toBe(unknown);
    expect(await mailboxes.probeDue(ann, other, clock())).toBe(true);
  } finally {
    await store.connection.dropDatabase();
    await store.close();
  }
});
