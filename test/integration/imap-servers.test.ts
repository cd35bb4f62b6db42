import { createServer, type Server } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProviders, registerMailboxes } from '../../cli/providers';
import { automationMayTakeFrom, RECOVERABLE_FOLDER } from '../../domain/location';
import { createImap } from '../../mail/imap/create';
import { type ImapUpkeep } from '../../mail/imap/round';
import { type ImapConfig } from '../../mail/config';
import { createImapIndex } from '../../store/imap-index';
import {
  actAs,
  contentsOf,
  converse,
  describeWithDovecot,
  NO_PENALTY,
  PASSWORD,
  startTestDovecot,
  WITH_RIGHTS,
} from '../support/dovecot';
import { BOTH_ON, foldersOf, raise, setSettings } from '../support/cases';
import { startCuttingProxy } from '../support/cutting-proxy';
import { createHarness, until } from '../support/harness';
import { appendCampaign, imapConfig, indexAll } from '../support/imap-mailboxes';
import { listenAnywhere } from '../support/listen';
import { startRewritingProxy } from '../support/rewriting-proxy';
import { ANN, clock, folders, RECOVERABLE, refsOf, type Setting, stamp, withSetting } from '../support/imap-setting';

const MINUTE = 60_000;

async function findingsOf({ imap }: Pick<Setting, 'imap'>): Promise<Record<string, boolean>> {
  const report = await imap[0]?.check(ANN);
  return Object.fromEntries((report?.findings ?? []).map(({ code, unsafe }) => [code, unsafe]));
}

describeWithDovecot('the probe of a mailbox', () => {
  test('finds a plain Dovecot safe, and leaves nothing behind', () =>
    withSetting(async (at) => {
      const report = await at.imap[0]?.check(ANN);
      expect(report?.findings).toEqual([]);
      expect(report?.extensions).toEqual(
        expect.arrayContaining(['MOVE', 'UIDPLUS', 'CONDSTORE', 'QRESYNC', 'SPECIAL-USE']),
      );
      expect(report?.recoverableVisible).toBe(false);
      expect(await folders(at)).toEqual({});
      expect(
        await actAs(at.server.port, ANN, async (client) => (await client.list()).map(({ path }) => path).sort()),
      ).toEqual(['Archive', 'Clawback Recoverable', 'Drafts', 'INBOX', 'Junk', 'Sent', 'Trash']);
    }));

  test('that is cut off leaves its message, which the next one deletes, but not while the other may still be at work', () =>
    withSetting(async ({ server, store }) => {
      const proxy = await startCuttingProxy(server.port);
      const withUpkeep = async (port: number, now: Date, work: (at: ImapUpkeep) => Promise<void>): Promise<void> => {
        const providers = createProviders([imapConfig(port, [ANN])], {
          store,
          env: process.env,
          clock: () => now,
        });
        try {
          const [upkeep] = providers.imap;
          if (upkeep !== undefined) await work(upkeep);
        } finally {
          await providers.close();
        }
      };
      try {
        const began = new Date();
        await withUpkeep(proxy.port, began, async (at) => {
          proxy.cutAfter(/UID MOVE/);
          await expect(at.check(ANN)).rejects.toThrow();
        });
        const left = await folders({ server });
        expect(Object.entries(left)).toEqual([[expect.stringMatching(/^Clawback Probe /), 1]]);
        const hour = new Date(began.getTime() + 60 * 60 * 1000);
        await withUpkeep(server.port, new Date(began.getTime() + 1000), async (at) => {
          await at.check(ANN);
        });
        expect(await folders({ server })).toEqual(left);
        expect(await store.mailboxes.probeDue(ANN, 'as it was', hour)).toBe(true);
        await withUpkeep(server.port, hour, async (at) => expect((await at.check(ANN)).findings).toEqual([]));
        expect(await folders({ server })).toEqual({});
        const paths = await actAs(server.port, ANN, async (client) => (await client.list()).map(({ path }) => path));
        expect(paths.filter((path) => path.startsWith('Clawback Probe'))).toEqual([]);
        expect((await store.mailboxes.byAddress(ANN))?.imap?.openProbes).toEqual([]);
      } finally {
        await proxy.close();
      }
    }));

  test('tells of a recoverable folder that the server cannot make', () =>
    withSetting(
      async (at) => {
        expect(await findingsOf(at)).toEqual({ noRecoverableFolder: true });
      },
      {},
      { recoverable: { folder: ['.Recoverable/Deletions'], retentionDays: 14, expunge: false } },
    ));

  test('tells that lazy_expunge keeps another copy at every move', () =>
    withSetting(
      async (at) => {
        expect(await findingsOf(at)).toEqual({ copyKept: true });
      },
      { plugins: ['lazy_expunge'], pluginLines: ['lazy_expunge = EXPUNGED'] },
    ));

  test('tells of a lazy_expunge that makes moves fail', () =>
    withSetting(
      async (at) => {
        expect(await findingsOf(at)).toMatchObject({ moveLeavesSource: true });
      },
      { plugins: ['lazy_expunge'], pluginLines: ['lazy_expunge = nowhere/EXPUNGED'] },
    ));

  test('tells of folders in which the right to take away is missing', () =>
    withSetting(async (at) => {
      await actAs(at.server.port, ANN, (client) => client.mailboxCreate('Kept'));
      writeFileSync(join(at.server.dir, 'mail', ANN, '.Kept', 'dovecot-acl'), 'owner lrwtsi\n');
      const report = await at.imap[0]?.check(ANN);
      expect(report?.findings).toMatchObject([{ code: 'rights', unsafe: true }]);
      expect(report?.findings[0]?.detail).toContain('Kept');
    }, WITH_RIGHTS));

  test('asks for a word on what a move out of Junk teaches, before automation takes copies there', () =>
    withSetting(
      async (at) => {
        expect(await findingsOf(at)).toEqual({ junkMovesUnconfirmed: false });
        const unsafe = (await at.store.mailboxes.unsafe([ANN])).get(ANN);
        expect(unsafe?.whole).toBeNull();
        expect(unsafe?.junk).toContain('Nobody has confirmed');
      },
      {},
      { junk: { movesConfirmed: false } },
    ));
});

