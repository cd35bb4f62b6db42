import fc from 'fast-check';
import { endStatus, revertEndStatus } from '../../../domain/action';
import {
  fillCounts,
  REMOVAL_OUTCOMES,
  remainingInMailboxes,
  removalOutcome,
  REVERT_OUTCOMES,
  revertOutcome,
  type Sighting,
  sum,
} from '../../../domain/ledger';
import cases from './cases/outcomes.json';

const seen: Sighting = { found: true, kind: 'recoverable', removedBy: null, restoredBy: null };

describe('outcomes are seen, not assumed (law 4)', () => {
  test.each(cases)('$name', ({ seen: given, moved, expect: [outcome, owner] }) => {
    expect(removalOutcome('us', { ...seen, ...(given as Partial<Sighting>) }, moved)).toEqual({
      outcome,
      ownerActionId: owner,
    });
  });

  test.each([
    ['restored', { kind: 'takeable', restoredBy: 'revert' }],
    ['alreadyThere', { kind: 'takeable' }],
    ['alreadyThere', { kind: 'takeable', restoredBy: 'an earlier one' }],
    ['notOwned', { kind: 'recoverable', removedBy: 'them' }],
    ['expired', { kind: 'gone' }],
    ['failed', { kind: 'recoverable', removedBy: 'us' }],
  ] as const)('a revert finds a message %s', (outcome, given) => {
    expect(revertOutcome('revert', 'us', { ...seen, ...given }).outcome).toBe(outcome);
  });
});

describe('the sums of a ledger', () => {
  const counts = fc.record(
    Object.fromEntries(REMOVAL_OUTCOMES.map((outcome) => [outcome, fc.nat(1000)])) as Record<
      (typeof REMOVAL_OUTCOMES)[number],
      fc.Arbitrary<number>
    >,
  );

  test('what has no row counts zero', () => {
    expect(fillCounts(REVERT_OUTCOMES, { restored: 2 })).toEqual({
      open: 0,
      restored: 2,
      alreadyThere: 0,
      expired: 0,
      notOwned: 0,
      failed: 0,
    });
  });

  test('an action is Completed exactly when nothing of it remains in a mailbox', () => {
    fc.assert(
      fc.property(counts, (given) => {
        expect(endStatus(given) === 'Completed').toBe(remainingInMailboxes(given) === 0);
        const { removed, moved, restored, alreadyGone, alreadyThere } = given;
        const settled = removed + moved + restored + alreadyGone + alreadyThere;
        expect(remainingInMailboxes(given) + settled).toBe(sum(given));
      }),
    );
  });

  test.each([
    ['Completed', { restored: 3, notOwned: 2 }],
    ['Partially Completed', { restored: 3, expired: 1 }],
    ['Failed', { expired: 4 }],
  ])('a revert ends %s', (status, given) => {
    expect(revertEndStatus(fillCounts(REVERT_OUTCOMES, given))).toBe(status);
  });
});
