import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runClawback } from '../support/product';

const SECRET = 'a-secret-in-the-file-itself';

describe('a configuration with several errors is told as one line each, and nothing is started', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'clawback-configuration-'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  test.each(['up', 'worker', 'api'])(
    'in the file of the mail providers, with its line, by clawback %s',
    async (command) => {
      const file = join(folder, 'mail.yaml');
      writeFileSync(
        file,
        [
          'providers:',
          '  - name: first',
          '    type: imap',
          '    host: imap.corp.example',
          '    port: 0',
          '    tls: sometimes',
          `    auth: { method: password, password: ${SECRET} }`,
          '    mailboxes: [nobody]',
          '    recoverable: { folder: [Recoverable], retentionDays: 14 }',
          '  - name: first',
          '    type: pop3',
          '',
        ].join('\n'),
      );
      const { code, out, err } = await runClawback([command], { CLAWBACK_MAIL: file, CLAWBACK_DATA_DIR: folder });
      expect([code, out]).toEqual([1, '']);
      expect(err.split('\n').map((line) => line.replace('CLAWBACK_MAIL: ', '').replaceAll(file, 'FILE'))).toEqual([
        'FILE:5: providers.0.port: is not a whole number from 1 to 65535',
        'FILE:6: providers.0.tls: is not none, starttls or implicit',
        expect.stringMatching(/^FILE:7: providers\.0\.auth\.password: is a secret in the file itself/),
        'FILE:8: providers.0.mailboxes.0: is not a mail address',
        expect.stringMatching(/^FILE:10: providers\.1\.name: is the name of providers\.0 too/),
        'FILE:11: providers.1.type: is no type of provider; it takes imap or embedded',
        '',
      ]);
      expect(err).not.toContain(SECRET);
    },
  );

  test('in the environment, by its variable', async () => {
    const wrong = { CLAWBACK_PORT: 'a', CLAWBACK_HEARTBEAT: 'PT1S', LOG_LEVEL: 'loud' };
    const { code, out, err } = await runClawback(['up'], { ...wrong, CLAWBACK_DATA_DIR: folder });
    expect([code, out]).toEqual([1, '']);
    expect(err.split('\n').map((line) => line.split(': ')[0])).toEqual([...Object.keys(wrong), '']);
  });
});
