import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ImapFlow } from 'imapflow';
import { startDovecot } from '../../embedded/dovecot';
import { type DovecotOptions } from '../../embedded/dovecot-config';
import { checkReachable } from '../../embedded/dovecot-owner';
import { identify } from '../../embedded/processes';
import { startCuttingProxy } from '../support/cutting-proxy';
import {
  actAs,
  append,
  asUser,
  contentsOf,
  converse,
  describeWithDovecot,
  MASTER,
  NO_PENALTY,
  PASSWORD,
  setRights,
  startTestDovecot,
  type TestDovecot,
  WITH_RIGHTS,
  withLazyExpunge,
  withQuota,
} from '../support/dovecot';
import { until } from '../support/harness';
import { listenAnywhere } from '../support/listen';

const ANN = 'ann@corp.example';
const BOB = 'bob@corp.example';
const RECOVERABLE = 'Clawback Recoverable';
const RAW = 'From: a@corp.example\r\nMessage-ID: <one@corp.example>\r\nSubject: one\r\n\r\nhello\r\n';
const RECEIVED = new Date('2026-01-02T03:04:05Z');
const LAYOUTS = ['maildir++', 'maildir-fs', 'sdbox'] as const;

async function withServer(
  test: (server: TestDovecot) => Promise<void>,
  options: Partial<DovecotOptions> = {},
): Promise<void> {
  const server = await startTestDovecot(options);
  try {
    await test(server);
  } finally {
    await server.remove();
  }
}

/** How many messages each folder holds. */
async function counts({ port }: TestDovecot, address = ANN): Promise<Record<string, number>> {
  const contents = await contentsOf(port, address);
  return Object.fromEntries(Object.entries(contents).map(([path, found]) => [path, found.length]));
}

