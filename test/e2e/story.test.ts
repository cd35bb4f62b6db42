import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose from 'mongoose';
import { isAlive } from '../../embedded/processes';
import { type InvestigationView, type RevertView } from '../../cli/views';
import { until } from '../support/harness';
import { mail, sha256 } from '../support/mail';
import { type Ended, type Product, startProduct } from '../support/product';

const LINK = 'http://evil.example/login';
/** What README's lines are about. */
const README_LINK = 'http://evil.example/login?from=readme';
const TEN_SECONDS = 10_000;
/** Each line of README starts a program or two, and other tests run beside it. */
const BY_HAND_MS = 600_000;
/** The tests need no more than README asks for. */
const CURL = 'command -v curl >/dev/null || curl() { node test/support/curl.mjs "$@"; }';

/** One message of the story: where it lies before the alert. */
interface Place {
  readonly mailbox: string;
  readonly folder: string;
  readonly raw: Buffer;
}

interface Row {
  readonly id: string;
  readonly folder: string;
  readonly flags: readonly string[];
  readonly receivedAt: string;
  readonly sha256: string;
}

/** Within the last month: what is older waits (`commonEntity`). To the second, as headers are. */
const RECEIVED = new Date(Math.floor(Date.now() / 1000) * 1000 - 60 * 60 * 1000);
const mailTo = (mailbox: string, link: string): Buffer =>
  mail({ to: mailbox, link, id: mailbox, received: RECEIVED.toUTCString() });
const HARMLESS = 'carol@corp.example';
const STORY: readonly Place[] = [
  { mailbox: 'alice@corp.example', folder: 'inbox', raw: mailTo('alice@corp.example', LINK) },
  { mailbox: 'bob@corp.example', folder: 'inbox', raw: mailTo('bob@corp.example', LINK) },
  { mailbox: HARMLESS, folder: 'inbox', raw: mailTo(HARMLESS, 'http://honest.example/') },
  { mailbox: 'dave@corp.example', folder: 'Projects/2026', raw: mailTo('dave@corp.example', LINK) },
];
const TAKEN = STORY.filter(({ mailbox }) => mailbox !== HARMLESS);

let dataDir: string;
let folder: string;
let product: Product;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'clawback-story-'));
  folder = mkdtempSync(join(tmpdir(), 'clawback-story-mail-'));
  product = await startProduct(dataDir);
});

afterAll(async () => {
  await product.end('SIGKILL');
  await until(() => !product.owned.some(isAlive), TEN_SECONDS);
  for (const one of [dataDir, folder]) rmSync(one, { recursive: true, force: true });
});

/** Runs a command and reads the object that its `--json` prints. */
async function clawback<T>(words: readonly string[], token?: string): Promise<T> {
  const { code, out, err } = await product.clawback([...words, '--json'], token);
  expect({ words, code, err }).toEqual({ words, code: 0, err: '' });
  return JSON.parse(out) as T;
}

/** Everything that the mailboxes of the story show, each message with the digest of its raw mail. */
async function mailboxes(where = ''): Promise<readonly (Row & { readonly mailbox: string; readonly raw: string })[]> {
  const rows = await Promise.all(
    STORY.map(async ({ mailbox }) => {
      const { data } = await product.client.call<{ items: Row[] }>('GET', `/mailboxes/${mailbox}/messages${where}`);
      return data.items.map((row) => ({ mailbox, ...row }));
    }),
  );
  return Promise.all(
    rows.flat().map(async (row) => {
      const { bytes } = await product.client.call('GET', `/messages/${row.id}/raw`);
      return { ...row, raw: sha256(bytes) };
    }),
  );
}

const placed = (rows: readonly { readonly mailbox: string; readonly folder: string }[]) =>
  rows.map(({ mailbox, folder: at }) => `${mailbox} ${at}`);

/** Who did what, as the audit of the database has it. */
async function audited(): Promise<readonly (readonly [subject: string, action: string, target: string | null])[]> {
  const client = new mongoose.mongo.MongoClient(product.mongoUri, { directConnection: true });
  try {
    const rows = await client
      .db('clawback')
      .collection<{ subject: string; action: string; target: string | null }>('audit')
      .find()
      .toArray();
    return rows.map(({ subject, action, target }) => [subject, action, target] as const);
  } finally {
    await client.close();
  }
}