describeWithDovecot('a mailbox that does not let messages go', () => {
  test('without the right to take away: the message stays, and the move is not believed', () =>
    withSetting(async (at) => {
      await actAs(at.server.port, ANN, (client) => client.mailboxCreate('Kept'));
      writeFileSync(join(at.server.dir, 'mail', ANN, '.Kept', 'dovecot-acl'), 'owner lrwtsi\n');
      const { ids } = await appendCampaign(at, at.server.port, [[ANN, 'Kept']]);
      const reports = await at.provider.softDelete(await refsOf(at, ids), stamp());
      expect(reports).toMatchObject([
        {
          moved: false,
          error: expect.stringMatching(/^(staysInSource|notPermitted)$/) as string,
          seen: { folder: 'Kept', removedBy: null },
        },
      ]);
      expect(await folders(at)).toMatchObject({ Kept: 1 });
    }, WITH_RIGHTS));

  test('that is read-only: the message stays, with the reason', () =>
    withSetting(async (at) => {
      await actAs(at.server.port, ANN, (client) => client.mailboxCreate('Frozen'));
      const { ids } = await appendCampaign(at, at.server.port, [[ANN, 'Frozen']]);
      writeFileSync(join(at.server.dir, 'mail', ANN, '.Frozen', 'dovecot-acl'), 'owner lr\n');
      // A connection that is open knows the rights of before.
      await at.close();
      await at.server.stop();
      await at.server.start();
      const reports = await at.provider.softDelete(await refsOf(at, ids), stamp());
      expect(reports).toMatchObject([{ moved: false, error: 'readOnlyFolder' }]);
      expect(await folders(at)).toEqual({ Frozen: 1 });
    }, WITH_RIGHTS));

  test('whose recoverable folder is over its quota: what fits is moved, the rest stays with the reason', () =>
    withSetting(
      async (at) => {
        const { ids } = await appendCampaign(
          at,
          at.server.port,
          Array.from({ length: 3 }, () => [ANN, 'INBOX'] as const),
        );
        const refs = await refsOf(at, ids);
        const reports = await at.provider.softDelete(refs, stamp());
        expect(reports.map(({ moved, error }) => (moved ? 'moved' : error)).sort()).toEqual([
          ...['moved', 'overQuota', 'overQuota'],
        ]);
        expect(await folders(at)).toEqual({ INBOX: 2 });
        // What lies in the hidden folder is found again, and the others are where they were.
        const seen = await at.provider.locate(refs);
        expect(seen.map(({ folder }) => folder).sort()).toEqual(['inbox', 'inbox', 'recoverableitemsdeletions']);
      },
      {
        ...{ hiddenNamespace: 'Hidden.', plugins: ['quota', 'imap_quota'] },
        // A quota of the hidden namespace alone: within one quota a move is no more mail.
        pluginLines: [
          'quota = count:Hidden:ns=Hidden.',
          'quota_vsizes = yes',
          'quota_rule = *:bytes=1000',
          'quota_grace = 0%',
        ],
      },
      { recoverable: { folder: ['Hidden', RECOVERABLE], retentionDays: 14, expunge: false } },
    ));

  test('that refuses to sign us in: nothing is tried again, and health says so', () =>
    withSetting(async (at) => {
      const { ids } = await appendCampaign(at, at.server.port, [[ANN, 'INBOX']]);
      process.env['WRONG'] = 'not the password of the master';
      const wrong: ImapConfig = {
        ...at.config,
        auth: { method: 'master', user: 'clawback', password: { env: 'WRONG' } },
      };
      const others = createProviders([wrong], { store: at.store, env: process.env, clock });
      expect(await others.provider.softDelete(await refsOf(at, ids), stamp())).toMatchObject([
        { moved: false, error: 'loginRefused', retryable: false },
      ]);
      await indexAll(others);
      expect((await at.store.mailboxes.byAddress(ANN))?.imap?.health).toBe('loginRefused');
      expect(await folders(at)).toEqual({ INBOX: 1 });
      await others.close();
    }, NO_PENALTY));

  test('that refuses to sign us in is asked by the index after pauses that grow, and at once after a check', () =>
    withSetting(async (at) => {
      const secret = join(at.server.dir, 'secret');
      const signInWith = (password: string): void => writeFileSync(secret, password);
      const proxy = await startRewritingProxy(at.server.port);
      let asked = 0;
      proxy.rewrite({
        up(said) {
          asked += /^\S+ (AUTHENTICATE|LOGIN) /m.test(said) ? 1 : 0;
          return said;
        },
      });
      const auth = { method: 'password', password: { file: secret } } as const;
      const config: ImapConfig = { ...at.config, port: proxy.port, auth };
      let now = Date.now();
      const others = createProviders([config], { store: at.store, env: process.env, clock: () => new Date(now) });
      /** How often the server is asked by a round every minute. */
      const askedWithin = async (minutes: number): Promise<number> => {
        const before = asked;
        for (let minute = 0; minute < minutes; minute++) {
          await indexAll(others);
          now += MINUTE;
        }
        return asked - before;
      };
      const health = async (): Promise<unknown> => (await at.store.mailboxes.byAddress(ANN))?.imap?.health;

      signInWith('wrong');
      await expect(others.imap[0]?.check(ANN)).rejects.toThrow(
        `dovecot (127.0.0.1:${config.port}) refuses to sign in ${ANN}: AUTHENTICATIONFAILED. See what the provider's auth refers to`,
      );
      expect(await askedWithin(1)).toBe(1);
      expect(await askedWithin(2)).toBe(0);
      const inTheFirstHour = await askedWithin(60);
      expect(inTheFirstHour).toBeGreaterThanOrEqual(3);
      expect(inTheFirstHour).toBeLessThanOrEqual(6);
      expect(await askedWithin(4 * 60)).toBeLessThanOrEqual(8);

      signInWith(PASSWORD);
      await others.imap[0]?.check(ANN);
      await indexAll(others);
      expect(await health()).toBe('ok');

      // What was refused long ago does not count any more.
      signInWith('wrong');
      await others.close();
      expect(await askedWithin(1)).toBe(1);
      expect(await health()).toBe('loginRefused');
      signInWith(PASSWORD);
      now += 5 * MINUTE;
      await indexAll(others);
      expect(await health()).toBe('ok');
      await others.close();
      await proxy.close();
    }, NO_PENALTY));
});

