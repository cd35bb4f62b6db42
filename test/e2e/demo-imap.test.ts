import { describeWithDovecot } from '../support/dovecot';
import { contentIn } from '../support/histories';
import { runCode } from '../support/product';

const DEMO = `require('./cli/demo-imap.js').demoImap({ json: true, mailboxes: 20 }).then((code) => process.exit(code))`;

describeWithDovecot('clawback demo --imap', () => {
  test('takes a campaign out of the mailboxes of a real server, leaves each as it was, and logs no content', async () => {
    const { code, out, err } = await runCode(DEMO, { LOG_LEVEL: 'debug' });
    expect(JSON.parse(out)).toEqual({ ok: true, status: 'Remediated', removed: 20, restored: 20, same: 20 });
    expect(code).toBe(0);
    expect(err).toContain('"Mailboxes indexed"');
    expect(contentIn(err)).toEqual([]);
  });
});
