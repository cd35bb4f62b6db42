import { TERM } from '../../domain/search-terms';
import { createPrepare } from '../../activities/prepare';
import { type Entity } from '../../domain/entity';
import { type ReasonDetail } from '../../domain/policy';
import { LOOK } from '../../store/message-history';
import { openOrJoin } from '../../store/intake';
import { BOTH_ON, setSettings } from '../support/cases';
import { activityDeps, createHarness, type Harness } from '../support/harness';
import { mail, sha256 } from '../support/mail';

const DAY = 24 * 60 * 60 * 1000;

let harness: Harness;

afterEach(async () => {
  await harness.close();
});
beforeEach(async () => {
  harness = await createHarness();
  await setSettings(harness, BOTH_ON);
});

const LINK = 'http://evil.example/pay';
const URL_ENTITY: Entity = { type: 'url', url: LINK, threat: 'Phish' };

interface Mail {
  readonly to?: string;
  readonly from?: string;
  readonly link?: string;
  readonly id?: string;
  readonly daysAgo?: number;
  readonly folder?: string;
  readonly answers?: string;
}

let mails = 0;

/** Delivers one mail; each has a Message-ID and a file of its own. Gives its id. */
async function deliver({
  to = 'a',
  from = 'new@evil.example',
  link = LINK,
  daysAgo = 0,
  ...rest
}: Mail): Promise<string> {
  const { id = `mail-${mails++}`, folder = 'inbox', answers } = rest;
  const headers = answers === undefined ? [] : [`In-Reply-To: <${answers}@evil.example>`];
  const mailbox = `${to}@corp.example`;
  const raw = mail({ from, to: mailbox, link, id, headers, attachment: id.padEnd(64, '.') });
  const receivedAt = new Date(Date.now() - daysAgo * DAY - 1000);
  return (await harness.admin.deliver({ mailbox, folder, flags: [], receivedAt, raw }))._id;
}

async function campaign(copies: number, more: Mail = {}): Promise<void> {
  for (let at = 0; at < copies; at++) await deliver({ from: `s${at}@evil.example`, to: `user${at}`, ...more });
}

/** Prepares an alert by a detector; what it decided and why, and how many messages go automatically. */
async function prepared(entity: Entity = URL_ENTITY): Promise<{ automatic: number; reasons: readonly ReasonDetail[] }> {
  const { investigationId } = await openOrJoin(harness.store, {
    ...{ entities: [entity], verdict: 'malicious', alert: null, startedBy: 'test', startedByPerson: false },
    at: new Date(),
  });
  const plan = await createPrepare(activityDeps(harness))({ investigationId });
  const actions = await harness.store.actions.of(investigationId);
  return {
    automatic: plan.automatic.reduce((total, { messageCount }) => total + messageCount, 0),
    reasons: actions.flatMap(({ reasons }) => reasons),
  };
}

function waitsFor(code: 'commonEntity' | 'weakMatch', detail: string) {
  return { automatic: 0, reasons: [{ code, detail: expect.stringContaining(detail) as string }] };
}

describe('a campaign without any sign of honest use', () => {
  test('goes automatically', async () => {
    await campaign(5);
    expect(await prepared()).toEqual({ automatic: 5, reasons: [] });
  });

  test('goes automatically again when the same senders come back, since what was removed makes nobody known', async () => {
    await campaign(3, { daysAgo: 20, link: 'http://evil.example/first' });
    await campaign(3, { daysAgo: 19, link: 'http://evil.example/first' });
    await harness.store.messages.collection.updateMany(
      {},
      { $set: { removedBy: 'action', folder: 'recoverableitemsdeletions' } },
    );
    await campaign(3);
    expect(await prepared()).toEqual({ automatic: 3, reasons: [] });
  });
});

