import { demoImap } from '../../cli/demo-imap';
import { describeWithDovecot } from '../support/dovecot';

describeWithDovecot('clawback demo --imap', () => {
  test('takes a campaign out of the mailboxes of a real server and leaves every one as it was', async () => {
    let out = '';
    const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      out += text.toString();
      return true;
    });
    try {
      expect(await demoImap({ json: true, mailboxes: 20 })).toBe(0);
    } finally {
      write.mockRestore();
    }
    expect(JSON.parse(out)).toEqual({ ok: true, status: 'Remediated', removed: 20, restored: 20, same: 20 });
  });
});
