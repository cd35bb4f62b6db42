import { ROLES } from '../../api/auth';
import { NOTICE_EVENTS } from '../../domain/notices';
import { appOf } from '../support/app';
import { BOTH_ON, finished, investigationOf, setSettings, startRevert } from '../support/cases';
import { type Harness, until } from '../support/harness';
import { mail, sha256 } from '../support/mail';
import { type Caller, caller } from '../support/rest';

const DAY_MS = 24 * 60 * 60 * 1000;
const HOUR_MS = 60 * 60 * 1000;
const MINUTE_MS = 60 * 1000;
const PEOPLE = (
  'amelia.hart ben.okafor carla.mendes dmitri.volkov elif.kaya farah.nassar george.lin hanna.berg ivan.petrov ' +
  'julia.rossi kofi.mensah lena.fischer mateo.garcia nora.lund omar.haddad priya.nair quentin.roy rosa.silva ' +
  'sami.virtanen tara.singh umar.khan vera.novak wanda.kowalska yuki.tanaka'
)
  .split(' ')
  .map((name) => `${name}@corp.example`);

/** What an attacker sends: one mail to many. */
interface Lure {
  readonly subject: string;
  readonly from: string;
  readonly fromName: string;
  readonly fileName: string;
}

/** Mail as it comes to any company, one of them a day and person. */
const DAILY: readonly (readonly [from: string, fromName: string, subject: string])[] = [
  ['news@builders-weekly.example', 'Builders Weekly', 'What changes in the building code next spring'],
  ['noreply@travel-desk.example', 'Travel Desk', 'Your itinerary for Thursday'],
  ['lena.fischer@corp.example', 'Lena Fischer', 'Minutes of the steering committee'],
  ['billing@cloud-hosting.example', 'Cloud Hosting', 'Your statement for this month is ready'],
  ['hr@corp.example', 'People Team', 'Holiday calendar for the new year'],
  ['team@ticket-system.example', 'Ticket System', 'Ticket 20817 was assigned to you'],
  ['orders@office-supply.example', 'Office Supply', 'Your order has been shipped'],
];

/** What is on the stage when the pictures are taken. */
export interface Scene {
  readonly pendingActionId: string;
  readonly doneActionId: string;
  readonly investigationId: string;
  /** A message that automation took and a person gave back. */
  readonly messageId: string;
  readonly messageSubject: string;
}

/** A month of a company's mail, and what was done about the part of it that was malicious. */
export async function setTheScene(harness: Harness): Promise<Scene> {
  const analyst = await caller(appOf(harness), harness.store, 'n.lund', ROLES);
  const detector = await caller(appOf(harness), harness.store, 'rspamd', ['detector']);
  /** An alert that is worked to its end. */
  const alarm = async (file: string): Promise<string> => {
    const id = await alert(detector, file, scanned(file));
    await until(async () => (await investigationOf(harness, id)).endedAt !== null);
    return id;
  };
  await ordinaryMail(harness);
  await setSettings(harness, BOTH_ON);
  for (const [at, daysAgo] of [27, 24, 19, 17, 12, 11, 6, 4, 3, 1].entries()) {
    const lure = { ...LURES.old, subject: `Document ${4_100 + at * 7} needs your signature` };
    const id = await alarm(await deliver(harness, lure, 6 + ((at * 5) % 17), `old-${at}`));
    await shift(harness, id, daysAgo);
  }
  const invoice = await deliver(harness, LURES.invoice, 46, 'invoice');
  const investigationId = await alarm(invoice);
  const [done] = await harness.store.actions.of(investigationId);
  if (done === undefined) throw new Error('Nothing was removed');

  const password = await deliver(harness, LURES.password, 31, 'password');
  const mistaken = await alarm(password);
  const [restorable] = await harness.store.actions.of(mistaken);
  await finished(harness, await startRevert(harness, restorable?._id ?? '', 'inbox'));

  const bulk = await deliver(harness, LURES.bulk, 12, 'bulk');
  await takeAction(harness, analyst, {
    ...{ name: 'Advertising that users reported', action: 'moveToJunk', filter: { sha256: bulk } },
  });
  await setSettings(harness, { messageClusters: { similarFiles: false, similarUrls: true } });
  const salaries = await deliver(harness, LURES.salaries, 27, 'salaries');
  const pendingActionId = await waiting(harness, await alert(detector, salaries, scanned(salaries)));
  const voicemail = await deliver(harness, LURES.voicemail, 9, 'voicemail');
  await waiting(harness, await alert(analyst, voicemail, { title: 'Reported by a user', severity: 'medium' }));
  await setSettings(harness, { messageClusters: { similarFiles: true, similarUrls: true } });
  await furnish(analyst);
  const first = (await harness.store.ledger.rows(restorable?._id ?? '', {}, null, 1))[0];
  return {
    ...{ pendingActionId, doneActionId: done._id, investigationId },
    ...{ messageId: first?.messageId ?? '', messageSubject: LURES.password.subject },
  };
}

