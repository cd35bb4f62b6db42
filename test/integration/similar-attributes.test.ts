import { type Entity } from '../../domain/entity';
import { setSettings, ended, finished, investigationOf, raise, startRevert } from '../support/cases';
import { createHarness, type Harness, until } from '../support/harness';
import { mail, sha256, stateOf } from '../support/mail';

const TEXT = 'Your mailbox is nearly full and will be closed today unless you confirm that it is still in use';
const ON = { messageClusters: { similarFiles: true, similarUrls: true, multipleSimilarAttributes: true } };
const ENTITIES_ON = { messageClusters: { similarFiles: true, similarUrls: true, multipleSimilarAttributes: false } };

let harness: Harness;
let campaigns = 0;
/** Names that no number tells apart: pairs take every number for the same. */
const NAMES = ['amber', 'birch', 'cedar', 'daisy', 'elder', 'fern', 'grass', 'hazel', 'iris'];

beforeAll(async () => {
  harness = await createHarness();
  await harness.startWorker();
});

afterAll(async () => {
  await harness.close();
});

interface Made {
  readonly file: Entity;
  readonly known: readonly string[];
  readonly similar: readonly string[];
}

/** Mails of one template: some carry the file, others a file of their own. */
async function deliver(
  known: number,
  similar: number,
  { subject = 'Mailbox almost full: please confirm', text = TEXT } = {},
): Promise<Made> {
  const name = NAMES[campaigns++] ?? 'none';
  const from = `help@${name}.example`;
  const attachment = name.padEnd(64, '.');
  const ids = await Promise.all(
    Array.from({ length: known + similar }, async (_, at) => {
      const own = at < known ? attachment : `${name} ${at}`.padEnd(64, '-');
      const raw = mail({
        ...{ subject: `${subject} (${name})`, from, id: `${name}-${at}`, link: `https://x${at}-${name}.example/a` },
        ...{ attachment: own, to: `user${at}@corp.example` },
      })
        .toString()
        .replace('192.0.2.7', `203.0.113.${campaigns}`)
        .replace(/Please pay at \S+ today\./, `${text} Yours, the ${name} team`);
      const delivery = {
        mailbox: `user${at}@corp.example`,
        folder: 'inbox',
        flags: ['\\Seen'],
        receivedAt: new Date(),
      };
      return (await harness.admin.deliver({ ...delivery, raw: Buffer.from(raw) }))._id;
    }),
  );
  return {
    file: { type: 'file', sha256: sha256(attachment), threat: 'Malware' },
    known: ids.slice(0, known),
    similar: ids.slice(known),
  };
}

async function settled(id: string): Promise<void> {
  await until(async () => ['Remediated', 'Pending Action'].includes((await investigationOf(harness, id)).status));
}

async function clustersOf(id: string) {
  return (await harness.store.clusters.of(id)).filter(({ type }) => type === 'multipleSimilarAttributes');
}

const folders = (ids: readonly string[]) =>
  Promise.all(ids.map(async (id) => (await harness.store.messages.byId(id))?.folder));

test('with its box on, mail that shares the text with enough malicious mail is removed too, and comes back', async () => {
  await setSettings(harness, ON);
  const { file, known, similar } = await deliver(8, 2);
  const before = await Promise.all(similar.map((id) => stateOf(harness, id)));
  const { id } = await raise(harness, [file]);
  const { investigation, actions } = await ended(harness, id);
  expect(investigation.status).toBe('Remediated');
  const [cluster, ...more] = await clustersOf(id);
  expect(more).toEqual([]);
  expect(cluster).toMatchObject({
    ...{ verdict: 'malicious', messageCount: 2, entity: { pair: 'BodyFingerprintBin1/SenderIp' } },
    facts: { similar: { members: 10, known: 8, neededKnown: 5, neededPercent: 80 } },
  });
  expect(await folders([...known, ...similar])).toEqual(new Array(10).fill('recoverableitemsdeletions'));
  const action = actions.find(({ clusterId }) => clusterId === cluster?._id);
  expect(action).toMatchObject({ actionSource: 'Automated email action', outcomes: { removed: 2 } });
  await finished(harness, await startRevert(harness, action?._id ?? ''));
  expect(await Promise.all(similar.map((one) => stateOf(harness, one)))).toEqual(before);
});

test('with its box off it waits, and says so, whatever the other boxes are', async () => {
  await setSettings(harness, ENTITIES_ON);
  const { file, known, similar } = await deliver(8, 2);
  const { id } = await raise(harness, [file]);
  await settled(id);
  const [cluster] = await clustersOf(id);
  const waiting = (await harness.store.actions.of(id)).filter(({ status }) => status === 'Pending');
  expect(waiting.map(({ clusterId, reasons }) => [clusterId, reasons.map(({ code }) => code)])).toEqual([
    [cluster?._id, ['clusterTypeOff']],
  ]);
  expect(new Set(await folders(known))).toEqual(new Set(['recoverableitemsdeletions']));
  expect(await folders(similar)).toEqual(['inbox', 'inbox']);
});

test('its box alone removes similar mail, and leaves what carries the file to a person', async () => {
  await setSettings(harness, {
    messageClusters: { similarFiles: false, similarUrls: false, multipleSimilarAttributes: true },
  });
  const { file, known, similar } = await deliver(8, 2);
  const { id } = await raise(harness, [file]);
  await until(async () => (await folders(similar)).every((folder) => folder === 'recoverableitemsdeletions'));
  await settled(id);
  expect(new Set(await folders(known))).toEqual(new Set(['inbox']));
});

test.each([
  ['too few of its members are known to be malicious', 4, 1, {}],
  ['they are too small a share', 8, 3, {}],
])('where %s, it is suspicious only, and nothing happens to it', async (_name, known, more, options) => {
  await setSettings(harness, ON);
  const { file, similar } = await deliver(known, more, options);
  const { id } = await raise(harness, [file]);
  expect((await ended(harness, id)).investigation.status).toBe('Remediated');
  const found = await clustersOf(id);
  expect(found.map(({ verdict, decision, messageCount }) => [verdict, decision.kind, messageCount])).toEqual([
    ['suspicious', 'none', more],
  ]);
  expect(new Set(await folders(similar))).toEqual(new Set(['inbox']));
});

test('weak pairs make no cluster: a short text and a subject that anybody writes', async () => {
  await setSettings(harness, ON);
  const { file, similar } = await deliver(8, 2, { subject: 'Re: Invoice of the last quarter', text: '' });
  const { id } = await raise(harness, [file]);
  await ended(harness, id);
  expect(await clustersOf(id)).toEqual([]);
  expect(await folders(similar)).toEqual(['inbox', 'inbox']);
});

test('mail of another pair joins by its subject where the text differs', async () => {
  await setSettings(harness, ON);
  const subject = 'Confirm your storage plan';
  const { file } = await deliver(8, 0, { subject, text: '' });
  const name = NAMES[campaigns - 1] ?? 'none';
  const raw = mail({
    subject: `${subject} (${name})`,
    from: `help@${name}.example`,
    id: `${name}-x`,
    attachment: 'o'.repeat(64),
  });
  const delivery = { mailbox: 'user1@corp.example', folder: 'inbox', flags: [], receivedAt: new Date(), raw };
  const other = (await harness.admin.deliver(delivery))._id;
  const { id } = await raise(harness, [file]);
  await ended(harness, id);
  const [cluster] = await clustersOf(id);
  expect(cluster).toMatchObject({ entity: { pair: 'Subject/P2SenderDomain' }, verdict: 'malicious', messageCount: 1 });
  expect(await folders([other])).toEqual(['recoverableitemsdeletions']);
});
