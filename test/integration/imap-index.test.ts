import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProviders, registerMailboxes } from '../../cli/providers';
import { createImap } from '../../mail/imap/create';
import { actAs, append, converse, describeWithDovecot, makeIndexAnew, WITH_RIGHTS } from '../support/dovecot';
import { appendCopies, indexAll } from '../support/imap-mailboxes';
import { ANN, anotherWorker, clock, imapDeps, type Setting, slowClock, withSetting } from '../support/imap-setting';
import { mail } from '../support/mail';

const BOB = 'bob@corp.example';

/** Where the index has each mail, in the order in which they came. */
async function known({ store }: Pick<Setting, 'store'>): Promise<string[]> {
  const found = await store.messages.collection.find({}).sort({ _id: 1 }).toArray();
  return found.map(({ folder }) => folder);
}

async function appendTo({ server }: Pick<Setting, 'server'>, folder: string, mails = 1): Promise<void> {
  if (folder !== 'INBOX') await actAs(server.port, ANN, (client) => client.mailboxCreate(folder));
  for (let at = 0; at < mails; at++) await append(server.port, ANN, { folder, raw: mail({ id: `${folder}-${at}` }) });
}

describeWithDovecot('a mail that its user has moved, and that is fenced for an action while a round finds it', () => {
  test('is found by the next round, and does not count as gone', () =>
    withSetting(async (at) => {
      const { store, config } = at;
      await appendTo(at, 'INBOX');
      await indexAll(at);
      await actAs(at.server.port, ANN, async (client) => {
        await client.mailboxCreate('Work');
        await client.mailboxOpen('INBOX');
        await client.messageMove('1:*', 'Work');
      });
      const deps = imapDeps(at);
      const ids = (await store.messages.collection.find({}).toArray()).map(({ _id }) => _id);
      let fenced: Promise<void> | null = null;
      const { upkeep, close } = createImap(config, {
        ...deps,
        index: {
          ...deps.index,
          async arrive(batch) {
            if (batch.changes.length > 0) await (fenced ??= deps.index.fence(ids));
            return deps.index.arrive(batch);
          },
        },
      });
      await upkeep.index(0);
      await close();
      expect(fenced).not.toBeNull();
      await indexAll(at);
      await indexAll(at);
      expect(await known(at)).toEqual(['Work']);
    }));
});

describeWithDovecot('a folder that its user renames while a round is under way', () => {
  test('is not empty: mail that was moved there before does not count as gone, and is found under the new name', () =>
    withSetting(async (at) => {
      await appendTo(at, 'INBOX');
      await actAs(at.server.port, ANN, (client) => client.mailboxCreate('Work'));
      await indexAll(at);
      await actAs(at.server.port, ANN, async (client) => {
        await client.mailboxOpen('INBOX');
        await client.messageMove('1:*', 'Work');
      });
      const path = (name: string): string => join(at.server.dir, 'mail', ANN, `.${name}`);
      let [from, to] = ['Work', 'Work later'];
      const moves: string[] = [];
      // In each of two rounds, after the folders were listed and before this one is read.
      at.proxy.rewrite({
        up(said) {
          if (moves.length < 2 && new RegExp(`EXAMINE "?${from}"?\\r`).test(said)) {
            renameSync(path(from), path(to));
            moves.push(to);
            [from, to] = [to, 'Work done'];
          }
          return said;
        },
      });
      for (let round = 0; round < 2; round++) await indexAll(at);
      expect([moves, await known(at)]).toEqual([['Work later', 'Work done'], ['inbox']]);
      await indexAll(at);
      expect(await known(at)).toEqual(['Work done']);
    }));
});

describeWithDovecot('a server that has begun anew to count the changes of a folder', () => {
  test('is not asked for what has changed since: what its user has deleted meanwhile counts as gone', () =>
    withSetting(async (at) => {
      await appendTo(at, 'INBOX', 3);
      await actAs(at.server.port, ANN, async (client) => {
        await client.mailboxOpen('INBOX');
        for (let time = 0; time < 10; time++) {
          await client.messageFlagsAdd('1:*', ['\\Seen']);
          await client.messageFlagsRemove('1:*', ['\\Seen']);
        }
      });
      await indexAll(at);
      await actAs(at.server.port, ANN, async (client) => {
        await client.mailboxOpen('INBOX');
        await client.messageDelete('1');
      });
      await makeIndexAnew(at.server, ANN);
      for (let round = 0; round < 2; round++) await indexAll(at);
      expect(await known(at)).toEqual(['recoverableitemspurges', 'inbox', 'inbox']);
    }));
});

