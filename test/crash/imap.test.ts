import { type ImapConfig } from '../../mail/config';
import { BOTH_ON, ended, finished, raise, setSettings, startRevert } from '../support/cases';
import { expectAgreement } from '../support/agreement';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy';
import { contentsOf, describeWithDovecot, startTestDovecot, type TestDovecot } from '../support/dovecot';
import { createHarness, env, type Harness } from '../support/harness';
import { appendCopies, imapConfig, indexAll } from '../support/imap-mailboxes';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process';

const HEARTBEAT_MS = 2_000;
const NAMES = ['ann@corp.example', 'bob@corp.example', 'eve@corp.example'];
const IN_EACH = 6;
const ALL = NAMES.length * IN_EACH;

describeWithDovecot('a worker that is killed while a server moves mail for it', () => {
  let server: TestDovecot;
  let proxy: CuttingProxy;
  let mail: readonly ImapConfig[];
  let harness: Harness;
  let first: WorkerProcess | undefined;

  beforeAll(async () => {
    server = await startTestDovecot();
    proxy = await startCuttingProxy(server.port);
    mail = [imapConfig(proxy.port, NAMES)];
    harness = await createHarness({ mail, heartbeatMs: HEARTBEAT_MS });
    await setSettings(harness, BOTH_ON);
  });

  afterAll(async () => {
    await first?.end();
    await harness.close();
    await proxy.close();
    await server.remove();
  });

  const contents = (): Promise<unknown> => Promise.all(NAMES.map((name) => contentsOf(server.port, name)));

  test('is replaced: each message is removed once, its mailbox is free again, and all come back', async () => {
    const { file } = await appendCopies(server.port, NAMES, IN_EACH);
    await indexAll(harness);
    const before = await contents();
    // Only now: a worker that starts sooner would probe the mailboxes too, and die with a test message in one.
    first = await startWorkerProcess({
      mongoUri: env('MONGODB_URI'),
      database: harness.database,
      temporalAddress: env('TEMPORAL_ADDRESS'),
      namespace: harness.namespace,
      heartbeatMs: HEARTBEAT_MS,
      bundlePath: env('CLAWBACK_TEST_BUNDLE'),
      ...{ mail, gate: null, passes: 0 },
    });
    const answered = proxy.holdAfter(/UID MOVE/);
    const { id } = await raise(harness, [file]);
    await answered;
    first.signal('SIGKILL');
    // What 30 seconds without a renewal do: the dead worker held the lease of the mailbox.
    const { matchedCount } = await harness.store.leases.collection.updateMany(
      { holder: { $ne: null } },
      { $set: { until: new Date(0) } },
    );
    expect(matchedCount).toBeGreaterThan(0);

    await harness.startWorker();
    const { investigation, actions } = await ended(harness, id);
    expect(investigation.status).toBe('Remediated');
    const actionId = actions[0]?._id ?? '';
    expect(await expectAgreement(harness, actionId)).toEqual({ removed: ALL });
    const revert = await finished(harness, await startRevert(harness, actionId));
    expect(await expectAgreement(harness, revert._id)).toEqual({ restored: ALL });
    expect(await contents()).toEqual(before);
  });
});
