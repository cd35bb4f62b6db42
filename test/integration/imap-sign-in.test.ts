import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROLES } from '../../api/auth';
import { type ActionView } from '../../api/views';
import { retryWorkflowId } from '../../domain/ids';
import { appOf } from '../support/app';
import { expectAgreement } from '../support/agreement';
import { BOTH_ON, ended, finished, raise, setSettings, startRevert, workflowEnded } from '../support/cases';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy';
import {
  contentsOf,
  describeWithDovecot,
  NO_PENALTY,
  PASSWORD,
  startTestDovecot,
  type TestDovecot,
} from '../support/dovecot';
import { createHarness, type Harness, until } from '../support/harness';
import { appendCampaign, imapConfig } from '../support/imap-mailboxes';
import { type Caller, caller } from '../support/rest';

const ANN = 'ann@corp.example';
const BOB = 'bob@corp.example';

describeWithDovecot('a mailbox whose password has changed', () => {
  let server: TestDovecot;
  let proxy: CuttingProxy;
  let harness: Harness;
  let person: Caller;

  beforeAll(async () => {
    server = await startTestDovecot(NO_PENALTY);
    proxy = await startCuttingProxy(server.port);
    const auth = { method: 'password', password: { file: join(server.dir, 'secret') } } as const;
    harness = await createHarness({
      mail: [imapConfig(server.port, [ANN]), imapConfig(proxy.port, [BOB], { name: 'changing', auth })],
    });
    await setSettings(harness, BOTH_ON);
    person = await caller(appOf(harness, { provider: harness.provider }), harness.store, 'person', ROLES);
  });

  afterAll(async () => {
    await harness.close();
    await proxy.close();
    await server.remove();
  });

  /** What we sign in to Bob's mailbox with from now on; connections of before are gone. */
  function signInWith(password: string): void {
    writeFileSync(join(server.dir, 'secret'), password);
    proxy.refuse(true);
    proxy.refuse(false);
  }

  /** How often the server has refused us by now, where it has as often as that: it logs in its own time. */
  async function refusals(atLeast: number): Promise<number> {
    const logged = (): number => readFileSync(join(server.dir, 'log'), 'utf8').split('auth failed').length - 1;
    await until(() => logged() >= atLeast);
    return logged();
  }

  test('is asked once, and holds up no other; what is in it is failed with the reason, until it is tried again', async () => {
    signInWith(PASSWORD);
    const { file } = await appendCampaign(harness, server.port, [
      [ANN, 'INBOX'],
      [BOB, 'INBOX'],
      [BOB, 'Kunden'],
    ]);
    // Its first round signs in too, and is not to be counted: whether anybody asks twice is.
    const started = new Date();
    await harness.startWorker();
    await until(async () => ((await harness.store.mailboxes.byAddress(BOB))?.imap?.indexedAt ?? 0) >= started);
    const before = await Promise.all([ANN, BOB].map((mailbox) => contentsOf(server.port, mailbox)));
    signInWith('another one');
    const { id } = await raise(harness, [file]);
    const { investigation, actions } = await ended(harness, id);
    const actionId = actions[0]?._id ?? '';
    expect(investigation.status).toBe('Partially Remediated');
    expect(actions).toMatchObject([{ status: 'Partially Completed', outcomes: { removed: 1, failed: 2, open: 0 } }]);
    expect(await refusals(1)).toBe(1);
    const reply = await person('get', `/actions/${actionId}/ledger`).query({ outcome: 'failed' });
    const { items } = reply.body as { items: { mailbox: string; reason: string }[] };
    expect(items.map(({ mailbox, reason }) => [mailbox, reason])).toEqual([
      [BOB, 'loginRefused'],
      [BOB, 'loginRefused'],
    ]);
    expect(await contentsOf(server.port, BOB)).toEqual(before[1]);

    signInWith(PASSWORD);
    expect((await person('post', `/actions/${actionId}/retry`).send({})).status).toBe(202);
    await workflowEnded(harness, retryWorkflowId(actionId, 1));
    const shown = (await person('get', `/actions/${actionId}`)).body as ActionView;
    expect(shown).toMatchObject({ status: 'Completed', remainingInMailboxes: 0 });
    expect(await expectAgreement(harness, actionId)).toEqual({ removed: 3 });

    signInWith('another one');
    const refused = await finished(harness, await startRevert(harness, actionId));
    expect(refused).toMatchObject({ outcomes: { restored: 1, failed: 2, open: 0 } });
    expect(await refusals(2)).toBe(2);
    signInWith(PASSWORD);
    const revert = await finished(harness, await startRevert(harness, actionId));
    expect(revert).toMatchObject({ outcomes: { restored: 2 } });
    expect(await Promise.all([ANN, BOB].map((mailbox) => contentsOf(server.port, mailbox)))).toEqual(before);
  });
});
