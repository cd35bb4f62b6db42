import { chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ImapFlow } from 'imapflow';
import { createImap } from '../../mail/imap/create';
import { type MailboxProvider } from '../../mail/provider';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy';
import { actAs, describeWithDovecot } from '../support/dovecot';
import { parts } from '../support/cases';
import { appendCampaign, indexAll } from '../support/imap-mailboxes';
import {
  ANN,
  anotherWorker,
  folders,
  imapDeps,
  RECOVERABLE,
  refsOf,
  type Setting,
  stamp,
  withSetting,
} from '../support/imap-setting';
import { mail } from '../support/mail';

describeWithDovecot('a fault of ours', () => {
  test('is told as it is, and makes no mailbox unreachable', () =>
    withSetting(async (at) => {
      const { ids } = await appendCampaign(at, at.server.port, [[ANN, 'INBOX']]);
      await actAs(at.server.port, ANN, async (client) => {
        await client.mailboxCreate('Mine');
        await client.mailboxOpen('INBOX');
        await client.messageMove('1', 'Mine', { uid: true });
      });
      const fault = new TypeError('a fault of ours');
      const writing = jest.spyOn(at.store.messages.collection, 'bulkWrite').mockRejectedValue(fault);
      const refs = await refsOf(at, ids);
      await expect(at.provider.locate(refs)).rejects.toBe(fault);
      await expect(indexAll(at)).rejects.toBe(fault);
      expect((await at.store.mailboxes.byAddress(ANN))?.imap?.health).toBe('ok');
      writing.mockRestore();
      expect(await at.provider.locate(refs)).toMatchObject([{ folder: 'Mine' }]);
    }));
});

describeWithDovecot('two equal mails in one folder', () => {
  test('of which one is moved and the other deleted: one is found, the other is gone', () =>
    withSetting(async (at) => {
      const raw = mail({ ...parts('equal'), id: 'equal' });
      const places = [ANN, ANN].map((mailbox) => [mailbox, 'INBOX'] as const);
      const { ids } = await appendCampaign(at, at.server.port, places, { raw: () => raw });
      await actAs(at.server.port, ANN, async (client) => {
        await client.mailboxCreate('Mine');
        await client.mailboxOpen('INBOX');
        await client.messageMove('1', 'Mine', { uid: true });
        await client.messageDelete('2', { uid: true });
      });
      const seen = await at.provider.locate(await refsOf(at, ids));
      expect(seen.map(({ folder, unreachable }) => [folder, unreachable]).sort()).toEqual([
        ['Mine', undefined],
        ['recoverableitemspurges', undefined],
      ]);
    }));
});

describeWithDovecot('a worker that dies before a move which it has written down', () => {
  test('has not moved the mail where its user has moved an equal one there', () =>
    withSetting(async (at) => {
      const raw = mail({ ...parts('equal'), id: 'equal' });
      const places = ['INBOX', 'Mine'].map((path) => [ANN, path] as const);
      const { ids } = await appendCampaign(at, at.server.port, places, { raw: () => raw });
      const [stays, goes] = (await refsOf(at, ids)).sort((one) => (one.folder === 'inbox' ? -1 : 1));
      if (stays === undefined || goes === undefined) throw new Error('There are no two messages');
      const dead = await at.store.leases.acquire(ANN);
      await dead.intend([stays.messageId], { ...stamp(), kind: 'move', to: 'deleteditems', actionId: null });
      await dead.release();
      await actAs(at.server.port, ANN, async (client) => {
        await client.mailboxOpen('Mine');
        await client.messageMove('1', 'Trash');
      });
      await indexAll(at);
      expect(await at.provider.locate([stays, goes])).toMatchObject([
        { folder: 'inbox', restoredBy: null },
        { folder: 'deleteditems', restoredBy: null },
      ]);
    }));
});

