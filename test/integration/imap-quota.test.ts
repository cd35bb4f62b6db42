import { ROLES } from '../../api/auth';
import { type ActionView } from '../../api/views';
import { type DovecotOptions } from '../../embedded/dovecot-config';
import { retryWorkflowId } from '../../domain/ids';
import { sum } from '../../domain/ledger';
import { appOf } from '../support/app';
import { expectAgreement } from '../support/agreement';
import {
  BOTH_ON,
  ended,
  finished,
  investigationOf,
  raise,
  setSettings,
  startRevert,
  workflowEnded,
} from '../support/cases';
import { actAs, contentsOf, describeWithDovecot, startTestDovecot, type TestDovecot } from '../support/dovecot';
import { createHarness, type Harness } from '../support/harness';
import { appendCampaign, imapConfig } from '../support/imap-mailboxes';
import { type Caller, caller } from '../support/rest';

const ANN = 'ann@corp.example';
const FULL = 'full@corp.example';
const RECOVERABLE = ['Hidden', 'Clawback Recoverable'];
/** How much is in the mailbox that is going to be full, and how much its quota takes. */
const [COPIES, FITTING] = [7, 3] as const;

/** A quota of the recoverable folder's namespace alone: within one quota root a move is no more mail. */
function quotaOf(messages: number): Pick<DovecotOptions, 'pluginLines'> {
  return {
    pluginLines: [
      ...['quota = count:Hidden:ns=Hidden.', 'quota_vsizes = yes', 'quota_grace = 0%'],
      `quota_rule = *:messages=${messages}`,
    ],
  };
}

describeWithDovecot('a removal into a recoverable folder with a quota of its own', () => {
  let server: TestDovecot;
  let harness: Harness;
  let person: Caller;

  beforeAll(async () => {
    server = await startTestDovecot({
      ...{ hiddenNamespace: 'Hidden.', plugins: ['quota', 'imap_quota'] },
      ...quotaOf(FITTING),
    });
    const recoverable = { folder: RECOVERABLE, retentionDays: 14, expunge: false };
    harness = await createHarness({ mail: [imapConfig(server.port, [ANN, FULL], { recoverable })] });
    await setSettings(harness, BOTH_ON);
    person = await caller(appOf(harness, { provider: harness.provider }), harness.store, 'person', ROLES);
  });

  afterAll(async () => {
    await harness.close();
    await server.remove();
  });

  const shown = async (id: string): Promise<ActionView> => (await person('get', `/actions/${id}`)).body as ActionView;
  /** How many mails lie in the recoverable folder, which no list shows. */
  const lying = (mailbox: string): Promise<number> =>
    actAs(server.port, mailbox, async (client) => (await client.mailboxOpen(RECOVERABLE.join('.'))).exists);

  test('takes what fits; the rest is failed as over quota and stays as it is, until there is room and it is retried', async () => {
    const { file } = await appendCampaign(harness, server.port, [
      [ANN, 'INBOX'],
      ...Array.from({ length: COPIES }, (_, at) => [FULL, at % 2 === 0 ? 'INBOX' : 'Kunden'] as const),
    ]);
    // Only now: its first round would probe the mailboxes too, with a test message in each for a while.
    await harness.startWorker();
    const before = await contentsOf(server.port, FULL);
    const { id } = await raise(harness, [file]);
    const { investigation, actions } = await ended(harness, id);
    expect(investigation.status).toBe('Partially Remediated');
    const action = await shown(actions[0]?._id ?? '');
    const left = COPIES - FITTING;
    expect(action).toMatchObject({
      status: 'Partially Completed',
      messageCount: COPIES + 1,
      remainingInMailboxes: left,
    });
    expect(action.outcomes).toMatchObject({ removed: 1 + FITTING, failed: left });
    expect(sum(action.outcomes)).toBe(action.messageCount);

    const failed = await person('get', `/actions/${action.id}/ledger`).query({ outcome: 'failed' });
    const { items } = failed.body as { items: { mailbox: string; reason: string }[] };
    expect(items.map(({ mailbox, reason }) => [mailbox, reason])).toEqual(
      Array.from({ length: left }, () => [FULL, 'overQuota']),
    );
    // Those that stay are as they were, and none is in the recoverable folder too.
    const stayed = await contentsOf(server.port, FULL);
    for (const [path, mails] of Object.entries(stayed)) expect(before[path]).toEqual(expect.arrayContaining(mails));
    expect(Object.values(stayed).flat()).toHaveLength(left);
    expect([await lying(ANN), await lying(FULL)]).toEqual([1, FITTING]);

    await server.stop();
    await server.start(quotaOf(COPIES));
    expect((await person('post', `/actions/${action.id}/retry`).send({})).status).toBe(202);
    await workflowEnded(harness, retryWorkflowId(action.id, 1));
    expect(await shown(action.id)).toMatchObject({ status: 'Completed', remainingInMailboxes: 0 });
    expect(await expectAgreement(harness, action.id)).toEqual({ removed: COPIES + 1 });
    expect((await investigationOf(harness, id)).status).toBe('Remediated');
    expect(await contentsOf(server.port, FULL)).toEqual({});
    expect(await lying(FULL)).toBe(COPIES);

    const revert = await finished(harness, await startRevert(harness, action.id));
    expect(await expectAgreement(harness, revert._id)).toEqual({ restored: COPIES + 1 });
    expect(await contentsOf(server.port, FULL)).toEqual(before);
  });
});
