import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DovecotOptions } from '../../embedded/dovecot-config';
import { type MoveReport } from '../../mail/provider';
import { BOTH_ON, ended, investigationOf, parts, raise, setSettings } from '../support/cases';
import { actAs, append, describeWithDovecot, setRights, startTestDovecot, WITH_RIGHTS } from '../support/dovecot';
import { createHarness, until } from '../support/harness';
import { appendCampaign, imapConfig, indexAll } from '../support/imap-mailboxes';
import {
  ANN,
  anotherWorker,
  folders,
  RECOVERABLE,
  refsBack,
  refsOf,
  type Setting,
  stamp,
  withSetting,
} from '../support/imap-setting';
import { mail } from '../support/mail';

async function codesOf({ imap }: Pick<Setting, 'imap'>): Promise<string[]> {
  return ((await imap[0]?.check(ANN))?.findings ?? []).map(({ code }) => code);
}

/** Where the index has the messages, and who has removed them. */
async function known({ store }: Pick<Setting, 'store'>): Promise<(string | null)[][]> {
  const found = await store.messages.collection.find({}).sort({ _id: 1 }).toArray();
  return found.map(({ folder, removedBy }) => [folder, removedBy]);
}

function outcomes(reports: readonly MoveReport[]): (string | boolean)[] {
  return reports.map(({ moved, error }) => error ?? moved);
}

async function restored(at: Setting, ids: readonly string[], jobId: string): Promise<MoveReport[]> {
  const refs = await refsBack(at, ids);
  return at.provider.restore(refs, jobId, stamp());
}

const INBOX = (count: number) => Array.from({ length: count }, () => [ANN, 'INBOX'] as const);

describeWithDovecot('a folder that the server does not open for a moment', () => {
  test('is neither empty nor deleted: what is in it waits, and the index keeps it', () =>
    withSetting(async (at) => {
      const { ids } = await appendCampaign(at, at.server.port, INBOX(1));
      const refs = await refsOf(at, ids);
      at.proxy.rewrite({
        up: (said) => said.replace(/^(\S+) (SELECT|EXAMINE) INBOX\r\n/gm, '$1 $2 none\r\n'),
        down: (said) => said.replace(/^(\S+) NO \[NONEXISTENT\][^\r]*/gm, '$1 NO [UNAVAILABLE] Try again later'),
      });
      expect(await at.provider.softDelete(refs, stamp())).toMatchObject([
        { moved: false, error: 'unreachable', retryable: true },
      ]);
      expect(await at.provider.locate(refs)).toMatchObject([{ found: true, folder: 'inbox', unreachable: true }]);
      at.proxy.rewrite({});
      await indexAll(at);
      await indexAll(at);
      expect(await known(at)).toEqual([['inbox', null]]);
      expect(outcomes(await at.provider.softDelete(await refsOf(at, ids), stamp()))).toEqual([true]);
      expect(await folders(at)).toEqual({ [RECOVERABLE]: 1 });
    }));

  test('holds up its removal until it is opened again, and no mail counts as gone', async () => {
    const server = await startTestDovecot();
    const harness = await createHarness({ mail: [imapConfig(server.port, [ANN])] });
    const dir = join(server.dir, 'mail', ANN, '.Kunden');
    try {
      await setSettings(harness, BOTH_ON);
      const { file } = await appendCampaign(harness, server.port, [[ANN, 'Kunden']]);
      chmodSync(dir, 0o000);
      await harness.startWorker();
      const { id } = await raise(harness, [file]);
      const ledger = async () => {
        const [action] = await harness.store.actions.of(id);
        return action === undefined ? [] : harness.store.ledger.rows(action._id, {}, null, 10);
      };
      const isTriedAgain = async (): Promise<boolean> => {
        const { raw } = await harness.client.workflow.getHandle(`investigation/${id}`).describe();
        return (raw.pendingActivities ?? []).some(({ attempt }) => (attempt ?? 0) > 1);
      };
      await until(isTriedAgain);
      expect((await ledger()).map(({ outcome }) => outcome)).toEqual(['open']);
      chmodSync(dir, 0o700);
      const { investigation, actions } = await ended(harness, id);
      expect([investigation.status, actions[0]?.outcomes]).toMatchObject(['Remediated', { removed: 1 }]);
      expect(await folders({ server })).toEqual({ [RECOVERABLE]: 1 });
      expect((await investigationOf(harness, id)).status).toBe('Remediated');
    } finally {
      chmodSync(dir, 0o700);
      await harness.close();
      await server.remove();
    }
  });

  test('that is not the one a message left leaves open whether the message is in it', () =>
    withSetting(async (at) => {
      const { ids } = await appendCampaign(at, at.server.port, INBOX(1));
      await actAs(at.server.port, ANN, async (client) => {
        await client.mailboxCreate('Projekte');
        await client.mailboxOpen('INBOX');
        await client.messageMove('1:*', 'Projekte');
      });
      at.proxy.rewrite({
        up: (said) => said.replace(/^(\S+) (SELECT|EXAMINE) Projekte\r\n/gm, '$1 $2 none\r\n'),
        down: (said) => said.replace(/^(\S+) NO \[NONEXISTENT\][^\r]*/gm, '$1 NO [SERVERBUG] Internal error'),
      });
      expect(await at.provider.locate(await refsOf(at, ids))).toMatchObject([{ folder: 'inbox', unreachable: true }]);
      at.proxy.rewrite({});
      expect(await at.provider.locate(await refsOf(at, ids))).toMatchObject([{ folder: 'Projekte' }]);
    }));
});

