import { registerMailboxes } from '../../cli/providers';
import { freshStore } from '../support/harness';
import { imapConfig } from '../support/imap-mailboxes';

const ANN = 'ann@corp.example';
const at = (minute: number): Date => new Date(Date.UTC(2026, 0, 1, 12, minute));

test('a mailbox that was away for several reasons, one after another, is back from the first of them', async () => {
  const { store } = await freshStore();
  const { mailboxes } = store;
  const since = async (): Promise<unknown> => (await mailboxes.byAddress(ANN))?.imap?.since;
  const refused = (minute: number): Promise<void> =>
    mailboxes.refused(ANN, { times: 1, askAgainAt: at(minute) }, at(minute));
  try {
    await registerMailboxes([imapConfig(143, [ANN])], { store, clock: () => at(0) });
    await mailboxes.unreachable(ANN, at(1));
    expect(await mailboxes.well(ANN, at(2))).toEqual(at(0));

    await mailboxes.unreachable(ANN, at(10));
    await refused(20);
    await mailboxes.unreachable(ANN, at(30));
    expect(await since()).toEqual(at(30));
    expect(await mailboxes.well(ANN, at(40))).toEqual(at(10));

    await refused(50);
    await refused(55);
    expect([await since(), await mailboxes.well(ANN, at(58))]).toEqual([at(50), at(50)]);
    expect(await mailboxes.well(ANN, at(59))).toBeNull();
  } finally {
    await store.connection.dropDatabase();
    await store.close();
  }
});
