import fc from 'fast-check';
import { type ClusterFacts, type TakeableGroup } from '../../../domain/policy';
import { type PrevalenceFigures } from '../../../domain/prevalence';
import { adjusted, previewOf } from '../../../domain/preview';
import { applyPatch, DEFAULT_SETTINGS, type SettingsPatch } from '../../../domain/settings';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);

function group(count: number, traits: Partial<TakeableGroup> = {}): TakeableGroup {
  return { count, retentionDays: 14, hold: false, reverted: false, ...traits };
}

function cluster(minute: number, takeable: readonly TakeableGroup[], more: Partial<ClusterFacts> = {}) {
  const messageCount = takeable.reduce((sum, { count }) => sum + count, 0);
  const facts: ClusterFacts = {
    ...{ type: 'similarFiles', verdict: 'malicious', messageCount, takeable, startedByPerson: false },
    ...{ startedBy: 'alice', entity: null },
    ...more,
  };
  return { at: new Date(START + minute * MINUTE), facts };
}

function settings(patch: SettingsPatch = {}) {
  const on = { messageClusters: { similarFiles: true, similarUrls: true } };
  return applyPatch(DEFAULT_SETTINGS, { ...on, ...patch }, { name: 'test', at: '' });
}

test('says what would have gone, what would have waited and why, and what needed nothing', () => {
  const clusters = [
    cluster(0, [group(10)]),
    cluster(1, [group(3), group(2, { retentionDays: 1 })]),
    cluster(2, [group(4)], { startedByPerson: true }),
    cluster(3, [], { messageCount: 6 }),
    cluster(4, [group(5)], { verdict: 'suspicious' }),
  ];
  expect(previewOf(clusters, settings({ minUndoDays: 7 }))).toEqual({
    removed: { clusters: 2, messages: 13 },
    waiting: {
      clusters: 2,
      messages: 6,
      byReason: [
        { code: 'startedByPerson', clusters: 1, messages: 4 },
        { code: 'shortRetention', clusters: 1, messages: 2 },
      ],
    },
    none: { clusters: 2, messages: 11 },
  });
});

test('with the boxes off everything malicious waits', () => {
  const off = settings({ messageClusters: { similarFiles: false, similarUrls: false } });
  expect(previewOf([cluster(0, [group(10)])], off)).toMatchObject({
    removed: { messages: 0 },
    waiting: { messages: 10, byReason: [{ code: 'clusterTypeOff' }] },
  });
});

test('the budget is used in the order of time and is free again an hour later', () => {
  const clusters = [cluster(70, [group(8)]), cluster(0, [group(8)]), cluster(10, [group(8)])];
  expect(previewOf(clusters, settings({ budget: { perHour: 10 } }))).toMatchObject({
    removed: { clusters: 2, messages: 16 },
    waiting: { clusters: 1, messages: 8, byReason: [{ code: 'overBudget', messages: 8 }] },
  });
});

test('other limits of what honest mail may carry are tried on the figures that were found', () => {
  const prevalence: PrevalenceFigures = {
    ...{ copies: 10, olderCopies: 0, internalCopies: 4, establishedCopies: 0, answeredCopies: 0 },
    ...{ conversationCopies: 0, mailboxesOverTime: 0, siteMailboxes: 0, mailboxes: 200 },
    ...{ seen: null, alertAt: new Date(START), truncated: false },
  };
  const clusters = [cluster(0, [group(10)], { entity: { prevalence, weak: [] } })];
  expect(previewOf(clusters, settings())).toMatchObject({ waiting: { byReason: [{ code: 'commonEntity' }] } });
  const wider = settings({ commonEntity: { internalPercent: 50 } });
  expect(previewOf(clusters, wider)).toMatchObject({ removed: { messages: 10 } });
});

test('mailboxes that leave or join the search change what is counted', () => {
  const { facts } = cluster(0, [group(5), group(3, { retentionDays: 2 })]);
  const changed = adjusted(facts, [group(2, { retentionDays: 2 })], [group(4, { retentionDays: 30 })]);
  expect(changed.messageCount).toBe(10);
  expect(previewOf([{ at: new Date(START), facts: changed }], settings({ minUndoDays: 7 }))).toMatchObject({
    removed: { messages: 9 },
    waiting: { messages: 1 },
  });
});

test('removed and waiting always add up to what could be taken', () => {
  const anyGroup = fc.record({
    count: fc.integer({ min: 1, max: 500 }),
    retentionDays: fc.constantFrom(null, 1, 14, 30),
    hold: fc.boolean(),
    reverted: fc.boolean(),
  });
  const anyCluster = fc
    .tuple(fc.nat(2_000), fc.array(anyGroup, { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([minute, groups, startedByPerson]) => cluster(minute, groups, { startedByPerson }));
  fc.assert(
    fc.property(fc.array(anyCluster, { maxLength: 20 }), fc.nat(2_000), (clusters, perHour) => {
      const { removed, waiting } = previewOf(clusters, settings({ minUndoDays: 7, budget: { perHour } }));
      const all = clusters.reduce((sum, { facts }) => sum + facts.messageCount, 0);
      expect(removed.messages + waiting.messages).toBe(all);
    }),
  );
});