describe('an entity that honest mail carries too waits', () => {
  test('for copies that are much older than the alert', async () => {
    await campaign(4);
    await deliver({ from: 'old@evil.example', daysAgo: 31 });
    await deliver({ from: 'older@evil.example', daysAgo: 31 });
    expect(await prepared()).toEqual(
      waitsFor('commonEntity', '2 of 6 copies are older than 30 days before the alert, the limit is 20 %'),
    );
  });

  test('for copies from internal senders: by default the domains of the mailboxes', async () => {
    await campaign(3);
    await deliver({ from: 'boss@corp.example' });
    expect(await prepared()).toEqual(waitsFor('commonEntity', '1 of 4 copies have internal senders'));
  });

  test('for internal senders as the settings name them, and no others', async () => {
    await setSettings(harness, { internalDomains: ['Ours.example'] });
    await campaign(3);
    await deliver({ from: 'boss@corp.example' });
    expect(await prepared()).toEqual({ automatic: 4, reasons: [] });
    await deliver({ from: 'boss@ours.example', link: 'http://evil.example/other' });
    expect(await prepared({ ...URL_ENTITY, url: 'http://evil.example/other' })).toEqual(
      waitsFor('commonEntity', '1 of 1 copies have internal senders'),
    );
  });

  test('for one copy from a sender who wrote two mails without it, a week before', async () => {
    const known = 'partner@honest.example';
    await campaign(5);
    await deliver({ from: known });
    await deliver({ from: known, link: 'http://honest.example/1', daysAgo: 8 });
    await deliver({ from: known, link: 'http://honest.example/2', daysAgo: 9, to: 'b' });
    expect(await prepared()).toEqual(
      waitsFor('commonEntity', '1 of 6 copies have senders who wrote earlier, 7 days before or more'),
    );
  });

  test.each<[string, Mail, Mail]>([
    ['one mail alone', { daysAgo: 8, id: 'same' }, { daysAgo: 8, id: 'same', to: 'b' }],
    ['mail of the last days', { daysAgo: 6 }, { daysAgo: 8 }],
    ['mail that lies in Junk', { daysAgo: 8, folder: 'junkemail' }, { daysAgo: 9, folder: 'junkemail' }],
    ['mail that is purged', { daysAgo: 8, folder: 'recoverableitemspurges' }, { daysAgo: 6 }],
    ['mail of the campaign itself', { daysAgo: 8, link: LINK }, { daysAgo: 9, link: LINK }],
  ])('but not where the earlier mail is %s', async (_, one, other) => {
    const from = 'new@evil.example';
    await campaign(1, { from });
    await deliver({ from, link: 'http://honest.example/1', ...one });
    await deliver({ from, link: 'http://honest.example/1', ...other });
    expect(await prepared()).toMatchObject({ reasons: [] });
  });

  test('for copies that a user answered', async () => {
    await campaign(3);
    await deliver({ id: 'asked' });
    await deliver({ from: 'user1@corp.example', link: 'http://c.example/', answers: 'asked', folder: 'sentitems' });
    const { automatic, reasons } = await prepared();
    expect(automatic).toBe(0);
    expect(reasons[0]?.detail).toContain('1 of 4 copies are in a thread that users write in');
  });

  test('for copies that answer a user', async () => {
    await campaign(3);
    await deliver({ id: 'question', from: 'user1@corp.example', link: 'http://c.example/', folder: 'sentitems' });
    await deliver({ answers: 'question' });
    const { automatic, reasons } = await prepared();
    expect(automatic).toBe(0);
    expect(reasons[0]?.detail).toContain('1 of 4 copies are in a thread that users write in');
  });

  test('for copies in a thread of several senders', async () => {
    await campaign(3);
    await deliver({ id: 'post', from: 'one@list.example' });
    await deliver({ answers: 'post', from: 'two@list.example', link: 'http://c.example/' });
    expect(await prepared()).toEqual(
      waitsFor('commonEntity', '1 of 4 copies are in a thread of several senders, the limit is 5 %'),
    );
  });

  test('not for a sender who answers nobody but himself', async () => {
    await deliver({ id: 'mine', from: 'one@evil.example' });
    await deliver({ answers: 'mine', from: 'one@evil.example' });
    expect(await prepared()).toEqual({ automatic: 2, reasons: [] });
  });

  test('for copies in most mailboxes, unless they came in one burst', async () => {
    await campaign(20);
    expect(await prepared()).toEqual({ automatic: 20, reasons: [] });
    await campaign(19, { link: 'http://evil.example/slow' });
    await deliver({ to: 'user19', link: 'http://evil.example/slow', daysAgo: 8 });
    expect(await prepared({ ...URL_ENTITY, url: 'http://evil.example/slow' })).toEqual(
      waitsFor('commonEntity', '20 of 20 mailboxes have copies, over more than 7 days, the limit is 50 %'),
    );
  });

  test('for a site that other, earlier mail in many mailboxes links to', async () => {
    for (let at = 0; at < 20; at++) {
      await deliver({
        to: `user${at}`,
        from: `h${at}@h.example`,
        link: 'http://evil.example/home',
        daysAgo: at < 7 ? 8 : 6,
      });
    }
    await campaign(1);
    expect(await prepared()).toEqual(
      waitsFor('commonEntity', '7 of 20 mailboxes have other, earlier mail that links to this site, the limit is 30 %'),
    );
  });

  test('for having been seen long before, though those copies are gone', async () => {
    const id = await deliver({ daysAgo: 181 });
    await harness.store.messages.collection.deleteOne({ _id: id });
    await campaign(3);
    expect(await prepared()).toEqual(
      waitsFor(
        'commonEntity',
        'First seen 181 days before the alert, since then in 4 messages of 4 senders in 1 domains',
      ),
    );
  });

  test('for nothing where the limits were set to allow it', async () => {
    await setSettings(harness, { commonEntity: { internalPercent: 25 } });
    await campaign(3);
    await deliver({ from: 'boss@corp.example' });
    expect(await prepared()).toEqual({ automatic: 4, reasons: [] });
  });
});