describeWithDovecot('a folder that the server does not open for long', () => {
  test('keeps no other out of the index, which is not up to date then, and what may be in it does not count as gone', () =>
    withSetting(async (at) => {
      const { ids } = await appendCampaign(at, at.server.port, [
        [ANN, 'INBOX'],
        [ANN, 'Kunden'],
      ]);
      const indexedAt = async () => (await at.store.mailboxes.byAddress(ANN))?.imap?.indexedAt;
      const before = await indexedAt();
      await actAs(at.server.port, ANN, async (client) => {
        await client.mailboxOpen('INBOX');
        await client.messageMove('1:*', 'Kunden');
      });
      const dir = join(at.server.dir, 'mail', ANN, '.Kunden');
      await at.close();
      chmodSync(dir, 0o000);
      const again = anotherWorker(at);
      try {
        await append(at.server.port, ANN, { raw: mail({ id: 'new' }) });
        for (let round = 0; round < 3; round++) await indexAll(again);
        const folderOf = async (id = ''): Promise<unknown> => (await at.store.messages.byId(id))?.folder;
        expect(await at.store.messages.collection.countDocuments({ folder: 'inbox' })).toBe(2);
        expect([await folderOf(ids[0]), await folderOf(ids[1])]).toEqual(['inbox', 'Kunden']);
        expect(await indexedAt()).toEqual(before);
        chmodSync(dir, 0o700);
        for (let round = 0; round < 2; round++) await indexAll(again);
        expect([await folderOf(ids[0]), await folderOf(ids[1])]).toEqual(['Kunden', 'Kunden']);
        expect(await at.store.messages.collection.countDocuments({})).toBe(3);
        expect((await indexedAt())?.getTime()).toBeGreaterThan(before?.getTime() ?? 0);
      } finally {
        chmodSync(dir, 0o700);
        await again.close();
      }
    }));
});

