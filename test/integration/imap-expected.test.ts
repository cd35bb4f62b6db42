import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RECOVERABLE_FOLDER } from '../../domain/location';
import { actAs, contentsOf, describeWithDovecot } from '../support/dovecot';
import { appendCampaign, indexAll } from '../support/imap-mailboxes';
import { ANN, folders, RECOVERABLE, refsBack, refsOf, type Setting, stamp, withSetting } from '../support/imap-setting';
import { mail } from '../support/mail';
import { parts } from '../support/cases';

const FLAGS = ['\\Flagged', '\\Seen', '$Forwarded', 'Work'];

/** Mails of equal size with equal flags: enough of them to be asked for together. */
async function sixAlike(at: Setting, flags: readonly string[] = FLAGS): Promise<string[]> {
  const places = Array.from({ length: 6 }, () => [ANN, 'INBOX'] as const);
  const raw = (number: number): Buffer => mail({ ...parts('alike'), id: `alike-${number}`, to: ANN });
  const { ids } = await appendCampaign(at, at.server.port, places, { raw, flags });
  return [...ids];
}

async function remove(at: Setting, ids: readonly string[]): Promise<{ moved: number; back: () => Promise<number> }> {
  const { jobId, at: now } = stamp();
  const count = (reports: readonly { readonly moved: boolean }[]): number =>
    reports.filter(({ moved }) => moved).length;
  const moved = count(await at.provider.softDelete(await refsOf(at, ids), { jobId, at: now }));
  const back = async (): Promise<number> => {
    const refs = await refsBack(at, ids);
    return count(await at.provider.restore(refs, jobId, stamp()));
  };
  return { moved, back };
}

/** The commands that look at messages, as they are sent from now on. */
function listen(at: Setting): string[] {
  const said: string[] = [];
  at.proxy.rewrite({
    up: (line) => {
      said.push(...(line.match(/UID (?:SEARCH|FETCH) [^\r]*/g) ?? []));
      return line;
    },
  });
  return said;
}

async function setFlags(at: Setting, uid: string, flags: readonly string[]): Promise<void> {
  await actAs(at.server.port, ANN, async (client) => {
    await client.mailboxOpen('INBOX');
    await client.messageFlagsSet(uid, [...flags], { uid: true });
  });
}

describeWithDovecot('many mails that are as they are known', () => {
  test.each([
    { flags: FLAGS, which: 'with flags and keywords' },
    { flags: [], which: 'without any flag' },
  ])('are looked at by searches, and come back flag for flag: $which', ({ flags }) =>
    withSetting(async (at) => {
      const ids = await sixAlike(at, flags);
      const before = await contentsOf(at.server.port, ANN);
      const said = listen(at);
      const { moved, back } = await remove(at, ids);
      expect([moved, await folders(at)]).toEqual([6, { [RECOVERABLE]: 6 }]);
      expect(await back()).toBe(6);
      expect(await contentsOf(at.server.port, ANN)).toEqual(before);
      // Before and after each of the two moves; what is asked for one by one is what has left its folder.
      expect(said.filter((line) => line.startsWith('UID SEARCH'))).toHaveLength(4);
      expect(said.filter((line) => line.startsWith('UID FETCH'))).toHaveLength(2);
    }),
  );
});

describeWithDovecot('among many alike', () => {
  test.each([
    { change: 'another flag', flags: [...FLAGS, '\\Answered'] },
    { change: 'a flag less', flags: FLAGS.slice(1) },
    { change: 'a new keyword', flags: [...FLAGS, 'Later'] },
    { change: 'a keyword less', flags: FLAGS.slice(0, -1) },
  ])('a mail that has got $change since it was indexed has it again when it is back', ({ flags }) =>
    withSetting(async (at) => {
      const ids = await sixAlike(at);
      await setFlags(at, '3', flags);
      const before = await contentsOf(at.server.port, ANN);
      const { moved, back } = await remove(at, ids);
      expect([moved, await back()]).toEqual([6, 6]);
      expect(await contentsOf(at.server.port, ANN)).toEqual(before);
      const { flags: known } = (await at.store.messages.byId(ids[2] ?? '')) ?? {};
      expect(known).toEqual([...flags].sort());
    }),
  );

  test.each([
    ['', false],
    [', also where the index has seen the change', true],
  ])('a mail whose flags its user changes while it is removed has those of before when it is back%s', (_also, seen) =>
    withSetting(async (at) => {
      const ids = await sixAlike(at);
      const before = await contentsOf(at.server.port, ANN);
      const { back } = await remove(at, ids);
      await actAs(at.server.port, ANN, async (client) => {
        await client.mailboxOpen(RECOVERABLE);
        // By its place: the probe has had the first numbers.
        expect(await client.messageFlagsSet('2', ['\\Answered'])).toBe(true);
      });
      expect((await contentsOf(at.server.port, ANN))[RECOVERABLE]?.join()).toContain('Answered');
      if (seen) await indexAll(at);
      expect(await back()).toBe(6);
      expect(await contentsOf(at.server.port, ANN)).toEqual(before);
    }),
  );

  test('a mail that its user has deleted is told as gone, and the others are removed', () =>
    withSetting(async (at) => {
      const ids = await sixAlike(at);
      await actAs(at.server.port, ANN, async (client) => {
        await client.mailboxOpen('INBOX');
        await client.messageDelete('4', { uid: true });
      });
      expect((await remove(at, ids)).moved).toBe(5);
      expect(await at.provider.locate(await refsOf(at, ids.slice(3, 4)))).toMatchObject([{ purged: true }]);
      expect(await folders(at)).toEqual({ [RECOVERABLE]: 5 });
    }));
});