describeWithDovecot('automation', () => {
  test('leaves copies in Junk to a person where nobody has confirmed what a move out of it teaches', async () => {
    const server = await startTestDovecot();
    const harness = await createHarness({
      mail: [imapConfig(server.port, [ANN], { junk: { movesConfirmed: false } })],
    });
    try {
      await harness.startWorker();
      await setSettings(harness, BOTH_ON);
      const { file, ids } = await appendCampaign(harness, server.port, [
        [ANN, 'INBOX'],
        [ANN, 'Junk'],
      ]);
      const { id } = await raise(harness, [file]);
      await until(async () => (await harness.store.actions.of(id)).some(({ status }) => status === 'Completed'));
      const actions = await harness.store.actions.of(id);
      expect(actions.map(({ status, reasons }) => [status, reasons.map(({ code }) => code)])).toEqual([
        ['Completed', []],
        ['Pending', ['unsafeMailbox']],
      ]);
      expect(actions[1]?.reasons[0]?.detail).toMatch(/^1 messages are where they cannot be removed safely: Nobody has/);
      expect(await foldersOf(harness, ids)).toEqual(['recoverableitemsdeletions', 'junkemail']);
    } finally {
      await harness.close();
      await server.remove();
    }
  });
});

describeWithDovecot('a second folder for sent mail', () => {
  const SENT_TWICE = {
    extra: ['namespace inbox {', 'mailbox "Sent Messages" {', 'special_use = \\Sent', 'auto = create', '}', '}'],
  };

  test('is protected as the first one is, and so is one that only its name tells of', () =>
    withSetting(async (at) => {
      const paths = ['Sent', 'Sent Messages', 'Gesendete Elemente', 'INBOX'];
      const { ids } = await appendCampaign(
        at,
        at.server.port,
        paths.map((path) => [ANN, path] as const),
      );
      const names = async (): Promise<string[]> => (await refsOf(at, ids)).map(({ folder }) => folder);
      const before = await names();
      expect(before).toEqual([
        ...['sentitems', 'sentitems/~/Sent Messages', 'sentitems/~/Gesendete Elemente', 'inbox'],
      ]);
      expect(before.map(automationMayTakeFrom)).toEqual([false, false, false, true]);
      await indexAll(at);
      expect(await names()).toEqual(before);
    }, SENT_TWICE));

  test('is protected also where a message is found that its user has just moved there', () =>
    withSetting(async (at) => {
      const { ids } = await appendCampaign(at, at.server.port, [
        [ANN, 'INBOX'],
        [ANN, 'INBOX'],
      ]);
      await actAs(at.server.port, ANN, async (client) => {
        await client.mailboxCreate('Gesendete Elemente');
        await client.mailboxOpen('INBOX');
        await client.messageMove('1', 'Sent', { uid: true });
        await client.messageMove('2', 'Gesendete Elemente', { uid: true });
      });
      const seen = await at.provider.locate(await refsOf(at, ids));
      expect(seen.map(({ folder }) => folder)).toEqual(['sentitems', 'sentitems/~/Gesendete Elemente']);
    }));
});

