import { type FoundMail, type BadMail } from '../../../cli/import/mails';
import { createClient } from '../../../cli/client';
import { importMails, type ImportSummary } from '../../../cli/import/run';
import { mail as mailBytes, sha256 } from '../../support/mail';
import { answerJson, type FakeServer, serve } from './fake-server';

interface Stored {
  readonly sha256: string;
  readonly folder: string;
  readonly flags: string;
  readonly receivedAt: string;
}

const NOW = new Date('2026-02-01T00:00:00Z');
/** Small pages, so that every listing has more than one. */
const PAGE = 2;

let server: FakeServer;
let mailboxes: Map<string, Stored[]>;
let keys: Set<string>;
/** Answers the status with which a delivery is refused; 0 cuts the connection. */
let refuse: (text: string, address: string) => number | null;
let isUp: boolean;
let underWay: number;
let mostUnderWay: number;

beforeEach(async () => {
  mailboxes = new Map();
  keys = new Set();
  refuse = () => null;
  isUp = true;
  underWay = 0;
  mostUnderWay = 0;
  server = await serve((request, response, body) => {
    const url = new URL(request.url ?? '', 'http://x');
    const address = decodeURIComponent(url.pathname.split('/')[4] ?? '');
    const box = mailboxes.get(address);
    if (!isUp) return void response.destroy();
    if (request.method === 'GET') {
      if (address !== '' && box === undefined) {
        answerJson(response, 404, { title: 'No mailbox' });
        return;
      }
      const from = Number(url.searchParams.get('cursor') ?? '0');
      const items = (box ?? []).slice(from, from + PAGE);
      const nextCursor = from + PAGE < (box ?? []).length ? String(from + PAGE) : null;
      answerJson(response, 200, { items, nextCursor });
      return;
    }
    mostUnderWay = Math.max(mostUnderWay, ++underWay);
    setImmediate(() => {
      underWay--;
      const status = refuse(body.toString(), address);
      if (status === 0) return void response.destroy();
      if (status !== null) {
        answerJson(response, status, { title: 'Refused' });
        return;
      }
      const key = String(request.headers['idempotency-key']);
      if (keys.has(key)) {
        answerJson(response, 201, {}, { 'idempotency-replayed': 'true' });
        return;
      }
      keys.add(key);
      const [folder = '', flags = '', receivedAt = ''] = ['folder', 'flags', 'receivedAt'].map(
        (name) => url.searchParams.get(name) ?? '',
      );
      mailboxes.set(address, [...(mailboxes.get(address) ?? []), { sha256: sha256(body), folder, flags, receivedAt }]);
      answerJson(response, 201, {});
    });
  });
});
afterEach(() => server.close());

function found(name: string, raw: Buffer | string, more: Partial<FoundMail> = {}): FoundMail {
  return { name, raw: Buffer.from(raw as string), folder: 'inbox', flags: [], modifiedAt: NOW, ...more };
}

function mailTo(to: string, id: string): FoundMail {
  return found(`${id}.eml`, mailBytes({ to, id }));
}

async function run(mails: readonly (FoundMail | BadMail)[], mailbox?: string): Promise<ImportSummary> {
  async function* each(): AsyncGenerator<FoundMail | BadMail> {
    yield* mails;
  }
  const client = createClient(server.url, 'secret', { attempts: 2, pause: async () => undefined });
  return importMails(each(), { client, mailbox, now: NOW });
}

const countIn = (address: string): number => mailboxes.get(address)?.length ?? 0;
const five = Array.from({ length: 5 }, (_, at) => mailTo('a@x.example', `m${at}`));