describe('a weak match waits', () => {
  test('for a bare host', async () => {
    await campaign(2, { link: 'http://evil.example/' });
    expect(await prepared({ ...URL_ENTITY, url: 'http://evil.example/' })).toEqual(
      waitsFor('weakMatch', 'The URL names a host and nothing on it'),
    );
  });

  test('for a link on a domain of our own', async () => {
    const url = 'http://intranet.corp.example/wiki';
    await campaign(2, { link: url });
    expect(await prepared({ ...URL_ENTITY, url })).toEqual(waitsFor('weakMatch', 'a domain of our own'));
  });

  test('for a link that one copy has only in a message inside it', async () => {
    await campaign(2);
    const raw = nested(mail({ link: LINK, id: 'inner' }));
    await harness.admin.deliver({ mailbox: 'b@corp.example', folder: 'inbox', flags: [], receivedAt: new Date(), raw });
    expect(await prepared()).toEqual(waitsFor('weakMatch', '1 of 3 copies name the URL only inside another message'));
  });

  test('for a file that one copy has only in a message inside it', async () => {
    const payload = 'payload'.padEnd(64, '.');
    const inner = mail({ attachment: payload, id: 'file' });
    for (const raw of [inner, nested(inner)]) {
      await harness.admin.deliver({
        mailbox: 'a@corp.example',
        folder: 'inbox',
        flags: [],
        receivedAt: new Date(),
        raw,
      });
    }
    expect(await prepared({ type: 'file', sha256: sha256(payload), threat: 'Malware' })).toEqual(
      waitsFor('weakMatch', '1 of 2 copies carry the file only inside another message'),
    );
  });

  test('for a file of fewer than 32 bytes', async () => {
    const raw = mail({ attachment: 'x' });
    await harness.admin.deliver({ mailbox: 'a@corp.example', folder: 'inbox', flags: [], receivedAt: new Date(), raw });
    expect(await prepared({ type: 'file', sha256: sha256('x'), threat: 'Malware' })).toEqual(
      waitsFor('weakMatch', '1 of 1 copies carry a file of fewer than 32 bytes'),
    );
  });

  test("for a stolen logo: 165 spams from 164 senders and the company's own honest mail", async () => {
    const logo = 'a logo that was taken from a genuine signature'.padEnd(200, '#');
    const copies = Array.from({ length: 165 }, (_, at) =>
      withInlineImage(logo, `s${at % 164}@spam${at % 164}.example`, at),
    );
    copies.push(withInlineImage(logo, 'anna@company.example', 999));
    const now = new Date();
    await harness.admin.deliverMany(
      copies.map((raw, at) => ({
        mailbox: `u${at % 40}@corp.example`,
        folder: 'inbox',
        flags: [],
        receivedAt: now,
        raw,
      })),
      { skipExisting: false },
    );
    expect(await prepared({ type: 'file', sha256: sha256(logo), threat: 'Malware' })).toEqual(
      waitsFor('weakMatch', '166 of 166 copies carry the file only inline'),
    );
    expect(await harness.store.messages.collection.countDocuments({ folder: 'inbox' })).toBe(166);
  });
});