describeWithDovecot('a round of the index that was frozen while another one was made', () => {
  test('says of no mail that it is not where it is', () =>
    withSetting(async (at) => {
      const { store, config, server } = at;
      const raw = mail({ ...parts('frozen'), id: 'frozen' });
      const { ids } = await appendCampaign(at, server.port, [[ANN, 'Mine']], { raw: () => raw });
      await actAs(server.port, ANN, async (client) => {
        await client.mailboxDelete('Mine');
        await client.mailboxCreate('Mine');
        await client.append('Mine', raw);
      });
      let other: Promise<void> | null = null;
      const makeOther = async (): Promise<void> => {
        // What 30 seconds without a renewal do.
        await store.leases.collection.updateOne({ _id: ANN }, { $set: { until: new Date(0) } });
        await indexAll(at);
      };
      const frozen = createImap(config, {
        ...imapDeps(at),
        folders: {
          ...store.imapFolders,
          async of(mailbox) {
            const rows = await store.imapFolders.of(mailbox);
            await (other ??= makeOther());
            return rows;
          },
        },
        leases: {
          async acquire(mailbox) {
            const lease = await store.leases.acquire(mailbox);
            return Object.assign(Object.create(lease) as typeof lease, {
              check() {
                if (other !== null) throw Object.assign(new Error('It has ended'), { code: 'leaseLost' });
              },
            });
          },
        },
      });
      await frozen.upkeep.index(0);
      await frozen.close();
      for (let round = 0; round < 2; round++) await indexAll(at);
      expect(await at.provider.locate(await refsOf(at, ids))).toMatchObject([{ folder: 'Mine', purged: false }]);
    }));
});

describeWithDovecot('a command that takes too long', () => {
  const HASTE_MS = 1_500;

  /** Works over a proxy, where a command has a second and a half: enough for one that is not held up, on a busy machine too. */
  async function inHaste(
    at: Setting,
    work: (provider: MailboxProvider, proxy: CuttingProxy) => Promise<void>,
  ): Promise<void> {
    const proxy = await startCuttingProxy(at.server.port);
    const hasty = createImap({ ...at.config, port: proxy.port }, { ...imapDeps(at), commandMs: HASTE_MS });
    try {
      await work(hasty.provider, proxy);
    } finally {
      await hasty.close();
      await proxy.close();
    }
  }

  test('is given up also where the server goes on saying that it is there, and the mailbox is free again', () =>
    withSetting(async (at) => {
      const { ids } = await appendCampaign(at, at.server.port, [[ANN, 'INBOX']]);
      const refs = await refsOf(at, ids);
      await inHaste(at, async (provider, proxy) => {
        proxy.talkAfter(/UID MOVE/);
        expect(await provider.softDelete(refs, stamp())).toMatchObject([
          { moved: false, error: 'unreachable', retryable: true },
        ]);
      });
      expect(await at.provider.softDelete(refs, stamp())).toMatchObject([{ moved: true }]);
      expect(await folders(at)).toEqual({ [RECOVERABLE]: 1 });
    }));

  test('is none where it brings a large mail over a slow line', () =>
    withSetting(async (at) => {
      const epilogue = 'as large as that\r\n'.repeat(60_000);
      const raw = Buffer.concat([mail({ ...parts('large'), id: 'large' }), Buffer.from(epilogue)]);
      const { ids } = await appendCampaign(at, at.server.port, [[ANN, 'INBOX']], { raw: () => raw });
      const [messageId = ''] = ids;
      await inHaste(at, async (provider, proxy) => {
        proxy.slow(true);
        const began = performance.now();
        expect(raw.equals((await provider.read({ messageId, mailbox: ANN })) ?? Buffer.of())).toBe(true);
        expect(performance.now() - began).toBeGreaterThan(2 * HASTE_MS);
      });
    }));
});