describe('importing mail', () => {
  test('stores each mail with its folder, its flags, its date and its bytes', async () => {
    const mail = found('x', mailBytes(), { folder: 'Projects/2026', flags: ['\\Seen', '\\Flagged'] });
    expect(await run([mail])).toMatchObject({ read: 1, stored: 1, copies: 1, mailboxes: 1, failed: [] });
    expect(mailboxes.get('user@corp.example')).toEqual([
      {
        sha256: sha256(mail.raw),
        folder: 'Projects/2026',
        flags: '\\Seen,\\Flagged',
        receivedAt: '2026-01-05T10:00:00.000Z',
      },
    ]);
  });

  test('gives each recipient a copy, and counts the mail once', async () => {
    const summary = await run([found('x', 'To: a@x.example, b@x.example\n\nhello')]);
    expect(summary).toMatchObject({ read: 1, stored: 1, copies: 2, mailboxes: 2 });
    expect([countIn('a@x.example'), countIn('b@x.example')]).toEqual([1, 1]);
  });

  test('puts everything into the one mailbox that was named', async () => {
    await run([mailTo('a@x.example', 'm1'), found('none', 'Subject: x\n\nno recipient')], 'all@x.example');
    expect([countIn('all@x.example'), countIn('a@x.example')]).toEqual([2, 0]);
  });

  test('run again adds nothing, whatever was moved or taken out meanwhile', async () => {
    expect(await run(five)).toMatchObject({ stored: 5, present: 0 });
    keys.clear();
    mailboxes.set(
      'a@x.example',
      (mailboxes.get('a@x.example') ?? []).map((row) => ({ ...row, folder: 'recoverableitemsdeletions' })),
    );
    expect(await run(five)).toMatchObject({ read: 5, stored: 0, copies: 0, mailboxes: 0, present: 5, failed: [] });
    expect(countIn('a@x.example')).toBe(5);
  });

  test('run again after an end in the middle stores only what was missing', async () => {
    await run(five.slice(0, 3));
    expect(await run(five)).toMatchObject({ stored: 2, present: 3 });
  });

  test('run twice at the same time stores each mail once', async () => {
    const [one, other] = await Promise.all([run(five), run(five)]);
    expect(countIn('a@x.example')).toBe(5);
    expect(one.stored + other.stored).toBe(5);
  });

  test('the same mail twice in one run is stored once', async () => {
    expect(await run([...five, ...five])).toMatchObject({ read: 10, stored: 5, present: 5 });
  });

  test('a mail that another import sent with another date counts as there', async () => {
    refuse = () => 422;
    expect(await run(five.slice(0, 1))).toMatchObject({ stored: 0, present: 1, failed: [] });
  });

  test('a mail without a recipient is named and stored nowhere', async () => {
    expect(await run([found('lost.eml', 'Subject: x\n\nhello')])).toMatchObject({
      read: 1,
      stored: 0,
      withoutRecipient: ['lost.eml'],
      failed: [],
    });
    expect(mailboxes.size).toBe(0);
  });

  test('a mail that is refused or cannot be read is told by name, and the rest is stored', async () => {
    refuse = (text) => (text.includes('<m1@') ? 413 : null);
    expect(await run([{ name: 'bad.eml', problem: 'permission denied' }, ...five])).toMatchObject({
      read: 6,
      stored: 4,
      failed: [
        { name: 'bad.eml', error: 'permission denied' },
        { name: 'm1.eml', error: 'a@x.example: Refused' },
      ],
    });
  });

  test('a mail that one of its mailboxes refuses still comes to the others', async () => {
    refuse = (_text, address) => (address === 'a@x.example' ? 400 : null);
    const summary = await run([found('x', 'To: a@x.example, b@x.example\n\nhello')]);
    expect(summary).toMatchObject({ stored: 0, copies: 1, failed: [{ name: 'x', error: 'a@x.example: Refused' }] });
    expect(countIn('b@x.example')).toBe(1);
  });

  test('a mail on which the server breaks is told, as long as it answers other calls', async () => {
    refuse = (text) => (text.includes('<m1@') ? 0 : text.includes('<m2@') ? 500 : null);
    const { stored, failed } = await run(five);
    expect(stored).toBe(3);
    expect(failed.map(({ name }) => name).sort()).toEqual(['m1.eml', 'm2.eml']);
  });

  test('a server that answers nobody stops it', async () => {
    isUp = false;
    await expect(run(five)).rejects.toMatchObject({ status: 0 });
  });

  test.each([401, 403])('a token that may not deliver (%d) stops it', async (status) => {
    refuse = () => status;
    await expect(run(five)).rejects.toMatchObject({ status });
  });

  test('a few mails at a time are on their way, never all', async () => {
    await run(Array.from({ length: 60 }, (_, at) => mailTo('a@x.example', `p${at}`)));
    expect(countIn('a@x.example')).toBe(60);
    expect(mostUnderWay).toBeGreaterThan(1);
    expect(mostUnderWay).toBeLessThanOrEqual(8);
  });
});
