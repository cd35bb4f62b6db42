import { ACTION_MOVES, ACTION_STATUSES, statusesBefore } from '../../../domain/action';
import { entityKey } from '../../../domain/entity';
import { closingStatus, type ClosingFacts } from '../../../domain/investigation';
import { automationMayTakeFrom, canonicalFolder, locationOf } from '../../../domain/location';
import { undoDeadline } from '../../../domain/retention';
import { applyPatch, DEFAULT_SETTINGS } from '../../../domain/settings';
import { covers } from '../../../domain/verdict';

describe('how an investigation ends: the first line that fits', () => {
  const facts: ClosingFacts = {
    terminatedByUser: false,
    failed: false,
    verdict: 'malicious',
    messageCount: 3,
    mailboxesNotSearched: 0,
    actionStatuses: ['Completed'],
  };
  test.each<[string, Partial<ClosingFacts>]>([
    ['Terminated By User', { terminatedByUser: true, failed: true }],
    ['Terminated By System', { actionStatuses: ['Expired', 'Completed'] }],
    ['Failed', { failed: true }],
    ['Partially Investigated', { mailboxesNotSearched: 2, actionStatuses: [] }],
    ['No Threats Found', { messageCount: 0, actionStatuses: [] }],
    ['Partially Investigated', { verdict: 'suspicious', actionStatuses: [] }],
    ['Partially Remediated', { actionStatuses: ['Partially Completed'] }],
    ['Partially Remediated', { actionStatuses: ['Rejected', 'Completed'] }],
    ['Remediated', { actionStatuses: ['Rejected'] }],
    ['Remediated', { actionStatuses: [] }],
    ['Remediated', {}],
  ])('%s: %j', (status, given) => {
    expect(closingStatus({ ...facts, ...given })).toBe(status);
  });
});

describe('the states of an action', () => {
  test('no status leads back to Freezing, and what a person refused stays refused', () => {
    expect(statusesBefore('Freezing')).toEqual([]);
    for (const end of ['Rejected', 'Expired', 'Cancelled', 'Completed'] as const) expect(ACTION_MOVES[end]).toEqual([]);
  });

  test('every status but the first can be reached', () => {
    for (const status of ACTION_STATUSES.filter((name) => name !== 'Freezing')) {
      expect(statusesBefore(status)).not.toEqual([]);
    }
  });
});

describe('folders (law 3)', () => {
  test.each([
    ['inbox', true, 'Inbox/folder'],
    ['Projects/2026', true, 'Inbox/folder'],
    ['JunkEmail', true, 'Junk folder'],
    ['deleteditems', false, 'Deleted items'],
    ['sentitems', false, 'Inbox/folder'],
    ['drafts', false, 'Inbox/folder'],
    ['archive', false, 'Inbox/folder'],
    ['recoverableitemsdeletions', false, 'Soft deleted'],
    ['recoverableitemspurges', false, 'Hard deleted'],
  ])('automation may take from %s: %s', (folder, may, location) => {
    expect(automationMayTakeFrom(folder)).toBe(may);
    expect(locationOf(folder)).toBe(location);
  });

  test('a well-known folder has one name, a user’s own keeps its letters', () => {
    expect(canonicalFolder(' INBOX ')).toBe('inbox');
    expect(canonicalFolder('Projects')).toBe('Projects');
  });
});

describe('the undo deadline', () => {
  const removedAt = new Date('2026-01-01T00:00:00Z');
  test.each([
    [14, false, '2026-01-15T00:00:00.000Z'],
    [30, false, '2026-01-31T00:00:00.000Z'],
    [1, true, '2026-01-31T00:00:00.000Z'],
  ])('retention of %d days, hold %s', (days, hold, at) => {
    expect(undoDeadline(removedAt, { days, hold, basis: 'configured' }).at.toISOString()).toBe(at);
  });
});

describe('settings and entities', () => {
  test('a missing key stays as it is, and the version rises', () => {
    const next = applyPatch(
      DEFAULT_SETTINGS,
      { messageClusters: { similarUrls: true }, excludedMailboxes: ['SOC@x', 'soc@x'] },
      { name: 'alice', at: '2026-01-01T00:00:00.000Z' },
    );
    expect(next).toMatchObject({
      messageClusters: { similarFiles: false, similarUrls: true },
      excludedMailboxes: ['soc@x'],
      maxAutomaticMessages: 10_000,
      version: 2,
      updatedBy: 'alice',
    });
  });

  test('boxes start off', () => {
    expect(DEFAULT_SETTINGS.messageClusters).toEqual({
      ...{ similarFiles: false, similarUrls: false, multipleSimilarAttributes: false },
    });
  });

  test('a weaker open verdict does not cover a stronger alert', () => {
    expect(covers('malicious', 'suspicious')).toBe(true);
    expect(covers('suspicious', 'malicious')).toBe(false);
  });

  test('a file and a URL never share a key', () => {
    expect(entityKey({ type: 'file', sha256: 'AB', threat: 'Malware' })).toBe('file:ab');
    expect(entityKey({ type: 'url', url: 'http://x/', threat: 'Phish' })).toBe('url:http://x/');
  });
});