describeWithDovecot('a folder with a keyword that no search can name', () => {
  test('as an older server has left it, loses no flag of any mail', () =>
    withSetting(async (at) => {
      const ids = await sixAlike(at, ['\\Seen']);
      const dir = join(at.server.dir, 'mail', ANN);
      writeFileSync(join(dir, 'dovecot-keywords'), '0 foo]bar\n');
      const [, stays = ''] = /^6 .*:(.+)$/m.exec(readFileSync(join(dir, 'dovecot-uidlist'), 'utf8')) ?? [];
      const file = readdirSync(join(dir, 'cur')).find((name) => name.startsWith(stays)) ?? '';
      renameSync(join(dir, 'cur', file), join(dir, 'cur', `${file}a`));
      const before = await contentsOf(at.server.port, ANN);
      expect(JSON.stringify(before)).toContain('foo]bar');
      const { moved, back } = await remove(at, ids.slice(0, 5));
      expect([moved, await back()]).toEqual([5, 5]);
      expect(await contentsOf(at.server.port, ANN)).toEqual(before);
    }));
});

describeWithDovecot('a server that says of two mails that they are one now', () => {
  test('is not believed: each is found by its content, and comes back', () =>
    withSetting(async (at) => {
      const raw = (number: number): Buffer =>
        mail({ ...parts('twice'), id: number < 4 ? `a${number}` : `b-longer-${number}`, to: ANN });
      const places = Array.from({ length: 8 }, () => [ANN, 'INBOX'] as const);
      const { ids } = await appendCampaign(at, at.server.port, places, { raw });
      const before = await contentsOf(at.server.port, ANN);
      at.proxy.rewrite({
        down: (said) =>
          said.replace(/COPYUID (\d+) 1:8 (\d+):\d+/g, (_all, validity: string, first: string) => {
            const half = `${first}:${Number(first) + 3}`;
            return `COPYUID ${validity} 1:8 ${half},${half}`;
          }),
      });
      const { moved, back } = await remove(at, ids);
      const known = await at.store.messages.collection.find({}).toArray();
      expect(known.map(({ folder }) => folder)).toEqual(ids.map(() => RECOVERABLE_FOLDER));
      expect(new Set(known.map(({ place }) => place?.uid)).size).toBe(8);
      expect([moved, await back()]).toEqual([8, 8]);
      expect(await contentsOf(at.server.port, ANN)).toEqual(before);
    }));
});

describeWithDovecot('a server of another make', () => {
  test.each([
    {
      server: 'refuses to search',
      up: (said: string) => said.replace(/^(\S+) UID SEARCH [^\r]*/gm, '$1 UID SEARCH UNKNOWN'),
      down: (said: string) => said,
    },
    {
      server: 'says that its search finds nothing',
      up: (said: string) => said,
      down: (said: string) => said.replace(/^\* SEARCH [^\r]*/gm, '* SEARCH'),
    },
    {
      server: 'names flags of its own for a folder',
      up: (said: string) => said,
      down: (said: string) => said.replace(/^\* FLAGS \(/gm, '* FLAGS (\\Own '),
    },
    {
      server: 'names keywords that are none',
      up: (said: string) => said,
      down: (said: string) => said.replace(/^\* FLAGS \(/gm, '* FLAGS (M\u00fcller '),
    },
    {
      server: 'names no flags for a folder',
      up: (said: string) => said,
      down: (said: string) => said.replace(/^\* FLAGS \([^)]*\)/gm, '* OK nothing'),
    },
  ])('that $server is asked for each mail, and all come back flag for flag', ({ up, down }) =>
    withSetting(async (at) => {
      const ids = await sixAlike(at);
      const before = await contentsOf(at.server.port, ANN);
      at.proxy.rewrite({ up, down });
      const { moved, back } = await remove(at, ids);
      expect([moved, await back()]).toEqual([6, 6]);
      expect(await contentsOf(at.server.port, ANN)).toEqual(before);
    }),
  );
});