describeWithDovecot('a mail', () => {
  test('of which the server gives no date that can be read is in the index, as one that has just come', () =>
    withSetting(async (at) => {
      await appendTo(at, 'INBOX');
      const began = Date.now();
      at.proxy.rewrite({
        down: (said) => said.replace(/INTERNALDATE "[^"]*"/g, 'INTERNALDATE "31-Foo-2026 99:00:00 +0000"'),
      });
      await indexAll(at);
      expect(await known(at)).toEqual(['inbox']);
      const [found] = await at.store.messages.collection.find({}).toArray();
      expect(found?.receivedAt.getTime()).toBeGreaterThanOrEqual(began);
    }));

  test.each([
    ['what is asked first', /^\* 2 FETCH [^\r]*RFC822.SIZE[^\r]*\r\n/gm],
    ['its content', /^\* 2 FETCH \(UID 2 (MODSEQ \(\d+\) )?BODY\[\] \{\d+\}\r\n[^]*?\r\n\)\r\n/gm],
  ])(
    'that the server leaves out of its answer for %s is not taken as gone, and is indexed by a later round',
    (_what, line) =>
      withSetting(async (at) => {
        await appendTo(at, 'INBOX', 3);
        const unreadable = async () => (await at.store.mailboxes.byAddress(ANN))?.imap?.unreadable;
        at.proxy.rewrite({ down: (said) => said.replace(line, '') });
        await indexAll(at);
        expect([await known(at), await unreadable()]).toEqual([['inbox', 'inbox'], 1]);
        at.proxy.rewrite({});
        await indexAll(at);
        expect([await known(at), await unreadable()]).toEqual([['inbox', 'inbox', 'inbox'], 0]);
      }),
  );
});

describeWithDovecot('a server that does not say for a moment which folders are whose', () => {
  test('is away: what others have shared is not taken for folders of the mailbox itself', () =>
    withSetting(
      async (at) => {
        await converse(at.server.port, BOB, ['CREATE Team', `SETACL Team ${ANN} lrwsite`]);
        await append(at.server.port, BOB, { folder: 'Team', raw: mail({ id: 'shared' }) });
        const health = async () => (await at.store.mailboxes.byAddress(ANN))?.imap?.health;
        at.proxy.rewrite({ up: (said) => said.replace(/^(\S+) NAMESPACE\r\n/gm, '$1 STATUS nowhere (MESSAGES)\r\n') });
        await indexAll(at);
        expect([await health(), await known(at)]).toEqual(['unreachable', []]);
        at.proxy.rewrite({});
        await indexAll(at);
        expect([await health(), await known(at)]).toEqual(['ok', []]);
      },
      { ...WITH_RIGHTS, layout: 'maildir-fs', shared: true },
    ));
});

describeWithDovecot('a folder that the server refuses to search', () => {
  test('keeps no other out of the index, and the mailbox counts as one with an old index', () =>
    withSetting(async (at) => {
      await indexAll(at);
      const standing = async () => (await at.store.mailboxes.byAddress(ANN))?.imap;
      const before = (await standing())?.indexedAt;
      await appendTo(at, 'Kunden');
      await appendTo(at, 'Projekte');
      let opened = '';
      at.proxy.rewrite({
        up(said) {
          opened = /EXAMINE "?(?<path>[^"\r]+)/.exec(said)?.groups?.['path'] ?? opened;
          return opened === 'Kunden' ? said.replace(/^(\S+ UID SEARCH) UID/gm, '$1 CHARSET none UID') : said;
        },
      });
      await indexAll(at);
      expect([await known(at), (await standing())?.health]).toEqual([['Projekte'], 'ok']);
      expect((await standing())?.indexedAt).toEqual(before);
      at.proxy.rewrite({});
      await indexAll(at);
      expect((await known(at)).sort()).toEqual(['Kunden', 'Projekte']);
    }));
});

describeWithDovecot('a folder', () => {
  /** The numbers of the mails that the index has. */
  async function uids({ store }: Pick<Setting, 'store'>): Promise<unknown[]> {
    const found = await store.messages.collection.find({}).sort({ 'place.uid': 1 }).toArray();
    return found.map(({ place }) => place?.uid);
  }

  test('in which the numbers of mails are far apart is read to its end', () =>
    withSetting(async (at) => {
      await appendTo(at, 'INBOX', 2);
      // The server goes on counting from there.
      await makeIndexAnew(at.server, ANN);
      const list = join(at.server.dir, 'mail', ANN, 'dovecot-uidlist');
      writeFileSync(list, readFileSync(list, 'utf8').replace(/^(3 V\d+ N)\d+/, '$14000000000'));
      await append(at.server.port, ANN, { raw: mail({ id: 'far away' }) });
      await indexAll(at);
      expect(await uids(at)).toEqual([1, 2, 4_000_000_000]);
      await append(at.server.port, ANN, { raw: mail({ id: 'later' }) });
      await indexAll(at);
      expect(await uids(at)).toEqual([1, 2, 4_000_000_000, 4_000_000_001]);
    }));

  test('with much old mail, which is left out, is read to its end, also where new mail is in between', () =>
    withSetting(async (at) => {
      const old = new Date(Date.now() - 40 * 24 * 60 * 60 * 1000);
      const isNew = (nth: number): boolean => nth === 150 || (nth > 300 && nth <= 450) || nth === 800;
      await actAs(at.server.port, ANN, async (client) => {
        for (let nth = 1; nth <= 900; nth++) {
          const raw = mail({ id: `nth-${nth}` });
          await client.append('INBOX', raw, [], isNew(nth) ? new Date() : old);
        }
      });
      await indexAll(at);
      const all = Array.from({ length: 900 }, (_, nth) => nth + 1);
      expect(await uids(at)).toEqual(all.filter(isNew));
    }));
});