describeWithDovecot('a mailbox with two namespaces of its user', () => {
  const OTHER = ['type = private', 'separator = .', 'location = maildir:~/old', 'list = yes', '}'];

  test.each([
    ['named before the one of the inbox', 'INBOX.', 'Old.', '~~/Old/2020'],
    ['named after the one of the inbox', 'INBOX.', 'Older years.', '~~/Older years/2020'],
    ['beside one without a prefix', '', 'Old.', 'Old/2020'],
  ] as const)('%s: every folder is indexed, and all mail is removed and put back', (_how, prefix, other, name) =>
    withSetting(
      async (at) => {
        const { ids } = await appendCampaign(at, at.server.port, [[ANN, 'INBOX']]);
        const others = [`${other}2020`, `${prefix}Work`, `${prefix}Junk`, `${prefix}Sent`];
        await converse(at.server.port, ANN, [
          ...[`CREATE "${other}2020"`, `CREATE "${prefix}Work"`, 'SELECT INBOX'],
          ...others.map((path) => `COPY 1 "${path}"`),
        ]);
        await indexAll(at);
        const all = async () => (await at.store.messages.collection.find({}).toArray()).map(({ folder }) => folder);
        const indexed = ['inbox', 'Work', 'junkemail', name, 'sentitems'];
        expect((await all()).sort()).toEqual([...indexed].sort());
        expect(await findingsOf(at)).toEqual({});
        const before = await wherever(at);

        const found = (await at.store.messages.collection.find({}).toArray()).map(({ _id }) => _id);
        const { jobId, at: when } = stamp();
        const reports = await at.provider.softDelete(await refsOf(at, found), { jobId, at: when });
        expect(reports.map(({ moved }) => moved)).toEqual(found.map(() => true));
        expect(await wherever(at)).toEqual({ [`${prefix}${RECOVERABLE}`]: 5 });
        await indexAll(at);
        const removed = await at.store.messages.byIds(found);
        const back = (await refsOf(at, found)).map((ref) => {
          const toFolder = removed.find(({ _id }) => _id === ref.messageId)?.removedFrom ?? 'inbox';
          return { ...ref, toFolder };
        });
        await at.provider.restore(back, jobId, stamp());
        expect(await wherever(at)).toEqual(before);

        // What its user files in the other namespace is there, and not gone.
        await converse(at.server.port, ANN, ['SELECT INBOX', `MOVE 1 "${other}2020"`]);
        expect(await at.provider.locate((await refsOf(at, ids)).slice(0, 1))).toMatchObject([{ folder: name }]);
        await indexAll(at);
        await indexAll(at);
        expect((await all()).sort()).toEqual(['Work', 'junkemail', name, name, 'sentitems'].sort());
      },
      { prefix, extra: ['namespace old {', `prefix = ${other}`, ...OTHER] },
    ),
  );

  /** How many messages each folder has, in whatever namespace. */
  async function wherever({ server }: Pick<Setting, 'server'>): Promise<Record<string, number>> {
    const said = await converse(server.port, ANN, ['LIST "" "*" RETURN (STATUS (MESSAGES))']);
    const lines = said.flat().map((line) => /^STATUS "?(.+?)"? \(MESSAGES (\d+)\)$/.exec(line));
    const counts = lines.flatMap((line) => (line === null ? [] : ([[line[1] ?? '', Number(line[2])]] as const)));
    return Object.fromEntries(counts.filter(([, messages]) => messages > 0));
  }
});

