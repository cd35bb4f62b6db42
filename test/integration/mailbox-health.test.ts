import { registerMailboxes } from '../../cli/providers';
import { freshStore } from '../support/harness';
import { imapConfig } from '../support/imap-mailboxes';

const ANN = 'ann@corp.example';
const at = (minute: number): Date => new Date(Date.UTC(2026, 0, 1, 12, minute));

test('a mailbox that was away for several reasons, one after another, is back from the first of them', async () => {
  const { store } = await freshStore();
  const { mailboxes } = store;
  /** Since when it was away, once it is back and what was missed was searched for. */
  const backSince = async (minute: number): Promise<Date | null> => {
    const missed = await mailboxes.well(ANN, at(minute));
    if (missed !== null) await mailboxes.searched(ANN, missed);
    return missed;
  };
  const since = async (): Promise<unknown> => (await mailboxes.byAddress(ANN))?.imap?.since;
  const refused = (minute: number): Promise<void> =>
    mailboxes.refused(ANN, { times: 1, askAgainAt: at(minute) }, at(minute));
  try {
    await registerMailboxes([imapConfig(143, [ANN])], { store, clock: () => at(0) });
    await mailboxes.unreachable(ANN, at(1));
    expect(await backSince(2)).toEqual(at(0));

    await mailboxes.unreachable(ANN, at(10));
    await refused(20);
    await mailboxes.unreachable(ANN, at(30));
    expect(await since()).toEqual(at(30));
    expect(await backSince(40)).toEqual(at(10));

    await refused(50);
    await refused(55);
    expect([await since(), await backSince(58)]).toEqual([at(50), at(50)]);
    expect(await backSince(59)).toBeNull();

    // Until that was searched for, also what is missed later is told from then on.
    await mailboxes.unreachable(ANN, at(60));
    expect(await mailboxes.well(ANN, at(61))).toEqual(at(60));
    await mailboxes.unreachable(ANN, at(70));
    expect([await backSince(71), await backSince(72)]).toEqual([at(60), null]);
  } finally {
    await store.connection.dropDatabase();
    await store.close();
  }
});
