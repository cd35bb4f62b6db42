import { mayDecide, type SecondPersonRule } from '../../../domain/second-person';

const by = { startedBy: 'alice', requestedBy: 'bob' };

describe('the second person', () => {
  test.each<[SecondPersonRule, number, string | null, boolean]>([
    ['never', 1_000, 'alice', true],
    ['never', 1_000, null, true],
    ['always', 1, 'alice', false],
    ['always', 1, 'bob', false],
    ['always', 1, 'carol', true],
    ['always', 1, null, false],
    [{ over: 10 }, 10, 'alice', true],
    [{ over: 10 }, 11, 'alice', false],
    [{ over: 10 }, 11, 'carol', true],
    [{ over: 10 }, 11, null, false],
  ])('rule %j, %d messages, decided by %s (null is a signal): %s', (rule, messages, decider, allowed) => {
    expect(mayDecide(rule, { messages, decider, by })).toBe(allowed);
  });
});
