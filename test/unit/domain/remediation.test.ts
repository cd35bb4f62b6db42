import { hardDeleteOutcome, moveOutcome, moveRevertOutcome, type Sighting } from '../../../domain/ledger';
import { ACTION_TYPES, type ActionType, planRow } from '../../../domain/remediation';

const DELETIONS = 'recoverableitemsdeletions';
const inFolder = (folder: string, removedBy: string | null = null, purged = false) => ({ folder, removedBy, purged });

describe('what a Take action does with a message', () => {
  test.each<[ActionType, ReturnType<typeof inFolder>, object]>([
    ['softDelete', inFolder('sentitems'), { kind: 'work' }],
    ['softDelete', inFolder('deleteditems'), { kind: 'work' }],
    ['softDelete', inFolder('archive'), { kind: 'work' }],
    ['softDelete', inFolder(DELETIONS), { kind: 'done', outcome: 'alreadyGone', reason: 'deletedByUser' }],
    ['softDelete', inFolder(DELETIONS, 'other'), { kind: 'done', outcome: 'alreadyGone', ownerActionId: 'other' }],
    ['moveToInbox', inFolder('Inbox'), { kind: 'done', outcome: 'alreadyThere' }],
    ['moveToInbox', inFolder('Projects/2026'), { kind: 'work' }],
    ['moveToInbox', inFolder(DELETIONS), { kind: 'work' }],
    ['moveToInbox', inFolder(DELETIONS, 'other'), { kind: 'revert', ownerActionId: 'other' }],
    ['moveToJunk', inFolder(DELETIONS, 'other'), { kind: 'revert', ownerActionId: 'other' }],
    ['moveToJunk', inFolder('junkemail'), { kind: 'done', outcome: 'alreadyThere' }],
    ['moveToDeletedItems', inFolder(DELETIONS, 'other'), { kind: 'done', outcome: 'alreadyGone' }],
    ['hardDelete', inFolder(DELETIONS, 'other'), { kind: 'work' }],
  ])('%s finds it in %j: %j', (type, standing, plan) => {
    expect(planRow(type, standing)).toMatchObject(plan);
  });

  test.each(ACTION_TYPES)('%s finds what was purged already gone', (type) => {
    for (const standing of [inFolder('recoverableitemspurges'), inFolder(DELETIONS, null, true)]) {
      expect(planRow(type, standing)).toMatchObject({ kind: 'done', outcome: 'alreadyGone' });
    }
  });
});

describe('outcomes, from what the mailbox shows', () => {
  const seen: Sighting = { found: true, kind: 'takeable', removedBy: null, restoredBy: null };

  test.each<[string, Partial<Sighting>, { moveReported: boolean; arrived: boolean }]>([
    ['moved', { restoredBy: 'us' }, { moveReported: false, arrived: true }],
    ['alreadyGone', { kind: 'gone' }, { moveReported: true, arrived: false }],
    ['alreadyGone', { kind: 'recoverable', removedBy: 'other' }, { moveReported: false, arrived: false }],
    ['unverified', {}, { moveReported: true, arrived: false }],
    ['alreadyThere', {}, { moveReported: false, arrived: true }],
    ['movedByUser', {}, { moveReported: false, arrived: false }],
  ])('a move is %s where it shows %j', (outcome, given, reported) => {
    expect(moveOutcome('us', { ...seen, ...given }, reported).outcome).toBe(outcome);
  });

  test.each<[string, Partial<Sighting>, boolean]>([
    ['removed', { kind: 'gone', removedBy: 'us' }, true],
    ['removed', { kind: 'gone', removedBy: 'us' }, false],
    ['alreadyGone', { kind: 'gone', removedBy: 'other' }, false],
    ['unverified', {}, true],
    ['unverified', { kind: 'gone' }, true],
    ['movedByUser', {}, false],
  ])('a hard delete is %s where it shows %j', (outcome, given, moveReported) => {
    expect(hardDeleteOutcome('us', { ...seen, ...given }, moveReported).outcome).toBe(outcome);
  });

  test.each<[string, Partial<Sighting>, boolean]>([
    ['restored', { restoredBy: 'revert' }, false],
    ['notOwned', { kind: 'recoverable', removedBy: 'other' }, false],
    ['expired', { kind: 'gone' }, false],
    ['alreadyThere', { restoredBy: 'another' }, false],
    ['alreadyThere', { restoredBy: 'us' }, false],
    ['failed', { restoredBy: 'us' }, true],
  ])('the way back of a move is %s where it shows %j', (outcome, given, inPlace) => {
    expect(moveRevertOutcome('revert', 'us', { ...seen, ...given }, inPlace).outcome).toBe(outcome);
  });
});
