import fc from 'fast-check';
import { commonEntityDetails, knownSince, type PrevalenceFigures } from '../../../domain/prevalence';
import { COMMON_ENTITY_LIMITS } from '../../../domain/settings';
import cases from './cases/prevalence.json';

const DAY = 24 * 60 * 60 * 1000;
const ALERT = new Date('2026-02-01T00:00:00Z');

const none: PrevalenceFigures = {
  copies: 100,
  olderCopies: 0,
  internalCopies: 0,
  establishedCopies: 0,
  answeredCopies: 0,
  conversationCopies: 0,
  mailboxesOverTime: 0,
  siteMailboxes: 0,
  mailboxes: 200,
  seen: null,
  alertAt: ALERT,
  truncated: false,
};

function seen(daysAgo: number): PrevalenceFigures['seen'] {
  return { firstSeen: new Date(ALERT.getTime() - daysAgo * DAY), messages: 300, senders: 40, senderDomains: 7 };
}

describe('an entity that honest mail may carry too', () => {
  test.each(cases)('$name', ({ figures: { firstSeenDaysAgo, ...given }, limits, expect: expected }) => {
    const figures: PrevalenceFigures = {
      ...none,
      ...(firstSeenDaysAgo === undefined ? {} : { seen: seen(firstSeenDaysAgo) }),
      ...(given as Partial<PrevalenceFigures>),
    };
    expect(commonEntityDetails(figures, { ...COMMON_ENTITY_LIMITS, maxCopies: 50, ...limits })).toEqual(expected);
  });

  test.each([
    ['olderCopies'],
    ['internalCopies'],
    ['establishedCopies'],
    ['answeredCopies'],
    ['conversationCopies'],
  ] as const)('%s: a copy more of that kind never makes it less likely to wait', (kind) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20_000 }), fc.nat(20_000), (copies, count) => {
        const before = { ...none, copies, [kind]: Math.min(count, copies) };
        const after = { ...before, copies: copies + 1, [kind]: before[kind] + 1 };
        const waits = (figures: PrevalenceFigures): boolean =>
          commonEntityDetails(figures, COMMON_ENTITY_LIMITS).length > 0;
        expect(waits(after) || !waits(before)).toBe(true);
      }),
    );
  });
});

test('at most five copies may bear a sign, if nothing else is set, whatever mail somebody adds', () => {
  const limits = COMMON_ENTITY_LIMITS;
  expect(commonEntityDetails({ ...none, copies: 10_000, internalCopies: 5 }, limits)).toEqual([]);
  expect(commonEntityDetails({ ...none, copies: 10_000, internalCopies: 6 }, limits)).toHaveLength(1);
});

describe('a sender is established', () => {
  const mail = (networkMessageId: string, day: number, carries = false) => ({
    networkMessageId,
    carries,
    receivedAt: new Date(day * DAY),
  });

  test('by the second of two different mails, the days of the limit later', () => {
    expect(knownSince([mail('a', 1), mail('b', 3)], 7)).toBe(10 * DAY);
  });

  test('never by one mail, however many mailboxes it went to', () => {
    expect(knownSince([mail('a', 1), mail('a', 1), mail('a', 2)], 7)).toBe(Infinity);
  });

  test('by mail with the entity itself only a month later: a campaign that goes on for a week is none', () => {
    expect(knownSince([mail('a', 1, true), mail('b', 2, true)], 7)).toBe(32 * DAY);
    expect(knownSince([mail('a', 1, true), mail('b', 2)], 7)).toBe(31 * DAY);
  });

  test('by nothing where no mail is known', () => {
    expect(knownSince([], 7)).toBe(Infinity);
  });

  test('no later when there is more mail of theirs', () => {
    const anyMail = fc.record({
      networkMessageId: fc.constantFrom('a', 'b', 'c', 'd'),
      carries: fc.boolean(),
      receivedAt: fc.nat(100).map((day) => new Date(day * DAY)),
    });
    fc.assert(
      fc.property(fc.array(anyMail), anyMail, (mails, more) => {
        expect(knownSince([...mails, more], 7)).toBeLessThanOrEqual(knownSince(mails, 7));
      }),
    );
  });
});