/** What the server says to the move of messages, and where they are then. */
async function move(server: TestDovecot, from: string, uids: string): Promise<{ said: string[]; then: object }> {
  const [, said = []] = await converse(server.port, ANN, [`SELECT "${from}"`, `UID MOVE ${uids} "${RECOVERABLE}"`]);
  const withoutNumbers = said
    .filter((line) => !line.endsWith('RECENT'))
    .map((line) => line.replace(/COPYUID \d+/, 'COPYUID').replace(/ \([\d.]+ \+.*| \[\d{4}-.*/, ''));
  return { said: withoutNumbers, then: await counts(server) };
}

describeWithDovecot('a Dovecot of our own', () => {
  test.each(LAYOUTS)('in the layout %s takes mail, moves it, and has it after another start', (layout) =>
    withServer(
      async (server) => {
        const { port } = server;
        const { uid, uidValidity } = await append(port, ANN, { raw: RAW, flags: ['\\Seen', '$Work'], date: RECEIVED });
        const before = await contentsOf(port, ANN);
        expect(before).toEqual({
          INBOX: [JSON.stringify([['$Work', '\\Seen'], RECEIVED, Buffer.from(RAW).toString('base64')])],
        });
        await actAs(port, ANN, async (client) => {
          expect([...client.capabilities.keys()]).toEqual(
            expect.arrayContaining(['MOVE', 'UIDPLUS', 'CONDSTORE', 'QRESYNC', 'SPECIAL-USE']),
          );
          const folders = await client.list();
          expect(Object.fromEntries(folders.map(({ path, specialUse }) => [path, specialUse]))).toMatchObject({
            ...{ Junk: '\\Junk', Trash: '\\Trash', Sent: '\\Sent', Drafts: '\\Drafts', Archive: '\\Archive' },
          });
          await client.mailboxCreate(RECOVERABLE);
          const opened = await client.mailboxOpen('INBOX');
          expect(opened.uidValidity).toBe(uidValidity);
          const moved = await client.messageMove(String(uid), RECOVERABLE, { uid: true });
          expect(moved).toMatchObject({ uidMap: new Map([[uid, 1]]) });
        });
        await server.stop();
        await server.start();
        expect(await contentsOf(port, ANN)).toEqual({ [RECOVERABLE]: before['INBOX'] });
      },
      { layout },
    ),
  );

  test('lets the master user in as anybody, and nobody in with the password of another', () =>
    withServer(async ({ port }) => {
      const master = `${ANN}*${MASTER.user}`;
      await append(port, ANN, { raw: RAW });
      const client = await asUser(port, master, MASTER.password);
      expect(await client.mailboxOpen('INBOX')).toMatchObject({ exists: 1 });
      await client.logout();
      for (const [user, password] of [
        [master, PASSWORD],
        [`${ANN}*other`, MASTER.password],
        [ANN, MASTER.password],
      ] as const)
        await expect(asUser(port, user, password)).rejects.toMatchObject({ authenticationFailed: true });
    }, NO_PENALTY));

  test.each(['oauthbearer', 'xoauth2'])(
    'asks about an access token that comes by %s, where only that is offered',
    async (mechanism) => {
      const asked: string[] = [];
      const tokens = await startIntrospection(asked);
      const server = await startTestDovecot({
        ...{ introspectionUrl: tokens.url, introspectionMode: 'post' },
        extra: [...(NO_PENALTY.extra ?? []), `auth_mechanisms = plain login ${mechanism}`],
      });
      const signIn = async (accessToken: string): Promise<void> => {
        const client = new ImapFlow({
          ...{ host: '127.0.0.1', port: server.port, secure: false, doSTARTTLS: false, logger: false },
          ...{ auth: { user: ANN, accessToken }, disableAutoIdle: true },
        });
        client.on('error', () => undefined);
        await client.connect();
        await client.logout();
      };
      try {
        await signIn('good-token');
        await expect(signIn('bad-token')).rejects.toMatchObject({ authenticationFailed: true });
        expect(asked.map((body) => new URLSearchParams(body).get('token'))).toEqual(['good-token', 'bad-token']);
      } finally {
        await server.remove();
        await new Promise((resolve) => tokens.server.close(resolve));
      }
    },
  );

  test.each(LAYOUTS)('in the layout %s shows folders that others have shared', (layout) =>
    withServer(
      async ({ port }) => {
        const [separator, owner] = layout === 'maildir++' ? (['.', 'bob'] as const) : (['/', BOB] as const);
        await append(port, BOB, { raw: RAW });
        await converse(port, BOB, ['CREATE Team', `SETACL Team ${ANN} lrwsite`]);
        await actAs(port, ANN, async (client) => {
          const paths = (await client.list()).map(({ path }) => path);
          expect(paths).toContain(['shared', owner, 'Team'].join(separator));
        });
        expect((await converse(port, ANN, ['NAMESPACE']))[0]?.[0]).toBe(
          `NAMESPACE (("" "${separator}")) (("shared${separator}" "${separator}")) NIL`,
        );
      },
      { ...WITH_RIGHTS, layout, shared: true },
    ),
  );
});

describeWithDovecot('what a move answers', () => {
  const big = `Subject: big\r\n\r\n${'x'.repeat(560)}\r\n`;
  const moved = ['OK [COPYUID 1 1] Moved UIDs.', '1 EXPUNGE', 'OK Move completed'];

  test.each(LAYOUTS)('without the right to take away: no, and nothing was copied, in the layout %s', (layout) =>
    withServer(
      async (server) => {
        await converse(server.port, ANN, ['CREATE Kept', `CREATE "${RECOVERABLE}"`]);
        await append(server.port, ANN, { folder: 'Kept', raw: RAW });
        setRights(server, ANN, ['Kept'], 'lrwtsi');
        expect(await converse(server.port, ANN, ['MYRIGHTS Kept'])).toMatchObject([['MYRIGHTS Kept lrwstid', {}]]);
        expect(await move(server, 'Kept', '1')).toEqual({
          said: ['NO [NOPERM] Permission denied'],
          then: { Kept: 1 },
        });
        const [, , expunged] = await converse(server.port, ANN, [
          'SELECT Kept',
          String.raw`UID STORE 1 +FLAGS (\Deleted)`,
          'UID EXPUNGE 1',
        ]);
        expect(expunged).toEqual([expect.stringContaining('OK Expunge ignored: Permission denied')]);
        expect(await counts(server)).toEqual({ Kept: 1 });
      },
      { ...WITH_RIGHTS, layout },
    ),
  );

  test('without the right to take away, into a folder that has no rights: no, after it was copied, each time', () =>
    withServer(
      async (server) => {
        const hidden = `Hidden.${RECOVERABLE}`;
        await converse(server.port, ANN, ['CREATE Kept', `CREATE "${hidden}"`]);
        await append(server.port, ANN, { folder: 'Kept', raw: RAW });
        setRights(server, ANN, ['Kept'], 'lrwtsi');
        const attempt = ['SELECT Kept', `UID MOVE 1 "${hidden}"`, `STATUS "${hidden}" (MESSAGES)`];
        for (const copies of [1, 2]) {
          const [, said, status] = await converse(server.port, ANN, attempt);
          expect(said).toEqual([
            expect.stringContaining('OK [COPYUID'),
            expect.stringContaining('NO [NOPERM] Permission denied'),
          ]);
          expect(status?.[0]).toContain(`MESSAGES ${copies}`);
        }
        expect(await counts(server)).toEqual({ Kept: 1 });
      },
      {
        ...WITH_RIGHTS,
        pluginLines: [...(WITH_RIGHTS.pluginLines ?? []), 'acl_ignore_namespace = Hidden.'],
        hiddenNamespace: 'Hidden.',
      },
    ));

  test('where lazy_expunge has nowhere to put it: where it is, then no, and it is in both', () =>
    withServer(async (server) => {
      await converse(server.port, ANN, [`CREATE "${RECOVERABLE}"`]);
      await append(server.port, ANN, { raw: RAW });
      expect(await move(server, 'INBOX', '1')).toEqual({
        said: [
          'OK [COPYUID 1 1] Moved UIDs.',
          'NO [SERVERBUG] Internal error occurred. Refer to server log for more information.',
        ],
        then: { INBOX: 1, [RECOVERABLE]: 1 },
      });
    }, withLazyExpunge('nowhere/EXPUNGED')));

  test.each([
    [false, { [RECOVERABLE]: 1, EXPUNGED: 1 }],
    [true, { [RECOVERABLE]: 1 }],
  ])('with lazy_expunge, for the last copy alone: %s', (onlyLastInstance, then) =>
    withServer(
      async (server) => {
        await converse(server.port, ANN, [`CREATE "${RECOVERABLE}"`]);
        await append(server.port, ANN, { raw: RAW });
        expect(await move(server, 'INBOX', '1')).toEqual({ said: moved, then });
      },
      withLazyExpunge('EXPUNGED', { onlyLastInstance }),
    ),
  );

  test('in a full mailbox: a move is no more mail, but a copy and a new mail are', () =>
    withServer(async (server) => {
      await converse(server.port, ANN, [`CREATE "${RECOVERABLE}"`]);
      await append(server.port, ANN, { raw: big });
      await expect(append(server.port, ANN, { raw: big })).rejects.toMatchObject({ serverResponseCode: 'OVERQUOTA' });
      const [, copied] = await converse(server.port, ANN, ['SELECT INBOX', `UID COPY 1 "${RECOVERABLE}"`]);
      expect(copied).toEqual([expect.stringContaining('NO [OVERQUOTA] Quota exceeded')]);
      expect(await move(server, 'INBOX', '1')).toEqual({ said: moved, then: { [RECOVERABLE]: 1 } });
    }, withQuota('storage=1K')));
});

describeWithDovecot('how a Dovecot of our own starts and ends', () => {
  test('in a folder whose name is too long for sockets', async () => {
    const top = mkdtempSync(join(tmpdir(), 'cb-dv-'));
    chmodSync(top, 0o755);
    const server = await startDovecot({
      ...{ layout: 'sdbox', password: PASSWORD },
      dir: join(top, 'long-'.repeat(20), 'longer-'.repeat(20)),
    });
    try {
      await append(server.port, ANN, { raw: RAW });
    } finally {
      await server.stop();
      rmSync(top, { recursive: true });
    }
  });

  test('not on a port that another server has, and says so', () =>
    withServer(async ({ port }) => {
      await expect(startTestDovecot({ port })).rejects.toThrow(
        new RegExp(`did not start on port ${port}.*Address already in use`),
      );
    }));

  test('not in a folder that its processes cannot enter', () => {
    const closed = mkdtempSync(join(tmpdir(), 'cb-dv-'));
    const dir = join(closed, 'mail');
    mkdirSync(dir);
    const somebody = { name: 'somebody', uid: (process.getuid?.() ?? 0) + 1, gid: 1, group: 'others' };
    expect(() => checkReachable(dir, somebody)).toThrow(`which run as somebody, cannot enter ${closed}: chmod o+x it`);
    chmodSync(closed, 0o711);
    checkReachable(dir, somebody);
    rmSync(closed, { recursive: true });
  });

  test('with the sessions at it: nobody works on by the configuration of before', () =>
    withServer(async (server) => {
      const client = await asUser(server.port, ANN);
      await client.mailboxOpen('INBOX');
      await server.stop();
      await until(() => !client.usable);
      await server.start();
      expect(await counts(server)).toEqual({});
    }));

  test('with the process that started it, also where that is killed', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'cb-dv-'));
    const runner = JSON.stringify(join(__dirname, '..', '..', 'embedded', 'dovecot.ts'));
    const code = `require(${runner}).startDovecot(${JSON.stringify({ layout: 'maildir++', dir, password: PASSWORD })})
      .then(({ pid }) => console.log(pid))`;
    const parent = spawn(process.execPath, ['--import', require.resolve('tsx'), '-e', code], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    const [line = ''] = (await once(createInterface({ input: parent.stdout }), 'line')) as string[];
    const pid = Number(line);
    expect(identify(pid)).not.toBeNull();
    parent.kill('SIGKILL');
    await until(() => identify(pid) === null);
    rmSync(dir, { recursive: true });
  });
});

