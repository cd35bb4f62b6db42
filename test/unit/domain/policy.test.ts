import fc from 'fast-check';
import { type ClusterFacts, decide } from '../../../domain/policy';
import { type AutomationSettings, DEFAULT_SETTINGS } from '../../../domain/settings';
import cases from './cases/policy.json';

const facts: ClusterFacts = {
  type: 'similarFiles',
  verdict: 'malicious',
  messageCount: 5,
  takeable: 5,
  reverted: 0,
  startedByPerson: false,
};

function settings({ files = true, urls = true, max = 10_000 } = {}): AutomationSettings {
  return {
    ...DEFAULT_SETTINGS,
    messageClusters: { similarFiles: files, similarUrls: urls },
    maxAutomaticMessages: max,
  };
}

describe('the policy has four answers (law 2)', () => {
  test.each(cases)('law $law: $name', ({ facts: given, settings: set, expect: expected }) => {
    const decision = decide({ ...facts, ...(given as Partial<ClusterFacts>) }, settings(set));
    const reasons =
      decision.kind === 'pending' ? decision.reasons : decision.kind === 'automatic' ? decision.waiting : [];
    expect({ kind: decision.kind, reasons: reasons.map(({ code }) => code) }).toEqual(expected);
  });

  test('only a malicious cluster whose box is on, under the cap and raised by a detector is ever automatic', () => {
    const anyFacts = fc.record({
      type: fc.constantFrom('similarFiles' as const, 'similarUrls' as const),
      verdict: fc.constantFrom('malicious' as const, 'suspicious' as const, 'noThreatsFound' as const),
      messageCount: fc.nat(20_000),
      takeable: fc.nat(20_000),
      reverted: fc.constant(0),
      startedByPerson: fc.boolean(),
    });
    fc.assert(
      fc.property(anyFacts, fc.boolean(), fc.boolean(), (given, files, urls) => {
        const set = settings({ files, urls });
        if (decide(given, set).kind !== 'automatic') return;
        expect(given.verdict).toBe('malicious');
        expect(set.messageClusters[given.type]).toBe(true);
        expect(given.messageCount).toBeLessThanOrEqual(10_000);
        expect(given.startedByPerson).toBe(false);
        expect(given.takeable).toBeGreaterThan(0);
      }),
    );
  });

  test('every reason carries the figure that it rests on', () => {
    const decision = decide({ ...facts, messageCount: 12_345 }, settings({ max: 200 }));
    expect(decision).toMatchObject({ reasons: [{ detail: expect.stringMatching(/12345.*200/) as string }] });
  });
});
