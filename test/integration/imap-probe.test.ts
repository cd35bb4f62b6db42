import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProviders, registerMailboxes } from '../../cli/providers';
import { fingerprintOf } from '../../mail/imap/fingerprint';
import { type ImapUpkeep } from '../../mail/imap/round';
import { type ImapConfig } from '../../mail/config';
import {
  actAs,
  append,
  converse,
  describeWithDovecot,
  NO_PENALTY,
  PASSWORD,
  setRights,
  startTestDovecot,
  WITH_RIGHTS,
  withQuota,
} from '../support/dovecot';
import { BOTH_ON, foldersOf, raise, setSettings } from '../support/cases';
import { startCuttingProxy } from '../support/cutting-proxy';
import { createHarness, until } from '../support/harness';
import { appendCampaign, imapConfig, indexAll } from '../support/imap-mailboxes';
import { mail } from '../support/mail';
import { startRewritingProxy } from '../support/rewriting-proxy';
import {
  ANN,
  anotherWorker,
  clock,
  findingsOf,
  folders,
  RECOVERABLE,
  refsOf,
  type Setting,
  stamp,
  withSetting,
} from '../support/imap-setting';

const MINUTE = 60_000;

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
      const config = imapConfig(server.port, [ANN]);
      await registerMailboxes([config], { store, clock });
      const withUpkeep = async (port: number, now: Date, work: (at: ImapUpkeep) => Promise<void>): Promise<void> => {
        const providers = createProviders([{ ...config, port }], {
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
        const isDue = (at: Date): Promise<boolean> => store.mailboxes.probeDue(ANN, fingerprintOf(config), at);
        expect([await isDue(new Date(began.getTime() + 2000)), await isDue(hour)]).toEqual([false, true]);
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

  test('tells of a folder that may not be read, and is not ended by it', () =>
    withSetting(async (at) => {
      await actAs(at.server.port, ANN, (client) => client.mailboxCreate('Shut'));
      setRights(at.server, ANN, ['Shut'], 'lwste');
      expect(await findingsOf(at)).toEqual({ rights: true, folderShut: true });
      await indexAll(at);
      expect((await at.store.mailboxes.byAddress(ANN))?.imap?.health).toBe('ok');
    }, WITH_RIGHTS));

  test('tells of a recoverable folder that nothing may be put into, and is not ended by it', () =>
    withSetting(async (at) => {
      await actAs(at.server.port, ANN, (client) => client.mailboxCreate(RECOVERABLE));
      setRights(at.server, ANN, [RECOVERABLE], 'lrwste');
      expect(await findingsOf(at)).toEqual({ noAppend: true, rights: true });
      await indexAll(at);
      expect((await at.store.mailboxes.byAddress(ANN))?.imap?.health).toBe('ok');
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

describeWithDovecot('a mailbox that was never probed', () => {
  /** Of one mail in the inbox, after a round: how many are in the index, how the mailbox is, and what the probe has found. */
  async function afterRound(at: Setting): Promise<unknown> {
    await append(at.server.port, ANN, { raw: mail({ id: 'waits' }) });
    await indexAll(at);
    const { health, probe, openProbes } = (await at.store.mailboxes.byAddress(ANN))?.imap ?? {};
    const indexed = await at.store.messages.collection.countDocuments({});
    return { indexed, health, openProbes, findings: probe?.findings.map(({ code, unsafe }) => [code, unsafe]) };
  }

  test('and has a folder that cannot be opened is indexed without it, and is not safe', () =>
    withSetting(async (at) => {
      await actAs(at.server.port, ANN, (client) => client.mailboxCreate('Kunden'));
      const dir = join(at.server.dir, 'mail', ANN, '.Kunden');
      chmodSync(dir, 0o000);
      try {
        expect(await afterRound(at)).toEqual({
          ...{ indexed: 1, health: 'ok', openProbes: [] },
          findings: [['folderShut', true]],
        });
        // Of what is in the folder the index knows nothing: clusters say so.
        expect(await at.store.mailboxes.counts(clock())).toMatchObject({ stale: 1 });
      } finally {
        chmodSync(dir, 0o700);
      }
      expect(await folders(at)).toEqual({ INBOX: 1 });
      expect(await findingsOf(at)).toEqual({});
    }));

  test('and was not safe is probed again by rounds of an hour later', () =>
    withSetting(async (at) => {
      await actAs(at.server.port, ANN, (client) => client.mailboxCreate(RECOVERABLE));
      setRights(at.server, ANN, [RECOVERABLE], 'lrwste');
      await indexAll(at);
      const later = async (ms: number): Promise<string | null | undefined> => {
        const others = anotherWorker(at, {}, () => new Date(Date.now() + ms));
        await indexAll(others);
        await others.close();
        return (await at.store.mailboxes.unsafe([ANN])).get(ANN)?.whole;
      };
      setRights(at.server, ANN, [RECOVERABLE], 'lrwstie');
      expect(await later(50 * MINUTE)).toContain('A test message cannot be put into');
      expect(await later(70 * MINUTE)).toBeNull();
    }, WITH_RIGHTS));

  test('and is full is indexed, and is not safe: nothing of the probe is left', () =>
    withSetting(async (at) => {
      expect(await afterRound(at)).toEqual({
        ...{ indexed: 1, health: 'ok', openProbes: [] },
        findings: [['noAppend', true]],
      });
      expect(await folders(at)).toEqual({ INBOX: 1 });
    }, withQuota('messages=1')));

  test('and whose server does not tell the number of a new mail keeps none of the probe', () =>
    withSetting(async (at) => {
      at.proxy.rewrite({ down: (said) => said.replace(/\[APPENDUID [^\]]*\] /g, '') });
      expect(await afterRound(at)).toEqual({
        ...{ indexed: 1, health: 'ok', openProbes: [] },
        findings: [['noAppend', true]],
      });
      expect(await folders(at)).toEqual({ INBOX: 1 });
    }));

  test('and sees a folder of another that it may not read is indexed, and is safe', () =>
    withSetting(
      async (at) => {
        await converse(at.server.port, 'bob@corp.example', ['CREATE Team', `SETACL Team ${ANN} l`]);
        const seen = await actAs(at.server.port, ANN, (client) => client.list({ listOnly: true }));
        expect(seen.map(({ path }) => path)).toContain('shared/bob@corp.example/Team');
        expect(await afterRound(at)).toEqual({ indexed: 1, health: 'ok', openProbes: [], findings: [] });
      },
      { ...WITH_RIGHTS, layout: 'maildir-fs', shared: true },
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
      const others = anotherWorker(at, wrong);
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
      const others = anotherWorker(at, config, () => new Date(now));
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