describeWithDovecot('a mailbox with more mail than there is time for in a round', () => {
  test('is read over several rounds, keeps no other waiting, and is as it was known until all of it is read', () =>
    withSetting(async ({ server, store, config }) => {
      const both = { ...config, mailboxes: [ANN, BOB], limits: { connections: 1 } };
      await appendCopies(server.port, [ANN], 250);
      await append(server.port, BOB, { raw: mail({ id: 'of Bob' }) });
      await registerMailboxes([both], { store, clock });
      // Whatever is done takes hours.
      const providers = anotherWorker({ store, config: both }, {}, slowClock(2 * 60 * 60 * 1000));
      const round = async () => {
        const back: string[] = [];
        const { indexed } = (await providers.imap[0]?.index(0, async (mailboxes) => {
          back.push(...mailboxes.map(({ mailbox }) => mailbox));
        })) ?? { indexed: -1 };
        const { health, indexedAt } = (await store.mailboxes.byAddress(ANN))?.imap ?? {};
        return { indexed, back, isKnown: health !== 'new' || indexedAt !== null };
      };
      try {
        const rounds = [await round()];
        expect(await store.messages.collection.countDocuments({ mailbox: BOB })).toBe(1);
        while (rounds.at(-1)?.isKnown === false) rounds.push(await round());
        expect(await store.messages.collection.countDocuments({ mailbox: ANN })).toBe(250);
        expect(Math.max(...rounds.map(({ indexed }) => indexed))).toBeLessThanOrEqual(101);
        expect(rounds.flatMap(({ back }) => back)).toEqual([BOB, ANN]);
        expect(rounds.at(-1)?.back).toEqual([ANN]);
        expect(await round()).toEqual({ indexed: 0, back: [], isKnown: true });
      } finally {
        await providers.close();
      }
    }));
});

describeWithDovecot('a mailbox that another worker works with for long', () => {
  test('is not away, and the next round indexes it', () =>
    withSetting(async (at) => {
      await indexAll(at);
      await append(at.server.port, ANN, { raw: mail({ id: 'meanwhile' }) });
      const { leases, mailboxes, messages } = at.store;
      const other = await leases.acquire(ANN);
      const acquire = leases.acquire.bind(leases);
      // Who waits for it gives up soon.
      const waiting = jest.spyOn(leases, 'acquire').mockImplementation((mailbox) => acquire(mailbox, 100));
      try {
        expect(await at.imap[0]?.index(0)).toEqual({ mailboxes: 1, indexed: 0, away: 0 });
      } finally {
        waiting.mockRestore();
        await other.release();
      }
      expect((await mailboxes.byAddress(ANN))?.imap?.health).toBe('ok');
      expect(await at.imap[0]?.index(0)).toEqual({ mailboxes: 1, indexed: 1, away: 0 });
      expect(await messages.collection.countDocuments({})).toBe(1);
    }));
});

describeWithDovecot('a mailbox with which something goes wrong here', () => {
  test('does not hide that others of its batch are back', () =>
    withSetting(async ({ store, config }) => {
      const both = { ...config, mailboxes: [BOB, ANN] };
      await registerMailboxes([both], { store, clock });
      const folders = { ...store.imapFolders, of: (mailbox: string) => failFor(BOB, mailbox, store) };
      const providers = createProviders([both], { store: { ...store, imapFolders: folders }, env: process.env, clock });
      const back: string[] = [];
      try {
        const round = providers.imap[0]?.index(0, async (mailboxes) => {
          back.push(...mailboxes.map(({ mailbox }) => mailbox));
        });
        await expect(round).rejects.toThrow('out of order');
        expect(back).toEqual([ANN]);
      } finally {
        await providers.close();
      }
    }));

  function failFor(broken: string, mailbox: string, { imapFolders }: Pick<Setting['store'], 'imapFolders'>) {
    return mailbox === broken ? Promise.reject(new Error('out of order')) : imapFolders.of(mailbox);
  }
});
