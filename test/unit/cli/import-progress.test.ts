import { summaryText } from '../../../cli/import';
import { barLine, createProgress } from '../../../cli/import/progress';

function screen(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => written.push(text) };
}

describe('the progress bar', () => {
  test('has percent, count and rate', () => {
    expect(barLine({ mails: 1200, share: 0.5, ms: 4000 })).toBe('[############------------] 50% · 1200 mails · 300/s');
    expect(barLine({ mails: 1, share: 1.2, ms: 0 })).toMatch(/100%/);
  });

  test('is drawn on a terminal, not more often than a person can see', () => {
    const terminal = screen(true);
    let now = 0;
    const progress = createProgress(terminal, 100, () => now);
    for (const at of [10, 20, 150]) {
      now = at;
      progress.mailDone(10);
    }
    progress.end();
    expect(terminal.written.filter((text) => text.includes('%'))).toHaveLength(2);
    expect(terminal.written.at(-1)).toBe('\r\u001b[K');
  });

  test('is not drawn elsewhere, where lines alone are written', () => {
    const file = screen(false);
    const progress = createProgress(file, 100, () => 0);
    progress.mailDone(10);
    progress.line('x.eml\u001b[2J: refused');
    progress.end();
    expect(file.written).toEqual(['x.eml [2J: refused\n']);
  });
});

describe('the summary', () => {
  const summary = { read: 41, stored: 40, copies: 40, mailboxes: 12, present: 1, withoutRecipient: [], failed: [] };

  test('is one line', () => {
    expect(summaryText(summary)).toBe(
      '41 mails read: 40 stored in 12 mailboxes, 1 there already, 0 without a recipient, 0 failed\n',
    );
  });

  test('says how many copies there are where they are more than mails, and names who had no recipient', () => {
    const withoutRecipient = Array.from({ length: 22 }, (_, at) => `m${at}.eml`);
    const lines = summaryText({ ...summary, copies: 57, withoutRecipient }).split('\n');
    expect(lines[0]).toContain('40 stored (57 copies) in 12 mailboxes');
    expect(lines[1]).toBe('  no recipient: m0.eml');
    expect(lines.at(-2)).toBe('  and 2 more (--json names all)');
  });
});