async function text(url: string): Promise<string> {
  const response = await fetch(url);
  expect([url, response.status]).toEqual([url, 200]);
  return response.text();
}

let before: Awaited<ReturnType<typeof mailboxes>> = [];
let investigationId = '';
let actionId = '';

describe('one story, from the command line and over REST', () => {
  test('mail comes in: an mbox by the command line, a flagged mail in a folder over REST', async () => {
    const mbox = join(folder, 'story.mbox');
    const [flagged] = STORY.slice(-1);
    const imported = STORY.slice(0, -1).map(
      ({ raw }) => `From x@evil.example Mon Jan  5 10:00:00 2026\n${raw.toString()}\n`,
    );
    writeFileSync(mbox, imported.join(''));
    expect(await clawback(['import', mbox])).toMatchObject({ read: 3, stored: 3, failed: [] });
    expect(await clawback(['import', mbox])).toMatchObject({ read: 3, stored: 0, present: 3 });
    const at = `/mailboxes/${flagged?.mailbox}/messages?folder=Projects/2026&flags=%5CSeen,%5CFlagged&receivedAt=${RECEIVED.toISOString()}`;
    await product.client.call('POST', at, { raw: { bytes: flagged?.raw ?? Buffer.alloc(0), type: 'message/rfc822' } });
    before = await mailboxes();
    expect(placed(before)).toEqual(placed(STORY));
    expect(before.at(-1)).toMatchObject({ flags: ['\\Seen', '\\Flagged'], receivedAt: RECEIVED.toISOString() });
    expect(before.map(({ raw }) => raw)).toEqual(STORY.map(({ raw }) => sha256(raw)));
  });

  test('an alert of a detector removes the mail that carries the URL, and nothing else', async () => {
    expect(await clawback(['settings', 'similarUrls=on'])).toMatchObject({ messageClusters: { similarUrls: true } });
    const { data } = await product.client.call<{ token: string }>('POST', '/tokens', {
      body: { name: 'url scanner', roles: ['detector', 'reader'] },
    });
    const found = await clawback<InvestigationView>(['investigate', '--url', `${LINK}#top`, '--wait'], data.token);
    expect(found).toMatchObject({
      status: 'Remediated',
      actions: [{ status: 'Completed', messageCount: TAKEN.length, outcomes: { removed: TAKEN.length } }],
    });
    investigationId = found.id;
    actionId = found.actions[0]?.id ?? '';
    expect(placed(await mailboxes('?folder=inbox'))).toEqual([`${HARMLESS} inbox`]);
  });

  test('what was removed lies in Recoverable Items, byte for byte', async () => {
    const recoverable = await mailboxes('?folder=recoverableitemsdeletions');
    expect(recoverable.map(({ mailbox, raw }) => [mailbox, raw])).toEqual(
      TAKEN.map(({ mailbox, raw }) => [mailbox, sha256(raw)]),
    );
  });

  test('the revert puts everything back: folder, flags, date and bytes', async () => {
    expect(await clawback<RevertView>(['revert', actionId])).toMatchObject({
      status: 'Completed',
      outcomes: { restored: TAKEN.length },
    });
    expect(await mailboxes()).toEqual(before);
  });

  test('the audit tells who did it', async () => {
    expect(await audited()).toEqual(
      expect.arrayContaining([
        ['admin', 'settings.change', 'automation'],
        ['url scanner', 'investigation.start', investigationId],
        ['admin', 'action.revert', actionId],
        ['admin', 'message.raw', before[0]?.id],
      ]),
    );
  });

  test('the demo does the same on mail of its own', async () => {
    expect(await clawback(['demo'])).toMatchObject({ ok: true, removed: 40, restored: 40, intact: 40 });
    expect(await mailboxes()).toEqual(before);
  });

  test('the API documents itself: the page with its own scripts, and the OpenAPI document', async () => {
    const page = await text(`${product.docs}/`);
    const scripts = [...page.matchAll(/src="(?<src>[^"]+)"/g)].map(({ groups }) => groups?.['src'] ?? '');
    expect(scripts).toContain('./swagger-ui-bundle.js');
    for (const script of scripts)
      expect((await text(new URL(script, `${product.docs}/`).href)).length).toBeGreaterThan(0);
    const document = JSON.parse(await text(`${product.url}/api/openapi.json`)) as { openapi: string; paths: object };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toContain('/api/v1/actions/{id}/revert');
  });

  test('SIGTERM ends it with 0, and none of its servers is left', async () => {
    expect(await product.end('SIGTERM')).toMatchObject({ code: 0, signal: null, err: '' });
    expect(product.owned.filter(isAlive)).toEqual([]);
  });
});