const LURES = {
  old: { subject: '', from: 'sign@e-sign-portal.example', fromName: 'e-Sign', fileName: 'document.htm' },
  invoice: {
    ...{ subject: 'Overdue invoice 4471, second reminder', from: 'accounts@northwind-billing.example' },
    ...{ fromName: 'Northwind Billing', fileName: 'invoice_4471.iso' },
  },
  password: {
    ...{ subject: 'Your mailbox password expires today', from: 'it-support@corp-helpdesk.example' },
    ...{ fromName: 'IT Support', fileName: 'reset.htm' },
  },
  salaries: {
    ...{ subject: 'Salary review 2027 (confidential)', from: 'people@hr-shared-files.example' },
    ...{ fromName: 'People Team', fileName: 'salary-review.xlsm' },
  },
  voicemail: {
    ...{ subject: 'New voice message (0:42)', from: 'voice@pbx-notify.example' },
    ...{ fromName: 'Voice Mail', fileName: 'voice.wav.htm' },
  },
  bulk: {
    ...{ subject: '70 % off everything, this weekend only', from: 'deals@mega-outlet.example' },
    ...{ fromName: 'Mega Outlet', fileName: 'flyer.pdf' },
  },
} satisfies Readonly<Record<string, Lure>>;

async function ordinaryMail({ admin }: Harness): Promise<void> {
  const now = Date.now();
  const deliveries = Array.from({ length: 900 }, (_, at) => {
    const [from, fromName, subject] = DAILY[(at * 11) % DAILY.length] ?? ['', '', ''];
    const mailbox = PEOPLE[(at * 7) % PEOPLE.length] ?? '';
    const receivedAt = new Date(now - ((at * 47 * MINUTE_MS + (at % 13) * HOUR_MS) % (29 * DAY_MS)));
    const words = { subject, from, fromName, to: mailbox, link: `https://www.example.com/${at % 40}` };
    const raw = mail({ ...words, id: `daily-${at}`, attachment: `daily ${at}`.padEnd(64, '.'), fileName: 'note.pdf' });
    return { mailbox, folder: 'inbox', flags: ['\\Seen'], receivedAt, raw };
  });
  await admin.deliverMany(deliveries, { skipExisting: false });
}

/** Delivers a lure to so many; gives the SHA-256 of its file. */
async function deliver({ admin }: Harness, lure: Lure, copies: number, name: string): Promise<string> {
  const attachment = `the file of ${name}`.padEnd(64, '.');
  const link = `https://${lure.from.split('@')[1] ?? ''}/${name}/open`;
  for (let at = 0; at < copies; at++) {
    const mailbox = PEOPLE[(at * 5) % PEOPLE.length] ?? '';
    const raw = mail({ ...lure, to: mailbox, attachment, link, id: `${name}-${at}` });
    const receivedAt = new Date(Date.now() - (copies - at) * 3 * MINUTE_MS);
    await admin.deliver({ mailbox, folder: at % 6 === 5 ? 'junkemail' : 'inbox', flags: [], receivedAt, raw });
  }
  return sha256(attachment);
}

/** Raises an alert about a file, as whoever found it; gives the investigation. */
async function alert(by: Caller, file: string, alert: object): Promise<string> {
  const entities = [{ type: 'file', sha256: file, threat: 'Malware' }];
  const raised = await by('post', '/investigations').send({ entities, alert }).expect(202);
  return (raised.body as { id: string }).id;
}

/** What a scanner says of a file that it found after delivery. */
function scanned(file: string): object {
  return {
    ...{ title: 'Malware found after delivery', severity: 'high', source: 'rspamd' },
    ...{ externalId: `scan-${file.slice(0, 6)}`, detectedAt: new Date(Date.now() - 40_000).toISOString() },
  };
}

/** The action of an investigation whose removal waits. */
async function waiting(harness: Harness, id: string): Promise<string> {
  await until(async () => (await investigationOf(harness, id)).status === 'Pending Action');
  return (await harness.store.actions.of(id))[0]?._id ?? '';
}

/** Puts an investigation and its actions so many days into the past, as if it had happened then. */
async function shift({ store }: Harness, id: string, days: number): Promise<void> {
  const back = (...fields: readonly string[]) => [
    { $set: Object.fromEntries(fields.map((field) => [field, { $subtract: [`$${field}`, days * DAY_MS] }])) },
  ];
  const stages = ['alert', 'cluster', 'decision', 'firstRemoval', 'lastRemoval'].map((stage) => `stages.${stage}`);
  await store.investigations.collection.updateOne({ _id: id }, back('startedAt', 'endedAt', ...stages));
  await store.actions.collection.updateMany(
    { investigationId: id },
    back('createdAt', 'decidedAt', 'startedAt', 'endedAt', 'undoDeadline'),
  );
}

async function takeAction(harness: Harness, analyst: Caller, order: object): Promise<void> {
  const { id } = (await analyst('post', '/remediations').send(order).expect(202)).body as { id: string };
  await until(async () => (await harness.store.actions.byId(id))?.status === 'Completed');
}

/** What the settings show: tokens, a webhook, a hold. */
async function furnish(analyst: Caller): Promise<void> {
  for (const [name, roles] of [
    ['day shift', ['reader', 'preview', 'approver']],
    ['night shift', ['reader', 'approver']],
    ['auditors', ['auditor']],
  ] as const) {
    await analyst('post', '/tokens').send({ name, roles }).expect(201);
  }
  const url = 'https://cases.example/hooks/clawback';
  const secret = 'a secret for the pictures alone';
  await analyst('post', '/webhooks')
    .send({ url, secret, events: NOTICE_EVENTS.slice(0, 3) })
    .expect(201);
  const hold = { reason: 'Litigation', reference: 'Case 2026-114' };
  await analyst('put', `/mailboxes/${PEOPLE[3] ?? ''}`)
    .send({ retentionDays: 30, hold })
    .expect(200);
}