describeWithDovecot('a worker that was too slow', () => {
  test('puts back what it moved after others had taken the messages over (law 5)', () =>
    withSetting(async (at) => {
      const { ids } = await appendCampaign(
        at,
        at.server.port,
        Array.from({ length: 2 }, () => [ANN, 'INBOX'] as const),
      );
      const before = await contentsOf(at.server.port, ANN);
      const { store, config } = at;
      const index = createImapIndex({ ...store, folders: store.imapFolders, provider: config.name });
      const slow = createImap(config, {
        ...{ index, folders: store.imapFolders, records: store.mailboxes, env: process.env, clock },
        leases: {
          // Others take the messages over once it has written down what it is about to do.
          async acquire(mailbox) {
            const lease = await store.leases.acquire(mailbox);
            return Object.assign(Object.create(lease) as typeof lease, {
              async intend(...args: Parameters<typeof lease.intend>) {
                await lease.intend(...args);
                await index.fence(ids);
              },
            });
          },
        },
      });
      const refs = await refsOf(at, ids);
      expect((await slow.provider.softDelete(refs, stamp())).map(({ moved }) => moved)).toEqual([false, false]);
      expect(await contentsOf(at.server.port, ANN)).toEqual(before);
      expect(await at.provider.locate(refs)).toMatchObject([
        { folder: 'inbox', removedBy: null },
        { folder: 'inbox', removedBy: null },
      ]);
      await slow.close();
    }));

  test('is not followed by another before its lease has ended', () =>
    withSetting(async (at) => {
      const { ids } = await appendCampaign(at, at.server.port, [[ANN, 'INBOX']]);
      const dead = await at.store.leases.acquire(ANN);
      const order: string[] = [];
      const next = at.provider.softDelete(await refsOf(at, ids), stamp()).then((reports) => {
        order.push('moved');
        return reports;
      });
      expect(await folders(at)).toEqual({ INBOX: 1 });
      order.push('ended');
      // What 30 seconds without a renewal do.
      await at.store.leases.collection.updateOne({ _id: ANN }, { $set: { until: new Date(0) } });
      expect(await next).toMatchObject([{ moved: true }]);
      expect(order).toEqual(['ended', 'moved']);
      await dead.release();
      await until(async () => (await at.store.leases.collection.findOne({ _id: ANN }))?.holder === null);
    }));
});

describeWithDovecot('a recoverable folder in a hidden namespace', () => {
  const HIDDEN = ['namespace clawback {', 'prefix = Clawback.', 'separator = .', 'hidden = yes', 'list = no'];

  test('is not seen by its user, and what lies in it is found and put back', () =>
    withSetting(
      async (at) => {
        expect(await findingsOf(at)).toEqual({});
        const { ids } = await appendCampaign(at, at.server.port, [[ANN, 'INBOX']]);
        const before = await contentsOf(at.server.port, ANN);
        const { jobId, at: when } = stamp();
        expect(await at.provider.softDelete(await refsOf(at, ids), { jobId, at: when })).toMatchObject([
          { moved: true },
        ]);
        expect(await folders(at)).toEqual({});
        await indexAll(at);
        await indexAll(at);
        // Also where nobody knows its number any more.
        await at.store.messages.collection.updateOne({ _id: ids[0] ?? '' }, { $set: { place: null, astray: true } });
        const [removed] = await refsOf(at, ids);
        const back = [
          { messageId: ids[0] ?? '', mailbox: ANN, folder: '', revision: 0, ...removed, toFolder: 'inbox' },
        ];
        expect(await at.provider.restore(back, jobId, stamp())).toMatchObject([{ moved: true }]);
        expect(await contentsOf(at.server.port, ANN)).toEqual(before);
      },
      { extra: [...HIDDEN, 'location = maildir:~/clawback', '}'] },
      { recoverable: { folder: ['Clawback', 'Deletions'], retentionDays: 14, expunge: false } },
    ));
});

/** Puts back, to the inbox, what a removal took. */
async function putBack(
  { provider, store }: Pick<Setting, 'provider' | 'store'>,
  ids: readonly string[],
  actionId: string,
): Promise<boolean[]> {
  const back = (await refsOf({ store }, ids)).map((ref) => ({ ...ref, toFolder: 'inbox' }));
  return (await provider.restore(back, actionId, stamp())).map(({ moved }) => moved);
}

async function removedCampaign(at: Setting): Promise<{ readonly ids: readonly string[]; readonly jobId: string }> {
  const { ids } = await appendCampaign(
    at,
    at.server.port,
    Array.from({ length: 2 }, () => [ANN, 'INBOX'] as const),
  );
  const { jobId, at: when } = stamp();
  const reports = await at.provider.softDelete(await refsOf(at, ids), { jobId, at: when });
  expect(reports.map(({ moved }) => moved)).toEqual([true, true]);
  return { ids, jobId };
}

/** What the index knows of each message. */
async function standings({ store }: Pick<Setting, 'store'>) {
  const found = await store.messages.collection.find({}).toArray();
  return found.map(({ folder, removedBy, purgedAt }) => ({ folder, removedBy, purged: purgedAt !== null }));
}