describeWithDovecot('a connection that is cut', () => {
  test('after the move was sent: it is done at the server, and the client has seen nothing', () =>
    withServer(async (server) => {
      await converse(server.port, ANN, [`CREATE "${RECOVERABLE}"`]);
      await append(server.port, ANN, { raw: RAW });
      const proxy = await startCuttingProxy(server.port);
      try {
        const client = await asUser(proxy.port, ANN);
        await client.mailboxOpen('INBOX');
        proxy.cutAfter(/UID MOVE/);
        // The library tells a cut connection as it tells a refusal: no more than that it has no answer.
        expect(await client.messageMove('1', RECOVERABLE, { uid: true })).toBe(false);
        expect(client.usable).toBe(false);
        expect(proxy.cuts()).toBe(1);
        expect(await counts(server)).toEqual({ [RECOVERABLE]: 1 });

        proxy.refuse(true);
        await expect(asUser(proxy.port, ANN)).rejects.toThrow();
        proxy.refuse(false);
        await (await asUser(proxy.port, ANN)).logout();
        expect(proxy.cuts()).toBe(1);
      } finally {
        await proxy.close();
      }
    }));
});

/** Says which access tokens are good, and keeps what it was asked. */
async function startIntrospection(asked: string[]): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts).toString();
      asked.push(body);
      response.setHeader('Content-Type', 'application/json');
      const active = new URLSearchParams(body).get('token') === 'good-token';
      response.end(JSON.stringify(active ? { active, username: ANN } : { active }));
    });
  });
  return { server, url: `http://127.0.0.1:${await listenAnywhere(server)}/` };
}