test('what the guard asks is found by an index, also where mail links to the same site', async () => {
  await campaign(25);
  const { collection } = harness.store.messages;
  for (const where of [
    { terms: { $in: [TERM.sender('a@b.example')] }, receivedAt: { $lt: new Date() } },
    { terms: TERM.urlDomain('evil.example'), receivedAt: { $lt: new Date() } },
    { terms: { $in: [TERM.answered('<x@y>')] }, removedBy: null },
  ]) {
    const plan = JSON.stringify(await collection.find(where).explain('queryPlanner'));
    expect(plan).toContain('IXSCAN');
    expect(plan).not.toContain('COLLSCAN');
  }
});

test('more earlier mail than is looked through makes an alert wait instead of being overlooked', async () => {
  const id = await deliver({ from: 'loud@evil.example', daysAgo: 20, link: 'http://c.example/' });
  const found = await harness.store.messages.byId(id);
  if (found === null) throw new Error('The mail is not there');
  const old = Array.from({ length: LOOK + 1 }, (_, at) => ({ ...found, _id: `loud-${at}`, keys: [] }));
  await harness.store.messages.collection.insertMany(old, { ordered: false });
  await deliver({ from: 'loud@evil.example' });
  expect(await prepared()).toEqual(waitsFor('commonEntity', 'There is more earlier mail'));
});

/** A mail that carries another one as an attachment. */
function nested(inner: Buffer): Buffer {
  const head = ['From: A <fw@evil.example>', 'Subject: Fwd', 'Message-ID: <outer@evil.example>', 'MIME-Version: 1.0'];
  return Buffer.concat([
    Buffer.from([...head, 'Content-Type: multipart/mixed; boundary="o"', '', '--o', ''].join('\r\n')),
    Buffer.from(['Content-Type: message/rfc822', '', ''].join('\r\n')),
    inner,
    Buffer.from('\r\n--o--\r\n'),
  ]);
}

function withInlineImage(image: string, from: string, at: number): Buffer {
  return Buffer.from(
    [
      ...[`From: <${from}>`, `Subject: Offer ${at % 98}`, `Message-ID: <logo-${at}@x.example>`, 'MIME-Version: 1.0'],
      ...['Content-Type: multipart/related; boundary="r"', '', '--r', 'Content-Type: text/html', ''],
      ...[`<p>Body ${at % 98}</p><img src="cid:logo">`, '--r', 'Content-Type: image/png', 'Content-ID: <logo>'],
      ...['Content-Disposition: inline; filename="logo.png"', 'Content-Transfer-Encoding: base64', ''],
      ...[Buffer.from(image).toString('base64'), '--r--', ''],
    ].join('\r\n'),
  );
}
