import { run } from '../../cli/program';
import { describeWithDovecot } from '../support/dovecot';

describeWithDovecot('clawback demo --imap', () => {
  test('takes a campaign out of 200 mailboxes of a real server and leaves every one as it was', async () => {
    let out = '';
    const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      out += text.toString();
      return true;
    });
    try {
      expect(await run(['demo', '--imap', '--json'])).toBe(0);
    } finally {
      write.mockRestore();
    }
    expect(JSON.parse(out)).toEqual({ ok: true, status: 'Remediated', removed: 200, restored: 200, same: 200 });
  });
});