describeWithDovecot('a recoverable folder in another namespace than an inbox with a prefix', () => {
  const HIDDEN = ['namespace clawback {', 'prefix = Clawback.', 'separator = .', 'hidden = yes', 'list = no'];

  test('is where the server has it, if it is counted from the root', () =>
    withSetting(
      async (at) => {
        expect(await findingsOf(at)).toEqual({});
        const { ids, jobId } = await removedCampaign(at);
        await indexAll(at);
        const messages = await at.store.messages.byIds(ids);
        expect(messages.map(({ place }) => place?.path)).toEqual(['Clawback.Deletions', 'Clawback.Deletions']);
        const listed = await actAs(at.server.port, ANN, (client) => client.list());
        expect(listed.filter(({ path }) => path.includes('Clawback'))).toEqual([]);
        expect(await putBack(at, ids, jobId)).toEqual([true, true]);
        expect(await folders(at)).toEqual({ INBOX: 2 });
      },
      { prefix: 'INBOX.', extra: [...HIDDEN, 'location = maildir:~/clawback', '}'] },
      { recoverable: { folder: ['Clawback', 'Deletions'], fromRoot: true, retentionDays: 14, expunge: false } },
    ));

  test('is not safe where several mailboxes would share it', () =>
    withSetting(
      async (at) => {
        expect(await findingsOf(at)).toEqual({ recoverableShared: true });
        const listed = await actAs(at.server.port, ANN, (client) => client.list());
        expect(listed.filter(({ path }) => path.includes('Deletions'))).toEqual([]);
      },
      {
        prefix: 'INBOX.',
        extra: [
          'namespace public {',
          'type = public',
          'prefix = Public.',
          'separator = .',
          'location = maildir:~/public',
          '}',
        ],
      },
      { recoverable: { folder: ['Public', 'Deletions'], fromRoot: true, retentionDays: 14, expunge: false } },
    ));
});

describeWithDovecot('a recoverable folder that is not to be seen for a while', () => {
  const NAMESPACE = ['namespace clawback {', 'prefix = Clawback.', 'separator = .'];
  const SEEN = [...NAMESPACE, 'location = maildir:~/clawback', '}'];
  const HIDDEN = [...NAMESPACE, 'hidden = yes', 'list = no', 'location = maildir:~/clawback', '}'];
  const IN_NAMESPACE = { recoverable: { folder: ['Clawback', 'Deletions'], retentionDays: 14, expunge: false } };
  const owned = (jobId: string) => ({ folder: RECOVERABLE_FOLDER, removedBy: jobId, purged: false });

  /** The server is started again with something else at the end of its configuration. */
  async function startedWith(at: Setting, extra: readonly string[]): Promise<void> {
    await at.close();
    await at.server.stop();
    await at.server.start({ extra });
  }

  test('since it was hidden later: what lies in it can be put back', () =>
    withSetting(
      async (at) => {
        const { ids, jobId } = await removedCampaign(at);
        await indexAll(at);
        await startedWith(at, HIDDEN);
        for (let round = 0; round < 3; round++) await indexAll(at);
        expect(await standings(at)).toEqual([owned(jobId), owned(jobId)]);
        expect(await putBack(at, ids, jobId)).toEqual([true, true]);
        expect(await folders(at)).toEqual({ INBOX: 2 });
      },
      { extra: SEEN },
      IN_NAMESPACE,
    ));

  test('since it was hidden later: what its owner deletes there counts as gone', () =>
    withSetting(
      async (at) => {
        const { jobId } = await removedCampaign(at);
        await indexAll(at);
        await startedWith(at, HIDDEN);
        await indexAll(at);
        await actAs(at.server.port, ANN, async (client) => {
          await client.mailboxOpen('Clawback.Deletions');
          await client.messageDelete('1', { uid: false });
        });
        await indexAll(at);
        await indexAll(at);
        const now = await standings(at);
        expect(now).toContainEqual(owned(jobId));
        expect(now.filter(({ purged }) => purged)).toHaveLength(1);
      },
      { extra: SEEN },
      IN_NAMESPACE,
    ));

  test('since the server has lost it for a while: nothing counts as gone, and nothing is doubled', () =>
    withSetting(
      async (at) => {
        const { ids, jobId } = await removedCampaign(at);
        await indexAll(at);
        await startedWith(at, []);
        // A folder of the same name is another one: it has to be made before anything counts as gone.
        for (let round = 0; round < 3; round++) await indexAll(at);
        expect(await putBack(at, ids, jobId)).toEqual([false, false]);
        expect(await at.provider.locate(await refsOf(at, ids))).toMatchObject([owned(jobId), owned(jobId)]);
        for (let round = 0; round < 3; round++) await indexAll(at);
        expect(await standings(at)).toEqual([owned(jobId), owned(jobId)]);

        await startedWith(at, SEEN);
        for (let round = 0; round < 3; round++) await indexAll(at);
        expect(await standings(at)).toEqual([owned(jobId), owned(jobId)]);
        expect(await putBack(at, ids, jobId)).toEqual([true, true]);
        expect(await folders(at)).toEqual({ INBOX: 2 });
      },
      { extra: SEEN },
      IN_NAMESPACE,
    ));
});