describeWithDovecot('mail that the server cannot give', () => {
  async function append(at: Setting, mails: number): Promise<void> {
    await actAs(at.server.port, ANN, async (client) => {
      for (let n = 0; n < mails; n++) await client.append('INBOX', mail({ ...parts('unreadable'), id: `mail-${n}` }));
    });
  }

  /** How many mails are in the index, and what is told of the mailbox. */
  async function known({ store }: Setting): Promise<unknown> {
    const { health, unreadable } = (await store.mailboxes.byAddress(ANN))?.imap ?? {};
    return { indexed: await store.messages.collection.countDocuments({}), health, unreadable };
  }

  test('and for which it ends the connection keeps no other out of the index, and is indexed when it can be read', () =>
    withSetting(async (at) => {
      await append(at, 5);
      const dir = join(at.server.dir, 'mail', ANN, 'new');
      const [, second = '', , fourth = ''] = readdirSync(dir).sort();
      chmodSync(join(dir, second), 0o000);
      chmodSync(join(dir, fourth), 0o000);
      await indexAll(at);
      expect(await known(at)).toEqual({ indexed: 3, health: 'ok', unreadable: 2 });
      await append(at, 1);
      await indexAll(at);
      await indexAll(at);
      expect(await known(at)).toEqual({ indexed: 4, health: 'ok', unreadable: 2 });
      // Opening a mailbox moves its mail from new to cur.
      const file = (name: string): string =>
        [dir, join(dir, '..', 'cur')]
          .flatMap((at) => readdirSync(at).map((found) => join(at, found)))
          .find((path) => path.includes(name)) ?? '';
      chmodSync(file(fourth), 0o600);
      await indexAll(at);
      await indexAll(at);
      expect(await known(at)).toEqual({ indexed: 5, health: 'ok', unreadable: 1 });
      chmodSync(file(second), 0o600);
      await indexAll(at);
      expect(await known(at)).toEqual({ indexed: 6, health: 'ok', unreadable: 0 });
    }));

  test('and with which it refuses the whole set keeps no other out of the index', () =>
    withSetting(async (at) => {
      const proxy = await startCuttingProxy(at.server.port);
      const over = anotherWorker(at, { port: proxy.port });
      const refuseThird = (command: string): string | null => {
        const {
          tag,
          from = '',
          to,
        } = /^(?<tag>\S+) UID FETCH (?<from>\d+)(:(?<to>\d+))? .*BODY\.PEEK\[\]/.exec(command)?.groups ?? {};
        if (tag === undefined || Number(from) > 3 || Number(to ?? from) < 3) return null;
        return `${tag} NO [SERVERBUG] Internal error occurred\r\n`;
      };
      try {
        await append(at, 8);
        proxy.answer(refuseThird);
        await indexAll(over);
        expect(await known(at)).toEqual({ indexed: 7, health: 'ok', unreadable: 1 });
        proxy.answer(() => null);
        await indexAll(over);
        expect(await known(at)).toEqual({ indexed: 8, health: 'ok', unreadable: 0 });
      } finally {
        await over.close();
        await proxy.close();
      }
    }));

  test('and of which it says nothing, as of one that is gone, is asked for again', () =>
    withSetting(async (at) => {
      await append(at, 3);
      // Cyrus answers so where the file of a mail is missing; what else it is asked of the mail it says.
      at.proxy.rewrite({ up: (said) => said.replace(/UID FETCH 1:3 (.*BODY\.PEEK\[\])/, 'UID FETCH 1,3 $1') });
      await indexAll(at);
      expect(await known(at)).toEqual({ indexed: 2, health: 'ok', unreadable: 1 });
      at.proxy.rewrite({});
      await indexAll(at);
      expect(await known(at)).toEqual({ indexed: 3, health: 'ok', unreadable: 0 });
    }));
});