describeWithDovecot('a move of which the server says too little, or something else', () => {
  const without = /\[COPYUID \d+ \S+ \S+\] /g;
  const CASES: readonly (readonly [string, (said: string) => string])[] = [
    ['nothing of where the messages are', (said) => said.replace(without, '')],
    [
      'that it failed, after it has moved them',
      (said) => said.replace(/^(\S+) OK (\[HIGHESTMODSEQ \d+\] )?Move completed/gm, '$1 NO Internal error'),
    ],
    [
      'that they are where another mail was before',
      (said) => said.replace(/COPYUID (\d+) (\S+) (\S+)\]/g, 'COPYUID $1 1 1]'),
    ],
  ];
  test.each(CASES)('says %s: they are found by their content, as removed by us, and put back', (_what, down) =>
    withSetting(async (at) => {
      await appendCampaign(at, at.server.port, [[ANN, RECOVERABLE]]);
      const { ids } = await appendCampaign(at, at.server.port, INBOX(3));
      const { jobId, at: when } = stamp();
      at.proxy.rewrite({ down });
      expect(outcomes(await at.provider.softDelete(await refsOf(at, ids), { jobId, at: when }))).toEqual([
        ...[true, true, true],
      ]);
      at.proxy.rewrite({});
      expect(await folders(at)).toEqual({ [RECOVERABLE]: 4 });
      const owners = (await at.store.messages.byIds(ids)).map(({ removedBy }) => removedBy);
      expect(owners).toEqual([jobId, jobId, jobId]);
      expect(outcomes(await restored(at, ids, jobId))).toEqual([true, true, true]);
      expect(await folders(at)).toEqual({ INBOX: 3, [RECOVERABLE]: 1 });
    }),
  );

  test('is found out by the probe', () =>
    withSetting(async (at) => {
      at.proxy.rewrite({ down: (said) => said.replace(without, '') });
      expect(await codesOf(at)).toEqual(['noCopyuid']);
    }));

  test('and that leaves a copy where it was to go: it is deleted again, and is not asked for once more', () =>
    withSetting(async (at) => {
      const { ids } = await appendCampaign(at, at.server.port, INBOX(5));
      const twin = mail({ ...parts('twin'), id: 'twin', to: ANN });
      await append(at.server.port, ANN, { folder: RECOVERABLE, raw: twin });
      let asked = 0;
      at.proxy.rewrite({
        up: (said) =>
          said.replace(/^(\S+) UID MOVE/gm, (_line, tag: string) => {
            asked++;
            return `${tag} UID COPY`;
          }),
        down: (said) => said.replace(/^(\S+) OK [^\r]*Copy completed[^\r]*/gm, '$1 NO Internal error'),
      });
      expect(outcomes(await at.provider.softDelete(await refsOf(at, ids), stamp()))).toEqual(ids.map(() => 'copyKept'));
      expect(asked).toBe(1);
      expect(await folders(at)).toEqual({ INBOX: 5, [RECOVERABLE]: 1 });
      expect((await known(at)).slice(-5)).toEqual(ids.map(() => ['inbox', null]));
    }));

  /**
   * The first move of four mails is refused, while another mail comes to where they were to go; the next SELECT of a folder
   * then has another name. Answers the sets that are asked for.
   */
  async function refuseFirst(at: Setting, [folder, as]: readonly [string, string], code = 'NONEXISTENT') {
    const { ids } = await appendCampaign(at, at.server.port, INBOX(4));
    await append(at.server.port, ANN, { raw: mail({ id: 'other' }) });
    const sets: string[] = [];
    let isOther = false;
    at.proxy.rewrite({
      up: (said) =>
        said
          .replace(/^(\S+) UID MOVE (\S+)/gm, (line, tag: string, set: string) => {
            isOther = sets.push(set) === 1;
            return isOther ? `${tag} UID COPY 5` : line;
          })
          .replace(/^(\S+) SELECT "?([^"\r]+)"?\r\n/gm, (line, tag: string, path: string) => {
            if (!isOther || path !== folder) return line;
            isOther = false;
            return `${tag} SELECT ${as}\r\n`;
          }),
      down: (said) =>
        said
          .replace(/^(\S+) OK [^\r]*Copy completed[^\r]*/gm, '$1 NO Internal error')
          .replace(/^(\S+) NO Mailbox doesn't exist/gm, `$1 NO [${code}] Mailbox doesn't exist`),
    });
    return { refs: await refsOf(at, ids), sets };
  }

  const WAITS = { moved: false, error: 'unreachable', retryable: true };

  test('and whose target is gone when it is looked into: the server is asked for each part all the same', () =>
    withSetting(async (at) => {
      const { refs, sets } = await refuseFirst(at, [RECOVERABLE, 'none']);
      expect(outcomes(await at.provider.softDelete(refs, stamp()))).toEqual([true, true, true, true]);
      expect(sets).toEqual(['1:4', '1:2', '3:4']);
      expect(await folders(at)).toEqual({ INBOX: 1, [RECOVERABLE]: 5 });
    }));

  test('and whose target is shut when it is looked into: nothing more is asked, nothing is told as refused, all waits', () =>
    withSetting(async (at) => {
      const { refs, sets } = await refuseFirst(at, [RECOVERABLE, 'none'], 'UNAVAILABLE');
      expect(await at.provider.softDelete(refs, stamp())).toMatchObject([WAITS, WAITS, WAITS, WAITS]);
      expect(sets).toEqual(['1:4']);
      expect(outcomes(await at.provider.softDelete(refs, stamp()))).toEqual([true, true, true, true]);
    }));

  test.each([
    ['another folder', 'Drafts'],
    ['gone', 'none'],
  ])('and whose source is %s then: what has the same numbers elsewhere is left alone, and all waits', (_what, as) =>
    withSetting(async (at) => {
      await append(at.server.port, ANN, { folder: 'Drafts', raw: mail({ id: 'draft' }) });
      const { refs, sets } = await refuseFirst(at, ['INBOX', as]);
      expect(await at.provider.softDelete(refs, stamp())).toMatchObject([WAITS, WAITS, WAITS, WAITS]);
      expect(sets).toEqual(['1:4']);
      expect(await folders(at)).toEqual({ INBOX: 5, Drafts: 1, [RECOVERABLE]: 1 });
    }),
  );
});

describeWithDovecot('a server without MOVE or UIDPLUS', () => {
  const all =
    'IMAP4rev1 SASL-IR ID ENABLE IDLE LITERAL+ NAMESPACE SPECIAL-USE CHILDREN LIST-EXTENDED LIST-STATUS ESEARCH';
  const having = (more: string): Partial<DovecotOptions> => ({ extra: [`imap_capability = ${all}${more}`] });

  test.each([
    ['neither', '', 'noMove'],
    ['no UIDPLUS', ' MOVE', 'noUidplus'],
    ['no MOVE', ' UIDPLUS', 'noMove'],
  ])('(%s) is asked to move nothing, by nobody: what its user has flagged as deleted stays', (_what, more, code) =>
    withSetting(async (at) => {
      const { ids } = await appendCampaign(at, at.server.port, INBOX(1));
      await append(at.server.port, ANN, { raw: mail({ id: 'own' }), flags: ['\\Deleted'] });
      expect(await codesOf(at)).toContain(code);
      expect(outcomes(await at.provider.softDelete(await refsOf(at, ids), stamp()))).toEqual([code]);
      expect(await folders(at)).toEqual({ INBOX: 2 });
    }, having(more)),
  );
});

describeWithDovecot('a server that counts bytes in its own way', () => {
  test('has its mail removed, found again where its user has put it, and put back', () =>
    withSetting(async (at) => {
      at.proxy.rewrite({
        down: (said) => said.replace(/RFC822\.SIZE (\d+)/g, (_said, n: string) => `RFC822.SIZE ${Number(n) + 1}`),
      });
      const { ids } = await appendCampaign(at, at.server.port, INBOX(2));
      const { jobId, at: when } = stamp();
      expect(outcomes(await at.provider.softDelete(await refsOf(at, ids), { jobId, at: when }))).toEqual([true, true]);
      await indexAll(at);
      expect(await known(at)).toEqual(ids.map(() => ['recoverableitemsdeletions', jobId]));
      expect(outcomes(await restored(at, ids, jobId))).toEqual([true, true]);
      await actAs(at.server.port, ANN, async (client) => {
        await client.mailboxCreate('Projekte');
        await client.mailboxOpen('INBOX');
        await client.messageMove('1:*', 'Projekte');
      });
      const seen = await at.provider.locate(await refsOf(at, ids));
      expect(seen.map(({ folder }) => folder)).toEqual(['Projekte', 'Projekte']);
      expect(await at.store.messages.collection.countDocuments({})).toBe(2);
    }));
});

const withoutCodes = (said: string): string =>
  said.replace(/^(\S+ NO) \[(?:ALREADYEXISTS|NONEXISTENT|NOPERM|OVERQUOTA)\]/gm, '$1');

describeWithDovecot('a server that says no without a code, as Cyrus does', () => {
  test('has its mailboxes found safe also where the recoverable folder is there already', () =>
    withSetting(async (at) => {
      at.proxy.rewrite({ down: withoutCodes });
      expect(await codesOf(at)).toEqual([]);
      expect(await codesOf(at)).toEqual([]);
    }));

  test('holds up nothing else by a folder that it does not open for us', () =>
    withSetting(async (at) => {
      const { ids } = await appendCampaign(at, at.server.port, [
        [ANN, 'Geschäft'],
        [ANN, 'INBOX'],
      ]);
      await at.close();
      setRights(at.server, ANN, ['Gesch&AOQ-ft'], 'lwste');
      const again = anotherWorker(at);
      try {
        at.proxy.rewrite({ down: withoutCodes });
        const reports = await again.provider.softDelete(await refsOf(at, ids), stamp());
        expect(outcomes(reports)).toEqual(['notPermitted', true]);
      } finally {
        await again.close();
      }
    }, WITH_RIGHTS));
});

describeWithDovecot('a server that tells of flags beside what it is asked for', () => {
  const ANSWER = /^(\* \d+ FETCH \(UID \d+ )(.*RFC822\.SIZE.*\))$/gm;
  const CASES = [
    { when: 'before its answer', said: '$1FLAGS (\\Seen))\r\n$1$2' },
    { when: 'after its answer', said: '$1$2\r\n$1FLAGS (\\Seen))' },
  ];

  test.each(CASES)('$when keeps no mail out of the index', ({ said }) =>
    withSetting(async (at) => {
      at.proxy.rewrite({ down: (line) => line.replace(ANSWER, said) });
      const { ids } = await appendCampaign(at, at.server.port, INBOX(3));
      expect((await at.store.messages.byIds(ids)).map(({ folder }) => folder)).toEqual(['inbox', 'inbox', 'inbox']);
    }),
  );

  test.each(CASES)('$when keeps no mail from being found by its size', ({ said }) =>
    withSetting(async (at) => {
      const nameless = Buffer.from(
        mail({ ...parts('nameless') })
          .toString()
          .replace(/^Message-ID: .*\r\n/m, ''),
      );
      const { ids } = await appendCampaign(at, at.server.port, INBOX(1), { raw: () => nameless });
      await actAs(at.server.port, ANN, async (client) => {
        await client.mailboxCreate('Mine');
        await client.mailboxOpen('INBOX');
        await client.messageMove('1:*', 'Mine');
      });
      at.proxy.rewrite({ down: (line) => line.replace(ANSWER, said) });
      expect(await at.provider.locate(await refsOf(at, ids))).toMatchObject([{ folder: 'Mine', purged: false }]);
    }),
  );
});

describeWithDovecot('a folder that mail cannot be put back into', () => {
  test('although the server says that it only has to be made: it is made once, and the mail stays where it is', () =>
    withSetting(async (at) => {
      await actAs(at.server.port, ANN, (client) => client.mailboxCreate('Blind'));
      const { ids } = await appendCampaign(at, at.server.port, [[ANN, 'Blind']]);
      const { jobId, at: when } = stamp();
      expect(outcomes(await at.provider.softDelete(await refsOf(at, ids), { jobId, at: when }))).toEqual([true]);
      await at.close();
      writeFileSync(join(at.server.dir, 'mail', ANN, '.Blind', 'dovecot-acl'), 'owner ktex\n');
      await at.server.stop();
      await at.server.start();
      const again = anotherWorker(at);
      const [ref] = await refsOf(at, ids);
      if (ref === undefined) throw new Error('There is no message');
      const report = await again.provider.restore([{ ...ref, toFolder: 'Blind' }], jobId, stamp());
      expect(outcomes(report)).toEqual(['refused']);
      expect(await folders(at)).toEqual({ [RECOVERABLE]: 1 });
      await again.close();
    }, WITH_RIGHTS));
});
