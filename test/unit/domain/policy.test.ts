import fc from 'fast-check';
import { similarFigures, similarText } from '../../../domain/attributes';
import {
  AT_REST,
  type AutomationStanding,
  type ClusterFacts,
  decide,
  type MessageTraits,
  type TakeableGroup,
} from '../../../domain/policy';
import { applyPatch, DEFAULT_SETTINGS, type SettingsPatch } from '../../../domain/settings';
import cases from './cases/policy.json';

const ORDINARY: MessageTraits = { retentionDays: 14, hold: false, reverted: false };

function groupsOf(groups: readonly Partial<TakeableGroup>[]): TakeableGroup[] {
  return groups.map((group) => ({ ...ORDINARY, count: 0, ...group }));
}

const facts: ClusterFacts = {
  type: 'similarFiles',
  verdict: 'malicious',
  messageCount: 5,
  takeable: groupsOf([{ count: 5 }]),
  startedByPerson: false,
  startedBy: 'alice',
  entity: null,
};

/** A case of the table: what differs from a cluster of five that automation takes. */
interface PolicyCase {
  readonly facts: Partial<ClusterFacts> & { readonly groups?: readonly Partial<TakeableGroup>[] };
  readonly settings: {
    readonly files?: boolean;
    readonly urls?: boolean;
    readonly max?: number;
    readonly perHour?: number;
    readonly perDay?: number;
  } & Pick<SettingsPatch, 'minUndoDays' | 'secondPerson'>;
  readonly standing?: { readonly paused?: boolean; readonly hour?: number; readonly day?: number };
}

function settings({ files = true, urls = true, max = 10_000, perHour, perDay, ...rest }: PolicyCase['settings'] = {}) {
  const budget = { ...(perHour === undefined ? {} : { perHour }), ...(perDay === undefined ? {} : { perDay }) };
  return applyPatch(
    DEFAULT_SETTINGS,
    {
      ...{ messageClusters: { similarFiles: files, similarUrls: urls }, maxAutomaticMessages: max, budget },
      ...rest,
    },
    { name: 'test', at: '2026-01-01T00:00:00.000Z' },
  );
}

function standing({ paused = false, hour = 0, day = 0 }: PolicyCase['standing'] = {}): AutomationStanding {
  return { pause: paused ? { by: 'alice', since: '2026-01-01T00:00:00.000Z' } : null, used: { hour, day } };
}

describe('the policy has four answers (law 2)', () => {
  test.each(cases)('law $law: $name', (given) => {
    const { facts: changed, settings: set, standing: stands } = given as PolicyCase;
    const { groups, ...others } = changed;
    const takeable = groups === undefined ? facts.takeable : groupsOf(groups);
    const decision = decide({ ...facts, ...others, takeable }, settings(set), standing(stands));
    const reasons =
      decision.kind === 'pending' ? decision.reasons : decision.kind === 'automatic' ? decision.waiting : [];
    expect({ kind: decision.kind, reasons: reasons.map(({ code }) => code) }).toEqual(given.expect);
  });

  test('only a malicious cluster whose box is on, under the cap, raised by a detector, unpaused and within the budget is ever automatic', () => {
    const anyFacts = fc.record({
      type: fc.constantFrom('similarFiles' as const, 'similarUrls' as const),
      verdict: fc.constantFrom('malicious' as const, 'suspicious' as const, 'noThreatsFound' as const),
      messageCount: fc.nat(20_000),
      takeable: fc.nat(20_000).map((count) => groupsOf([{ count }])),
      startedByPerson: fc.boolean(),
      startedBy: fc.constant('alice'),
      entity: fc.constant(null),
    });
    const anyStanding = fc.record({
      pause: fc.constantFrom(null, { by: 'alice', since: null }),
      used: fc.record({ hour: fc.nat(60_000), day: fc.nat(250_000) }),
    });
    fc.assert(
      fc.property(anyFacts, anyStanding, fc.boolean(), fc.boolean(), (given, stands, files, urls) => {
        const set = settings({ files, urls });
        if (decide(given, set, stands).kind !== 'automatic') return;
        const count = given.takeable[0]?.count ?? 0;
        expect(given.verdict).toBe('malicious');
        expect(set.messageClusters[given.type]).toBe(true);
        expect(given.messageCount).toBeLessThanOrEqual(10_000);
        expect(given.startedByPerson).toBe(false);
        expect(count).toBeGreaterThan(0);
        expect(stands.pause).toBeNull();
        expect(stands.used.hour + count).toBeLessThanOrEqual(set.budget.perHour);
        expect(stands.used.day + count).toBeLessThanOrEqual(set.budget.perDay);
      }),
    );
  });

  test('who is to decide about similar messages sees how these were judged, once', () => {
    const similar = similarFigures('Subject/SenderIp', 10, 8);
    const found = { ...facts, type: 'multipleSimilarAttributes', similar, startedByPerson: true } as const;
    const decided = decide(found, settings(), AT_REST);
    const details = decided.kind === 'pending' ? decided.reasons.map(({ detail }) => detail) : [];
    expect(details).toEqual([
      `The box multipleSimilarAttributes is off (settings version 2); ${similarText(similar)}`,
      'The token alice that started it has no detector role',
    ]);
  });

  test('every reason carries the figures that it rests on', () => {
    const tooMany = decide({ ...facts, messageCount: 12_345 }, settings({ max: 200 }), AT_REST);
    expect(tooMany).toMatchObject({ reasons: [{ detail: expect.stringMatching(/12345.*200/) as string }] });
    const over = decide(facts, settings({ perHour: 7 }), standing({ hour: 4 }));
    expect(over).toMatchObject({ reasons: [{ detail: expect.stringMatching(/5 .* 4 .* 7/) as string }] });
  });
});
