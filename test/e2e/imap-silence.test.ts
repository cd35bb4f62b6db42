import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { runMainJob } from '../../cli/main-job';
import { isAlive } from '../../embedded/processes';
import { parts } from '../support/cases';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy';
import {
  actAs,
  append,
  describeWithDovecot,
  MASTER,
  NO_PENALTY,
  PASSWORD,
  startTestDovecot,
  type TestDovecot,
} from '../support/dovecot';
import { until } from '../support/harness';
import { contentIn, historiesOf } from '../support/histories';
import { mail } from '../support/mail';
import { type Product, startProduct } from '../support/product';

const NAMES = ['annabella', 'robertson', 'carlotta', 'dorothea'] as const;
const [ANN, BOB, CARL, DORA] = [
  `${NAMES[0]}@corp.example`,
  `${NAMES[1]}@corp.example`,
  `${NAMES[2]}@corp.example`,
  `${NAMES[3]}@corp.example`,
] as const;
const FOLDER = 'Geheimprojekt.Zürich';
const SUBJECT = 'Quartalszahlen vorab';
const CAMPAIGN = 'verschwiegen';
const WRONG = 'not-the-password-of-anybody';
const { link } = parts(CAMPAIGN);

/** What nobody may read who sees histories and logs alone. */
const WORDS = [
  ...[...NAMES, 'corp.example', 'evil.example', 'sender@'],
  ...['Geheimprojekt', 'Zürich', 'Z&APw-rich', SUBJECT, 'Quartalszahlen', 'message-id-of', CAMPAIGN, 'invoice.bin'],
  ...[MASTER.password, PASSWORD, WRONG],
];

interface Mailbox {
  readonly address: string;
  readonly health: string;
  readonly messageCount: number;
}

describeWithDovecot('histories and logs of a run at an IMAP server', () => {
  let dir: string;
  let server: TestDovecot;
  let proxy: CuttingProxy;
  let product: Product;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'clawback-silence-'));
    server = await startTestDovecot(NO_PENALTY);
    proxy = await startCuttingProxy(server.port);
    await actAs(server.port, ANN, (client) => client.mailboxCreate(FOLDER));
    for (const [at, [address, folder]] of (
      [
        [ANN, 'INBOX'],
        [ANN, FOLDER],
        [BOB, 'INBOX'],
        [CARL, 'INBOX'],
      ] as const
    ).entries()) {
      const raw = mail({ ...parts(CAMPAIGN), subject: SUBJECT, id: `message-id-of-${at}`, to: address });
      await append(server.port, address, { folder, raw, date: new Date(Date.now() - 60_000) });
    }
  });

  afterAll(async () => {
    await product.end('SIGKILL');
    await until(() => !product.owned.some(isAlive));
    await proxy.close();
    await server.remove();
    rmSync(dir, { recursive: true, force: true });
  });

  /** Three providers at one server: all goes well, the password changes later, the password was never right. */
  function configuration(): string {
    const provider = (name: string, auth: string, mailboxes: readonly string[]): string[] => [
      `  - name: ${name}`,
      '    type: imap',
      '    host: 127.0.0.1',
      `    port: ${proxy.port}`,
      '    tls: none',
      `    auth: ${auth}`,
      `    mailboxes: [${mailboxes.join(', ')}]`,
      "    recoverable: { folder: ['Clawback Recoverable'], retentionDays: 14 }",
      '    index: { intervalSeconds: 10 }',
    ];
    const file = join(dir, 'mail.yaml');
    writeFileSync(
      file,
      [
        'providers:',
        ...provider('master', `{ method: master, user: ${MASTER.user}, password: { env: SECRET_OF_MASTER } }`, [
          ANN,
          BOB,
        ]),
        ...provider('changed', '{ method: password, password: { file: secret } }', [CARL]),
        ...provider('wrong', '{ method: password, password: { env: SECRET_WRONG } }', [DORA]),
        '',
      ].join('\n'),
    );
    return file;
  }

  const mailboxes = async (): Promise<readonly Mailbox[]> =>
    (await product.client.call<{ items: readonly Mailbox[] }>('GET', '/mailboxes')).data.items;

  test('hold no address, no folder, no subject, no Message-ID and no password, whatever went well or wrong', async () => {
    writeFileSync(join(dir, 'secret'), PASSWORD);
    product = await startProduct(join(dir, 'data'), {
      ...{ CLAWBACK_MAIL: configuration(), LOG_LEVEL: 'trace' },
      ...{ SECRET_OF_MASTER: MASTER.password, SECRET_WRONG: WRONG },
    });
    await until(async () => (await mailboxes()).reduce((sum, { messageCount }) => sum + messageCount, 0) === 4);
    await until(async () => (await mailboxes()).some(({ health }) => health === 'loginRefused'));

    writeFileSync(join(dir, 'secret'), WRONG);
    proxy.refuse(true);
    proxy.refuse(false);
    const cuts = proxy.cuts();
    proxy.cutAfter(/UID MOVE/);
    const { investigation, removed, restored } = await runMainJob(
      product.client,
      { type: 'url', url: link },
      () => undefined,
    );
    expect(proxy.cuts()).toBe(cuts + 1);
    expect(investigation.actions).toMatchObject([
      { status: 'Partially Completed', outcomes: { removed: 3, failed: 1 } },
    ]);
    expect([investigation.status, removed, restored]).toEqual(['Partially Remediated', 3, 3]);
    const refused = await product.clawback(['mailboxes', 'check', DORA]);
    expect(refused).toMatchObject({ code: 1, err: '' });
    expect(refused.out).toContain(`${DORA}  could not be checked: `);

    const connection = await Connection.connect({ address: product.temporalAddress });
    const client = new Client({ connection });
    // The search finds what it looks for, wherever it stands: in an argument, in a failure of an activity or in a line.
    await client.workflow.start('planted', {
      workflowId: 'planted',
      taskQueue: 'nobody',
      args: [{ told: WORDS.join(' ') }],
    });
    await until(async () => (await historiesOf(client)).size > 1);
    const histories = await historiesOf(client);
    await connection.close();
    const { err } = await product.end('SIGTERM');
    const logs = {
      'the log': err,
      'the log of Temporal': readFileSync(join(dir, 'data', 'logs', 'temporal.log'), 'utf8'),
    };
    const found = [...histories, ...Object.entries(logs)].map(([name, text]) => [
      name.split(' ')[0],
      contentIn(text, WORDS),
    ]);
    expect(found.filter(([, words]) => words?.length !== 0)).toEqual([['planted', WORDS]]);
    expect(contentIn(`${err}\n${WORDS.join('\n')}`, WORDS)).toEqual(WORDS);

    // What it searched is the run: every kind of workflow, and what went wrong in it.
    const kinds = ['"investigation"', '"revert"', '"indexMailboxes"', '"unreachable"'];
    expect(contentIn([...histories.values()].join('\n'), kinds)).toEqual(kinds);
    const lines = ['"Mailboxes indexed"', '"away":1', '"code":"unreachable"', '"Mailboxes are away: '];
    expect(contentIn(err, lines)).toEqual(lines);
  });
});