describeWithDovecot('a recoverable folder that its user', () => {
  test('renames is a personal one from then on, and nothing in it is doubled', () =>
    withSetting(async (at) => {
      await removedCampaign(at);
      await indexAll(at);
      await actAs(at.server.port, ANN, (client) => client.mailboxRename(RECOVERABLE, 'Mine'));
      for (let round = 0; round < 3; round++) await indexAll(at);
      const personal = { folder: 'Mine', removedBy: null, purged: false };
      expect(await standings(at)).toEqual([personal, personal]);
    }));

  test('deletes takes what was in it along, as soon as there is one again', () =>
    withSetting(async (at) => {
      const { ids, jobId } = await removedCampaign(at);
      await indexAll(at);
      await actAs(at.server.port, ANN, (client) => client.mailboxDelete(RECOVERABLE));
      await indexAll(at);
      expect((await standings(at)).map(({ purged }) => purged)).toEqual([false, false]);
      expect(await putBack(at, ids, jobId)).toEqual([false, false]);
      await at.imap[0]?.check(ANN);
      for (let round = 0; round < 2; round++) await indexAll(at);
      expect((await standings(at)).map(({ purged }) => purged)).toEqual([true, true]);
    }));
});

describeWithDovecot('another recoverable folder in the configuration', () => {
  test('leaves the one of before a recoverable one: automation takes nothing from it, and a revert puts back what is in it', () =>
    withSetting(async (at) => {
      const { ids, jobId } = await removedCampaign(at);
      await at.close();
      const config = { ...at.config, recoverable: { ...at.config.recoverable, folder: ['Put away'] } };
      const again = createProviders([config], { store: at.store, env: process.env, clock });
      try {
        await registerMailboxes([config], { store: at.store, clock });
        for (let round = 0; round < 3; round++) await indexAll(again);
        const standing = { folder: RECOVERABLE_FOLDER, removedBy: jobId, purged: false };
        expect(await standings(at)).toEqual([standing, standing]);
        expect(await again.provider.locate(await refsOf(at, ids))).toMatchObject([standing, standing]);
        expect(await putBack({ ...again, store: at.store }, ids, jobId)).toEqual([true, true]);
        expect(await folders(at)).toEqual({ INBOX: 2 });
        const { jobId: next, at: when } = stamp();
        await again.provider.softDelete(await refsOf(at, ids), { jobId: next, at: when });
        expect(await folders(at)).toEqual({ 'Put away': 2 });
      } finally {
        await again.close();
      }
    }));
});