describeWithDovecot('mail that cannot be compared with what is looked for by its content', () => {
  /** A mailbox that hides a mail in the inbox, until it shows it. */
  interface Hiding {
    readonly provider: MailboxProvider;
    readonly show: () => void;
    readonly end: () => Promise<void>;
  }

  const wanted = mail({ ...parts('wanted'), id: 'wanted' });
  const ofSameSize = mail({ ...parts('wanted'), id: 'hidden' });
  const ofOtherSize = mail({ ...parts('wanted'), id: 'hidden-as-well' });

  /** The server says the same to whoever asks for the second mail of a folder. */
  async function answered(at: Setting, answer: string): Promise<Hiding> {
    await actAs(at.server.port, ANN, (client) => client.append('INBOX', ofSameSize));
    const proxy = await startCuttingProxy(at.server.port);
    const over = anotherWorker(at, { port: proxy.port });
    proxy.answer((command) => {
      const [, tag] = /^(\S+) UID FETCH 2 .*BODY\.PEEK\[\]/.exec(command) ?? [];
      return tag === undefined ? null : `${tag} ${answer}\r\n`;
    });
    return {
      provider: over.provider,
      show: () => proxy.answer(() => null),
      async end() {
        await over.close();
        await proxy.close();
      },
    };
  }

  /** Its file cannot be read: Dovecot refuses to search, and ends the connection where it is asked for the mail. */
  async function unreadable({ server, provider }: Setting, raw: Buffer): Promise<Hiding> {
    await actAs(server.port, ANN, (client) => client.append('INBOX', raw));
    // Opening a mailbox moves its mail from new to cur.
    const setMode = (mode: number): void => {
      for (const dir of ['new', 'cur'].map((name) => join(server.dir, 'mail', ANN, name))) {
        for (const name of readdirSync(dir)) chmodSync(join(dir, name), mode);
      }
    };
    setMode(0o000);
    return { provider, show: () => setMode(0o600), end: () => Promise.resolve() };
  }

  /** A mail is indexed in the inbox, its user does something with it, and then a hidden one comes. */
  async function looked(
    hide: (at: Setting) => Promise<Hiding>,
    act: (client: ImapFlow) => Promise<unknown>,
    look: (locate: () => Promise<unknown>, hiding: Hiding) => Promise<void>,
  ): Promise<void> {
    await withSetting(async (at) => {
      const { ids } = await appendCampaign(at, at.server.port, [[ANN, 'INBOX']], { raw: () => wanted });
      await actAs(at.server.port, ANN, async (client) => {
        await client.mailboxCreate('Projekte');
        await client.mailboxOpen('INBOX');
        await act(client);
      });
      const hiding = await hide(at);
      try {
        await look(async () => {
          const [seen] = await hiding.provider.locate(await refsOf(at, ids));
          return [seen?.folder, seen?.unreachable === true];
        }, hiding);
      } finally {
        await hiding.end();
      }
    });
  }

  const move = (client: ImapFlow) => client.messageMove('1', 'Projekte', { uid: true });
  const remove = (client: ImapFlow) => client.messageDelete('1', { uid: true });

  const HIDING: readonly (readonly [string, (at: Setting) => Promise<Hiding>])[] = [
    ['since the server refuses to give it', (at) => answered(at, 'NO [SERVERBUG] Internal error occurred')],
    ['since the server gives nothing of it', (at) => answered(at, 'OK Fetch completed')],
    ['since the server refuses to search for it', (at) => unreadable(at, ofOtherSize)],
  ];

  test.each(HIDING)('%s keeps nothing from being found in another folder', (_why, hide) =>
    looked(hide, move, async (locate) => {
      expect(await locate()).toEqual(['Projekte', false]);
    }),
  );

  test.each(HIDING)('%s may be the one that is looked for, which does not count as gone until it was', (_why, hide) =>
    looked(hide, remove, async (locate, { show }) => {
      expect(await locate()).toEqual(['inbox', true]);
      show();
      expect(await locate()).toEqual(['recoverableitemspurges', false]);
    }),
  );

  test('since the server ends the connection leaves open where the other is until it can be', () =>
    looked(
      (at) => unreadable(at, ofSameSize),
      move,
      async (locate, { show }) => {
        expect(await locate()).toEqual(['inbox', true]);
        show();
        expect(await locate()).toEqual(['Projekte', false]);
      },
    ));
});