describe('started again on the same data', () => {
  beforeAll(async () => {
    product = await startProduct(dataDir);
  });

  test(
    'every line of "By hand" in README.md does what it says',
    async () => {
      const eml = join(folder, 'readme.eml');
      writeFileSync(eml, mailTo('erin@corp.example', README_LINK));
      const { prepare, lines } = byHand({ FILE_OR_FOLDER: eml });
      expect(lines.length).toBeGreaterThanOrEqual(8);
      let removal = '';
      for (const line of lines) {
        const ended = await product.shell(`${CURL}\n${prepare}\n${line.replaceAll('ACTION_ID', removal)}`);
        expect([line, ...faults(line, ended)]).toEqual([line]);
        removal = ACTION_LINE.exec(ended.out)?.groups?.['id'] ?? removal;
      }
      expect(removal).not.toBe('');
    },
    BY_HAND_MS,
  );

  test.each([
    ['clamav', () => `printf '%s: Win.Test FOUND\\n' ${folder}/readme.eml`, ` --under ${tmpdir()}`],
    ['misp', () => 'cat test/unit/adapters/fixtures/misp-event.json', ''],
    ['rspamd', () => 'cat test/unit/adapters/fixtures/rspamd-checkv2.json', ''],
  ])('what the %s adapter reports is taken', async (name, input, args) => {
    const { code, out } = await product.shell(`${input()} | node examples/adapters/${name}.mjs${args}`);
    const [, id = ''] = /^(?<id>[0-9a-f]{24}) Starting: \d reported\n$/.exec(out) ?? [];
    const { data } = await product.client.call<object>('GET', `/investigations/${id}`);
    expect([code, data]).toMatchObject([0, { id, verdict: 'malicious', alert: { startedByPerson: false } }]);
  });

  test('a kill -9 loses nothing: the next start finds all data', async () => {
    const [everything, rows] = [await mailboxes(), await audited()];
    expect(everything).toEqual(before);
    expect(await product.end('SIGKILL')).toMatchObject({ code: null, signal: 'SIGKILL' });
    await until(() => !product.owned.some(isAlive), TEN_SECONDS);
    product = await startProduct(dataDir);
    expect(await audited()).toEqual(rows);
    expect(await mailboxes()).toEqual(everything);
    const { data } = await product.client.call<InvestigationView>('GET', `/investigations/${investigationId}`);
    expect(data).toMatchObject({
      status: 'Remediated',
      actions: [{ id: actionId, outcomes: { removed: TAKEN.length } }],
    });
    expect((await product.end('SIGTERM')).code).toBe(0);
  });
});

/** What `investigate --wait` says of the action that README goes on with: removed, or waiting since it was put back. */
const ACTION_LINE = /^ {2}action (?<id>[0-9a-f]{24}) (?:Completed: 1 removed$|Pending: 1 open )/m;

/** The commands of README's section, for this run's server and token instead of the usual ones. */
function byHand(names: Readonly<Record<string, string>>): {
  readonly prepare: string;
  readonly lines: readonly string[];
} {
  const readme = readFileSync(join(__dirname, '..', '..', 'README.md'), 'utf8');
  const [, block = ''] = /^## By hand$[^]*?^```sh\n([^]*?)^```$/m.exec(readme) ?? [];
  const here = Object.entries({
    ...names,
    '.clawback/admin-token': product.tokenFile,
    'http://127.0.0.1:3000': product.url,
    [LINK]: README_LINK,
  }).reduce((script, [usual, own]) => script.replaceAll(usual, own), block);
  const [prepare = '', ...lines] = here
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  expect(prepare).toMatch(/^export TOKEN=/);
  return { prepare, lines };
}

/** What is wrong with how a line ended: `curl` itself is content with any answer. */
function faults(line: string, { code, out, err }: Ended): readonly string[] {
  if (code !== 0 || err !== '') return [`exit code ${code}: ${err}`];
  if (!line.startsWith('curl ')) return [];
  const answer = JSON.parse(out) as { type?: string; detail?: string };
  return answer.type?.startsWith('/problems/') === true ? [answer.detail ?? ''] : [];
}
