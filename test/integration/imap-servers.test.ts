import { createServer, type Server } from 'node:http';
import { automationMayTakeFrom } from '../../domain/location';
import { createImap } from '../../mail/imap/create';
import { actAs, contentsOf, converse, describeWithDovecot, makeIndexAnew, NO_PENALTY } from '../support/dovecot';
import { until } from '../support/harness';
import { parts } from '../support/cases';
import { appendCampaign, indexAll } from '../support/imap-mailboxes';
import { listenAnywhere } from '../support/listen';
import {
  ANN,
  findingsOf,
  folders,
  imapDeps,
  RECOVERABLE,
  refsBack,
  refsOf,
  type Setting,
  stamp,
  withSetting,
} from '../support/imap-setting';
import { mail } from '../support/mail';

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

describeWithDovecot('a server whose own index was made anew', () => {
  test('and that counts changes from the start: what its user moves then is found, and nothing is doubled', () =>
    withSetting(async (at) => {
      const { ids } = await appendCampaign(at, at.server.port, [
        [ANN, 'INBOX'],
        [ANN, 'INBOX'],
      ]);
      await actAs(at.server.port, ANN, async (client) => {
        await client.mailboxOpen('INBOX');
        for (let change = 0; change < 20; change++) await client.messageFlagsSet('1:*', [`Change${change % 2}`]);
      });
      await indexAll(at);
      await makeIndexAnew(at.server, ANN);
      await actAs(at.server.port, ANN, async (client) => {
        await client.mailboxOpen('INBOX');
        await client.messageMove('1', 'Trash');
      });
      await indexAll(at);
      expect((await refsOf(at, ids)).map(({ folder }) => folder).sort()).toEqual(['deleteditems', 'inbox']);
      expect(await at.store.messages.collection.countDocuments({})).toBe(2);
    }));
});

describeWithDovecot('a folder for junk mail that its user has renamed', () => {
  test('is the one that mail is put back into, and the old name does not come back', () =>
    withSetting(async (at) => {
      // A server that marks none: its own is not shown.
      at.proxy.rewrite({ down: (said) => said.replace(/^\* (LIST|STATUS) [^\r]*\bJunk\b(?! )[^\r]*\r\n/gm, '') });
      const { ids } = await appendCampaign(at, at.server.port, [[ANN, 'Junk E-mail']]);
      expect(await refsOf(at, ids)).toMatchObject([{ folder: 'junkemail' }]);
      const { jobId, at: when } = stamp();
      await at.provider.softDelete(await refsOf(at, ids), { jobId, at: when });
      await actAs(at.server.port, ANN, (client) => client.mailboxRename('Junk E-mail', 'Spam'));
      await indexAll(at);
      expect(await at.provider.restore(await refsBack(at, ids, 'junkemail'), jobId, stamp())).toMatchObject([
        { moved: true },
      ]);
      expect(await folders(at)).toEqual({ Spam: 1 });
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
      const deps = imapDeps(at);
      const slow = createImap(at.config, {
        ...deps,
        leases: {
          // Others take the messages over once it has written down what it is about to do.
          async acquire(mailbox) {
            const lease = await deps.leases.acquire(mailbox);
            return Object.assign(Object.create(lease) as typeof lease, {
              async intend(...args: Parameters<typeof lease.intend>) {
                await lease.intend(...args);
                await deps.index.fence(ids);
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

  test('puts back nothing from a folder that was replaced meanwhile: what has the same numbers there stays', () =>
    withSetting(async (at) => {
      const { ids } = await appendCampaign(at, at.server.port, [[ANN, 'INBOX']]);
      const deps = imapDeps(at);
      const others = Array.from({ length: 6 }, (_one, number) => mail({ ...parts('others'), id: `other-${number}` }));
      const replace = async (): Promise<void> => {
        await deps.index.fence(ids);
        await actAs(at.server.port, ANN, async (client) => {
          await client.mailboxRename(RECOVERABLE, 'Kept');
          await client.mailboxCreate(RECOVERABLE);
          for (const other of others) await client.append(RECOVERABLE, other);
        });
      };
      let replaced: Promise<void> | null = null;
      const slow = createImap(at.config, {
        ...deps,
        index: {
          ...deps.index,
          // Both once it has moved the mail, and before it can write that down.
          async place(changes) {
            await (replaced ??= replace());
            return deps.index.place(changes);
          },
        },
      });
      expect(await slow.provider.softDelete(await refsOf(at, ids), stamp())).toMatchObject([{ moved: false }]);
      expect(await folders(at)).toEqual({ [RECOVERABLE]: others.length, Kept: 1 });
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