describeWithDovecot('retention', () => {
  const DAY_MS = 24 * 60 * 60 * 1000;
  const later = new Date(Date.now() + 15 * DAY_MS);
  const yes = (): Promise<boolean> => Promise.resolve(true);
  const expunging = { recoverable: { folder: [RECOVERABLE], retentionDays: 14, expunge: true } } as const;

  async function removed(at: Setting): Promise<readonly string[]> {
    const { ids } = await appendCampaign(
      at,
      at.server.port,
      Array.from({ length: 2 }, () => [ANN, 'INBOX'] as const),
    );
    await at.provider.softDelete(await refsOf(at, ids), stamp());
    return ids;
  }

  test('is off unless the operator has turned it on', () =>
    withSetting(async (at) => {
      await removed(at);
      expect(await at.imap[0]?.sweep(later, yes)).toEqual({ purged: 0 });
      expect(await folders(at)).toEqual({ [RECOVERABLE]: 2 });
    }));

  test('deletes what we removed when its time is over, and nothing else', () =>
    withSetting(
      async (at) => {
        const ids = await removed(at);
        // The user's own mail there, one marked as deleted, and one of ours that is too young.
        await actAs(at.server.port, ANN, (client) =>
          client.append(RECOVERABLE, 'Subject: own\r\n\r\nmine\r\n', ['\\Deleted']),
        );
        await at.store.messages.collection.updateOne({ _id: ids[1] ?? '' }, { $set: { removedAt: later } });
        expect(await at.imap[0]?.sweep(later, yes)).toEqual({ purged: 1 });
        expect(await folders(at)).toEqual({ [RECOVERABLE]: 2 });
        expect(await at.provider.locate(await refsOf(at, ids))).toMatchObject([{ purged: true }, { purged: false }]);
      },
      {},
      expunging,
    ));

  test('stops for a hold, and while automation is paused', () =>
    withSetting(
      async (at) => {
        await removed(at);
        expect(await at.imap[0]?.sweep(later, () => Promise.resolve(false))).toEqual({ purged: 0 });
        await at.store.mailboxes.collection.updateOne(
          { _id: ANN },
          { $set: { hold: { reason: 'case', reference: '1' } } },
        );
        expect(await at.imap[0]?.sweep(later, yes)).toEqual({ purged: 0 });
        expect(await folders(at)).toEqual({ [RECOVERABLE]: 2 });
      },
      {},
      expunging,
    ));

  /** Begins it while another worker has the mailbox, and changes something before that one ends. */
  async function whileItWaits<T>(at: Setting, begin: () => Promise<T>, change: () => Promise<void>): Promise<T> {
    const { collection } = at.store.leases;
    const other = await at.store.leases.acquire(ANN);
    const looking = jest.spyOn(collection, 'findOneAndUpdate');
    const begun = begin();
    await until(() => Promise.resolve(looking.mock.calls.length > 1));
    looking.mockRestore();
    await change();
    await other.release();
    return begun;
  }

  const putOnHold = async ({ store }: Setting): Promise<void> => {
    await store.mailboxes.collection.updateOne({ _id: ANN }, { $set: { hold: { reason: 'case', reference: '1' } } });
  };

  test('deletes nothing where automation is paused, or a hold set, while it waits for the mailbox', () =>
    withSetting(
      async (at) => {
        await removed(at);
        let paused = false;
        const sweep = (): Promise<unknown> =>
          at.imap[0]?.sweep(later, () => Promise.resolve(!paused)) ?? Promise.reject(new Error('no upkeep'));
        const pause = (): Promise<void> => {
          paused = true;
          return Promise.resolve();
        };
        expect(await whileItWaits(at, sweep, pause)).toEqual({ purged: 0 });
        paused = false;
        expect(await whileItWaits(at, sweep, () => putOnHold(at))).toEqual({ purged: 0 });
        expect(await folders(at)).toEqual({ [RECOVERABLE]: 2 });
      },
      {},
      expunging,
    ));

  test('a hold that is set while a hard delete waits for the mailbox stops it', () =>
    withSetting(async (at) => {
      const { ids } = await appendCampaign(at, at.server.port, [[ANN, 'INBOX']]);
      const refs = await refsOf(at, ids);
      const reports = await whileItWaits(
        at,
        () => at.provider.hardDelete(refs, stamp()),
        () => putOnHold(at),
      );
      expect(reports).toMatchObject([{ moved: false, error: 'onHold', seen: { folder: 'inbox', removedBy: null } }]);
      expect(await folders(at)).toEqual({ INBOX: 1 });
    }));

  test('a hold that is set while a hard delete compares the content stops it', () =>
    withSetting(async (at) => {
      const { ids } = await appendCampaign(at, at.server.port, [[ANN, 'INBOX']]);
      const refs = await refsOf(at, ids);
      const { leases } = at.store;
      const acquire = leases.acquire.bind(leases);
      jest.spyOn(leases, 'acquire').mockImplementation(async (mailbox) => {
        const lease = await acquire(mailbox);
        return Object.assign(Object.create(lease) as typeof lease, {
          // Written when all are compared, and before anything is deleted.
          async intend(...args: Parameters<typeof lease.intend>) {
            await lease.intend(...args);
            await putOnHold(at);
          },
        });
      });
      expect(await at.provider.hardDelete(refs, stamp())).toMatchObject([{ moved: false, error: 'onHold' }]);
      expect(await folders(at)).toEqual({ INBOX: 1 });
      // Nothing is about to be done with it any more.
      await until(async () => (await leases.collection.findOne({ _id: ANN }))?.begun?.length === 0);
    }));
});

describeWithDovecot('signing in', () => {
  let tokens: Server;
  let url = '';

  beforeAll(async () => {
    tokens = createServer((request, response) => {
      const ok = request.headers.authorization === 'Bearer good-token' || request.url?.includes('good-token') === true;
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(ok ? { active: true, username: ANN } : { active: false }));
    });
    url = `http://127.0.0.1:${await listenAnywhere(tokens)}/?token=`;
  });

  afterAll(() => new Promise((resolve) => tokens.close(resolve)));

  test.each([
    ['with an access token', { method: 'oauth2', token: { env: 'TEST_TOKEN' } }, 'ok'],
    ['with a token that is not good', { method: 'oauth2', token: { env: 'TEST_BAD_TOKEN' } }, 'loginRefused'],
    ["with the mailbox's own password", { method: 'password', password: { env: 'TEST_PASSWORD' } }, 'ok'],
  ] as const)('%s', async (_how, auth, health) => {
    process.env['TEST_TOKEN'] = 'good-token';
    process.env['TEST_BAD_TOKEN'] = 'bad-token';
    process.env['TEST_PASSWORD'] = 'every-user';
    await withSetting(
      async (at) => {
        await indexAll(at);
        expect((await at.store.mailboxes.byAddress(ANN))?.imap?.health).toBe(health);
      },
      { introspectionUrl: url, ...NO_PENALTY },
      { auth },
    );
  });
});
