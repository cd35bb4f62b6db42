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

  beforeEach(async () => {
    server = await startTestDovecot();
    proxy = await startCuttingProxy(server.port);
    mail = [imapConfig(proxy.port, NAMES)];
    harness = await createHarness({ mail, heartbeatMs: HEARTBEAT_MS });
    await setSettings(harness, BOTH_ON);
  });

  afterEach(async () => {
    await first?.end();
    await harness.close();
    await proxy.close();
    await server.remove();
  });

  type Contents = Awaited<ReturnType<typeof contentsOf>>;
  const contents = (): Promise<Contents[]> => Promise.all(NAMES.map((name) => contentsOf(server.port, name)));
  /** The mails of each mailbox with their flags and dates, whatever folder they lie in. */
  const anywhere = (mailboxes: readonly Contents[]): string[][] =>
    mailboxes.map((folders) => Object.values(folders).flat().sort());

  /**
   * A worker process is given work, and killed when the server has carried out its first move but the worker has not
   * heard so; the lease of the mailbox, which it held, is ended as 30 seconds without a renewal do.
   */
  async function killedInMove<T>(work: () => Promise<T>): Promise<T> {
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
    const started = await work();
    await answered;
    first.signal('SIGKILL');
    const { matchedCount } = await harness.store.leases.collection.updateMany(
      { holder: { $ne: null } },
      { $set: { until: new Date(0) } },
    );
    expect(matchedCount).toBeGreaterThan(0);
    return started;
  }

  test('out of it, is replaced: each message is removed once, its mailbox is free again, and all come back', async () => {
    const { file } = await appendCopies(server.port, NAMES, IN_EACH);
    await indexAll(harness);
    const before = await contents();
    const { id } = await killedInMove(() => raise(harness, [file]));

    await harness.startWorker();
    const { investigation, actions } = await ended(harness, id);
    expect(investigation.status).toBe('Remediated');
    expect(actions).toMatchObject([{ status: 'Completed', messageCount: ALL, outcomes: { removed: ALL } }]);
    const actionId = actions[0]?._id ?? '';
    expect(await expectAgreement(harness, actionId)).toEqual({ removed: ALL });
    const after = await contents();
    expect(after.map((folders) => Object.keys(folders))).toEqual(NAMES.map(() => ['Clawback Recoverable']));
    expect(anywhere(after)).toEqual(anywhere(before));
    const revert = await finished(harness, await startRevert(harness, actionId));
    expect(await expectAgreement(harness, revert._id)).toEqual({ restored: ALL });
    expect(await contents()).toEqual(before);
  });

  test('back into it, is replaced: each message is restored once, with its flags and its date', async () => {
    const { file } = await appendCopies(server.port, NAMES, IN_EACH);
    await indexAll(harness);
    const before = await contents();
    const removing = await harness.startWorker();
    const { id } = await raise(harness, [file]);
    const { actions } = await ended(harness, id);
    await removing.stop();
    const actionId = actions[0]?._id ?? '';
    const revertId = await killedInMove(() => startRevert(harness, actionId));

    await harness.startWorker();
    const revert = await finished(harness, revertId);
    expect(revert).toMatchObject({ status: 'Completed', outcomes: { restored: ALL } });
    expect(await expectAgreement(harness, revertId)).toEqual({ restored: ALL });
    expect(await contents()).toEqual(before);
    // Nothing bears the stamp of the removal any more, and the index takes none of them for a new mail.
    await indexAll(harness);
    expect(await harness.store.messages.collection.countDocuments({ removedBy: { $ne: null } })).toBe(0);
    expect(await harness.store.messages.collection.countDocuments({})).toBe(ALL);
  });
});
