import { rmSync } from 'node:fs';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROLES } from '../../api/auth';
import { fillCounts, REMOVAL_OUTCOMES, sum } from '../../domain/ledger';
import { type RemovalCounts } from '../../domain/ledger';
import { BOTH_ON, ended, finished, foldersOf, parts, raise, setSettings, startRevert } from '../support/cases';
import { appOf } from '../support/app';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy';
import {
  actAs,
  contentsOf,
  describeWithDovecot,
  MASTER,
  PASSWORD,
  startTestDovecot,
  type TestDovecot,
} from '../support/dovecot';
import { contentIn, historiesOf } from '../support/histories';
import { createHarness, type Harness, until } from '../support/harness';
import { appendCampaign, imapConfig, indexAll } from '../support/imap-mailboxes';
import { mail } from '../support/mail';
import { caller } from '../support/rest';

const NAMES = Array.from({ length: 19 }, (_, at) => `user${at}@corp.example`);
const RECOVERABLE = 'recoverableitemsdeletions';

describeWithDovecot('mail at an IMAP server', () => {
  let server: TestDovecot;
  let proxy: CuttingProxy;
  let harness: Harness;
  let next = 0;
  /** A mailbox that no other test uses. */
  const fresh = (): string => NAMES[next++] ?? 'none';

  beforeAll(async () => {
    server = await startTestDovecot();
    proxy = await startCuttingProxy(server.port);
    harness = await createHarness({ mail: [imapConfig(proxy.port, NAMES)] });
    await harness.startWorker();
    await setSettings(harness, BOTH_ON);
  });

  afterAll(async () => {
    await harness.close();
    await proxy.close();
    await server.remove();
  });

  async function everything(mailboxes: readonly string[]): Promise<Record<string, unknown>> {
    return Object.fromEntries(
      await Promise.all(mailboxes.map(async (mailbox) => [mailbox, await contentsOf(server.port, mailbox)] as const)),
    );
  }

  async function remove(entity: Parameters<typeof raise>[1][number]): Promise<{ id: string; outcomes: RemovalCounts }> {
    const { id } = await raise(harness, [entity]);
    const { actions } = await ended(harness, id);
    const [action] = actions;
    if (action === undefined) throw new Error('Nothing was removed');
    const outcomes = fillCounts(REMOVAL_OUTCOMES, await harness.store.ledger.counts(action._id));
    return { id: action._id, outcomes };
  }

  test('is removed wherever it lies, and put back byte for byte, flag for flag, date for date', async () => {
    const [one, other] = [fresh(), fresh()];
    const paths = ['INBOX', 'Junk', 'Pläne & "Ziele"', 'a  b \\ c', 'Kunden.2026.März'];
    const { file, ids } = await appendCampaign(harness, server.port, [
      ...paths.map((path) => [one, path] as const),
      [other, 'INBOX'],
    ]);
    const before = await everything([one, other]);
    const { id, outcomes } = await remove(file);
    expect(outcomes).toMatchObject({ removed: 6, failed: 0, unverified: 0 });
    expect(new Set(await foldersOf(harness, ids))).toEqual(new Set([RECOVERABLE]));
    const gone = (await everything([one, other])) as Record<string, Record<string, string[]>>;
    expect(Object.keys(gone[one] ?? {})).toEqual(['Clawback Recoverable']);
    expect(gone[one]?.['Clawback Recoverable']).toHaveLength(5);

    const revert = await finished(harness, await startRevert(harness, id));
    expect(revert.outcomes).toMatchObject({ restored: 6 });
    expect(await everything([one, other])).toEqual(before);
    await indexAll(harness);
    expect(await foldersOf(harness, ids)).toEqual([
      'inbox',
      'junkemail',
      ...paths.slice(2, 4),
      'Kunden/2026/März',
      'inbox',
    ]);
  });

  test('in Sent, Drafts, Archive and Trash is left to a person', async () => {
    const mailbox = fresh();
    const paths = ['INBOX', 'Sent', 'Drafts', 'Archive', 'Archive.2025', 'Trash'];
    const { file, ids } = await appendCampaign(
      harness,
      server.port,
      paths.map((path) => [mailbox, path] as const),
    );
    expect((await remove(file)).outcomes).toMatchObject({ removed: 1 });
    expect(await foldersOf(harness, ids)).toEqual([
      RECOVERABLE,
      ...['sentitems', 'drafts', 'archive', 'archive/2025', 'deleteditems'],
    ]);
  });

  test('is not doubled or lost where the connection is cut after the move was sent, there and back', async () => {
    const mailbox = fresh();
    const { file } = await appendCampaign(
      harness,
      server.port,
      Array.from({ length: 7 }, () => [mailbox, 'INBOX'] as const),
    );
    const before = await everything([mailbox]);
    const cuts = proxy.cuts();
    proxy.cutAfter(/UID MOVE/);
    const { id, outcomes } = await remove(file);
    expect(proxy.cuts()).toBe(cuts + 1);
    expect(outcomes).toMatchObject({ removed: 7, alreadyGone: 0, open: 0 });
    proxy.cutAfter(/UID MOVE/);
    const revert = await finished(harness, await startRevert(harness, id));
    expect(proxy.cuts()).toBe(cuts + 2);
    expect(revert.outcomes).toMatchObject({ restored: 7 });
    expect(await everything([mailbox])).toEqual(before);
  });

  test('waits where the server is away, says so, and is removed and put back when it is back', async () => {
    const mailbox = fresh();
    const { file } = await appendCampaign(harness, server.port, [[mailbox, 'INBOX']]);
    const rowsOf = (jobId: string) => harness.store.ledger.rows(jobId, {}, null, 10);
    /** Starts the server again once the ledger says that it is waited for. */
    const awaited = async (jobId: string): Promise<void> => {
      await until(async () => (await rowsOf(jobId)).some(({ reason }) => reason !== null));
      expect(await rowsOf(jobId)).toMatchObject([{ outcome: 'open', reason: 'unreachable' }]);
      await server.start();
    };
    await server.stop();
    const { id } = await raise(harness, [file]);
    await until(async () => (await harness.store.actions.of(id)).length > 0);
    const [{ _id: actionId, status } = { _id: '', status: null }] = await harness.store.actions.of(id);
    expect(status).toBe('Running');
    await awaited(actionId);
    const { investigation } = await ended(harness, id);
    expect(investigation.status).toBe('Remediated');
    expect(await rowsOf(actionId)).toMatchObject([{ outcome: 'removed', reason: null }]);
    await server.stop();
    const revertId = await startRevert(harness, actionId);
    await awaited(revertId);
    expect((await finished(harness, revertId)).outcomes).toMatchObject({ restored: 1 });
    expect(await rowsOf(revertId)).toMatchObject([{ outcome: 'restored', reason: null }]);
  });

  test('that its user moved or deleted since it was indexed is told so, and left alone', async () => {
    const mailbox = fresh();
    const { file, ids } = await appendCampaign(
      harness,
      server.port,
      Array.from({ length: 3 }, () => [mailbox, 'INBOX'] as const),
    );
    await actAs(server.port, mailbox, async (client) => {
      await client.mailboxCreate('Mine');
      await client.mailboxOpen('INBOX');
      await client.messageMove('1', 'Mine', { uid: true });
      await client.messageDelete('2', { uid: true });
    });
    const { outcomes } = await remove(file);
    expect(outcomes).toMatchObject({ removed: 1, movedByUser: 1, alreadyGone: 1 });
    expect(await foldersOf(harness, ids)).toEqual(['Mine', 'recoverableitemspurges', RECOVERABLE]);
    expect((await contentsOf(server.port, mailbox))['Mine']).toHaveLength(1);
  });

  test('with one Message-ID, with equal bytes, or without a Message-ID is told apart', async () => {
    const mailbox = fresh();
    const text = parts('apart');
    const mails = [
      mail({ ...text, id: 'same', subject: 'One' }),
      mail({ ...text, id: 'same', subject: 'Two' }),
      mail({ ...text, id: 'equal' }),
      mail({ ...text, id: 'equal' }),
      Buffer.from(
        mail({ ...text, id: 'none' })
          .toString()
          .replace(/Message-ID: .*\r\n/, ''),
      ),
    ];
    const { ids } = await appendCampaign(
      harness,
      server.port,
      mails.map(() => [mailbox, 'INBOX'] as const),
      {
        raw: (at) => mails[at] ?? Buffer.alloc(0),
      },
    );
    expect(new Set(ids).size).toBe(5);
    const before = await everything([mailbox]);
    proxy.cutAfter(/UID MOVE/);
    const { id, outcomes } = await remove({ type: 'url', url: text.link, threat: 'Phish' });
    expect(outcomes).toMatchObject({ removed: 5 });
    await finished(harness, await startRevert(harness, id));
    expect(await everything([mailbox])).toEqual(before);
  });

  test('under a new UIDVALIDITY is the same mail: indexed once, removed, restored', async () => {
    const mailbox = fresh();
    const { file, ids } = await appendCampaign(
      harness,
      server.port,
      Array.from({ length: 3 }, () => [mailbox, 'INBOX'] as const),
    );
    const first = await harness.store.messages.byId(ids[0] ?? '');
    const folder = join(server.dir, 'mail', mailbox);
    await server.stop();
    for (const name of readdirSync(folder)) {
      if (/^dovecot[.-]/.test(name)) rmSync(join(folder, name), { recursive: true });
    }
    await server.start();
    // Not indexed again yet: what was known of its numbers is of no use.
    const { id, outcomes } = await remove(file);
    expect(outcomes).toMatchObject({ removed: 3 });
    await finished(harness, await startRevert(harness, id));
    await indexAll(harness);
    expect(await foldersOf(harness, ids)).toEqual(['inbox', 'inbox', 'inbox']);
    expect(await harness.store.messages.collection.countDocuments({ mailbox })).toBe(3);
    expect((await harness.store.messages.byId(ids[0] ?? ''))?.place?.uidValidity).not.toBe(first?.place?.uidValidity);
  });

  test('comes back into its folder also where that was deleted', async () => {
    const mailbox = fresh();
    const { file } = await appendCampaign(harness, server.port, [[mailbox, 'Projekt.Alt']]);
    const { id } = await remove(file);
    await actAs(server.port, mailbox, (client) => client.mailboxDelete('Projekt.Alt'));
    const revert = await finished(harness, await startRevert(harness, id));
    expect(revert.outcomes).toMatchObject({ restored: 1 });
    expect((await contentsOf(server.port, mailbox))['Projekt.Alt']).toHaveLength(1);
  });

  test('is indexed without a trace: flags, and what is recent to others', async () => {
    const mailbox = fresh();
    await actAs(server.port, mailbox, (client) => client.append('INBOX', mail({ id: 'recent' }), ['$Own']));
    const recent = () =>
      actAs(server.port, mailbox, (client) => client.status('INBOX', { recent: true, unseen: true }));
    const before = await recent();
    expect(before).toMatchObject({ recent: 1, unseen: 1 });
    await indexAll(harness);
    expect(await harness.store.messages.collection.countDocuments({ mailbox })).toBe(1);
    expect(await recent()).toEqual(before);
  });

  test('that moves between two rounds of the index keeps its row, and is gone only when it is in no folder', async () => {
    const mailbox = fresh();
    const { ids } = await appendCampaign(harness, server.port, [
      [mailbox, 'INBOX'],
      [mailbox, 'INBOX'],
    ]);
    await actAs(server.port, mailbox, async (client) => {
      await client.mailboxCreate('Later');
      await client.mailboxOpen('INBOX');
      await client.messageMove('1', 'Later', { uid: true });
      await client.messageDelete('2', { uid: true });
    });
    await indexAll(harness);
    await indexAll(harness);
    expect(await foldersOf(harness, ids)).toEqual(['Later', 'recoverableitemspurges']);
    expect(await harness.store.messages.collection.countDocuments({ mailbox })).toBe(2);
  });

  test('in a mailbox that was away is searched for when it is back', async () => {
    const [here, away] = [fresh(), fresh()];
    const { file } = await appendCampaign(harness, server.port, [[here, 'INBOX']]);
    const name = parts('imap-campaign-back');
    const late = mail({ ...name, id: 'back', to: away });
    await actAs(server.port, here, (client) => client.append('INBOX', mail({ ...name, id: 'here', to: here })));
    await indexAll(harness);
    await harness.store.mailboxes.unreachable(away, new Date());
    await actAs(server.port, away, (client) => client.append('INBOX', late));
    const { id } = await raise(harness, [{ type: 'url', url: name.link, threat: 'Phish' }]);
    await ended(harness, id);
    const [cluster] = await harness.store.clusters.of(id);
    expect(cluster?.coverage).toMatchObject({ mailboxesUnreachable: 1 });
    await harness.client.workflow.execute('indexMailboxes', {
      ...{ workflowId: 'index-once-more', taskQueue: 'clawback', args: [{ provider: 'dovecot' }] },
    });
    await until(async () => (await contentsOf(server.port, away))['Clawback Recoverable']?.length === 1);
    expect(file.type).toBe('file');
  });

  test('is moved, removed, put back and deleted for good by a person, from whatever folder it lies in', async () => {
    const mailbox = fresh();
    const paths = ['INBOX', 'Sent', 'Trash', 'Junk'];
    const { ids } = await appendCampaign(
      harness,
      server.port,
      paths.map((path) => [mailbox, path] as const),
    );
    await setSettings(harness, { remediation: { hardDelete: true } });
    const app = appOf(harness, { provider: harness.provider });
    const [admin, other] = await Promise.all([
      caller(app, harness.store, 'admin', ROLES),
      caller(app, harness.store, 'other', ROLES),
    ]);
    const before = await everything([mailbox]);
    const take = async (action: string): Promise<{ id: string; outcomes: Partial<RemovalCounts> }> => {
      const reply = await admin('post', '/remediations').send({ name: 'Case', action, messageIds: ids });
      const { id } = reply.body as { id: string };
      expect(reply.status).toBe(202);
      if (action === 'hardDelete') {
        await until(async () => (await harness.store.actions.byId(id))?.status === 'Pending');
        expect((await other('post', `/actions/${id}/approve`).send({})).status).toBe(200);
      }
      await until(async () => (await harness.store.actions.byId(id))?.endedAt !== null);
      return { id, outcomes: (await harness.store.actions.byId(id))?.outcomes ?? {} };
    };
    const back = async (id: string): Promise<void> => {
      const reply = await admin('post', `/actions/${id}/revert`).send({ destination: 'original' });
      expect(reply.status).toBe(202);
      await until(async () => (await harness.store.reverts.of([id])).every(({ open }) => !open));
      expect(await everything([mailbox])).toEqual(before);
    };
    const moved = await take('moveToJunk');
    expect(moved.outcomes).toMatchObject({ moved: 3, alreadyThere: 1 });
    expect((await contentsOf(server.port, mailbox))['Junk']).toHaveLength(4);
    await back(moved.id);

    const removed = await take('softDelete');
    expect(removed.outcomes).toMatchObject({ removed: 4 });
    expect((await take('moveToInbox')).outcomes).toMatchObject({ restored: 4 });
    expect((await contentsOf(server.port, mailbox))['INBOX']).toHaveLength(4);

    const gone = await take('hardDelete');
    expect(gone.outcomes).toMatchObject({ removed: 4 });
    expect(Object.values(await contentsOf(server.port, mailbox)).flat()).toEqual([]);
    expect(await harness.store.evidence.collection.countDocuments({ actionId: gone.id })).toBe(4);
  });

  test('is spoken of in no history: no address, no subject, no URL, no password', async () => {
    let failures = 0;
    for (const text of (await historiesOf(harness.client)).values()) {
      expect([...contentIn(text), ...contentIn(text, [MASTER.password, PASSWORD])]).toEqual([]);
      if (text.includes('"unreachable"')) failures++;
    }
    // Also of what failed: the server was away, and was cut off.
    expect(failures).toBeGreaterThan(0);
  });

  test('adds up at every end', async () => {
    for await (const action of harness.store.actions.collection.find({ status: { $ne: 'Freezing' } })) {
      expect(sum(await harness.store.ledger.counts(action._id))).toBe(action.messageCount);
    }
  });
});
