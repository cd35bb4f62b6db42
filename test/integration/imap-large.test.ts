import { ROLES } from '../../api/auth';
import { mailsOf } from '../../embedded/dovecot-user';
import { appOf } from '../support/app';
import { type ActionDoc } from '../../store/actions';
import { finished, setSettings, startRevert } from '../support/cases';
import { actAs, append, describeWithDovecot, startTestDovecot, type TestDovecot } from '../support/dovecot';
import { createHarness, type Harness, until } from '../support/harness';
import { imapConfig, indexAll } from '../support/imap-mailboxes';
import { mail, sha256 } from '../support/mail';
import { caller } from '../support/rest';

const ANN = 'ann@corp.example';
/** More than is parsed (50 MB), and more than one answer of a server may be (64 MB). */
const BYTES = 66 * 1024 * 1024;

describeWithDovecot('a mail that is too large to be parsed', () => {
  let server: TestDovecot;
  let harness: Harness;

  beforeAll(async () => {
    server = await startTestDovecot();
    harness = await createHarness({ mail: [imapConfig(server.port, [ANN])] });
  });

  afterAll(async () => {
    await harness.close();
    await server.remove();
  });

  const shown = (): Promise<object[]> =>
    actAs(server.port, ANN, async (client) => {
      const found = [];
      for await (const { path, flags, receivedAt, source } of mailsOf(client))
        found.push({ path, flags, receivedAt, sha256: sha256(source) });
      return found;
    });

  test('is known by its headers: removed and restored as any other, but neither shown nor deleted for good', async () => {
    await setSettings(harness, { remediation: { hardDelete: true } });
    const raw = Buffer.concat([mail({ subject: 'Large', to: ANN }), Buffer.alloc(BYTES, `${'x'.repeat(76)}\r\n`)]);
    await append(server.port, ANN, { raw, flags: ['\\Seen'], date: new Date(Date.now() - 60_000) });
    const before = await shown();
    expect(before).toMatchObject([{ path: 'INBOX', sha256: sha256(raw) }]);
    await indexAll(harness);
    // Only now: its first round would probe the mailboxes too, with a test message in each for a while.
    await harness.startWorker();
    const message = await harness.store.messages.collection.findOne({ mailbox: ANN });
    expect(message).toMatchObject({ subject: 'Large', size: raw.length, brokenLimits: ['mailBytes'], urls: [] });
    const ids = [message?._id ?? ''];
    const app = appOf(harness, { provider: harness.provider });
    const person = await caller(app, harness.store, 'person', ROLES);
    const other = await caller(app, harness.store, 'other', ROLES);
    const take = async (action: string): Promise<ActionDoc | null> => {
      const reply = await person('post', '/remediations').send({ name: 'Case', action, messageIds: ids });
      expect(reply.status).toBe(202);
      const { id } = reply.body as { id: string };
      if (action === 'hardDelete') {
        await until(async () => (await harness.store.actions.byId(id))?.status === 'Pending');
        expect((await other('post', `/actions/${id}/approve`).send({})).status).toBe(200);
      }
      await until(async () => (await harness.store.actions.byId(id))?.endedAt !== null);
      return harness.store.actions.byId(id);
    };

    const removed = await take('softDelete');
    expect(removed).toMatchObject({ status: 'Completed', outcomes: { removed: 1 } });
    expect(await shown()).toMatchObject([{ path: 'Clawback Recoverable', sha256: sha256(raw) }]);
    const revert = await finished(harness, await startRevert(harness, removed?._id ?? ''));
    expect(revert).toMatchObject({ outcomes: { restored: 1 } });
    expect(await shown()).toEqual(before);

    for (const what of ['raw', 'preview']) {
      const reply = await person('get', `/messages/${ids[0]}/${what}`);
      expect(reply.status).toBe(413);
      expect((reply.body as { detail: string }).detail).toContain('only the headers are known');
    }
    const kept = await take('hardDelete');
    expect(kept).toMatchObject({ status: 'Failed', outcomes: { failed: 1 } });
    const rows = await harness.store.ledger.rows(kept?._id ?? '', {}, null, 10);
    expect(rows.map(({ reason }) => reason)).toEqual(['noEvidence']);
    expect(await shown()).toEqual(before);
  });
});
